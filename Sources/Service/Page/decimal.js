// Decimal numbers as the floor types them, exactly: never by floating point.

/** What was typed as the service takes it ("12,50" is "12.50", "+.5" is "0.5"); null when it is no decimal number. */
export function decimal(typed) {
  const match = /^([+-]?)(\d*)(?:[.,](\d*))?$/.exec(typed.trim().replaceAll("\u2212", "-"));
  if (match === null) return null;
  const [, sign, whole, fraction = ""] = match;
  if (whole === "" && fraction === "") return null;
  if (whole.length > 30 || fraction.length > 30) return null;
  return `${sign === "-" ? "-" : ""}${whole === "" ? "0" : whole}${fraction === "" ? "" : `.${fraction}`}`;
}

function parts(text) {
  const negative = text.startsWith("-");
  const [whole, fraction = ""] = text.replace(/^[+-]/, "").split(".");
  return { negative, whole, fraction };
}

function scaled(text, places) {
  const { negative, whole, fraction } = parts(text);
  const digits = BigInt(whole + fraction.padEnd(places, "0"));
  return negative ? -digits : digits;
}

/** Negative, zero or positive, as the first decimal is less than, equal to or greater than the second. */
export function compare(one, other) {
  const places = Math.max(parts(one).fraction.length, parts(other).fraction.length);
  const difference = scaled(one, places) - scaled(other, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The sum of decimals, as one. */
export function sum(decimals) {
  const places = Math.max(0, ...decimals.map((text) => parts(text).fraction.length));
  const total = decimals.map((text) => scaled(text, places)).reduce((one, other) => one + other, 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(places + 1, "0");
  const text = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, "");
  return total < 0n ? `-${text}` : text;
}

/** The first decimal less the second. */
export function difference(one, other) {
  return sum([one, other.startsWith("-") ? other.slice(1) : `-${other}`]);
}

/** The limits of a number field, from its target and tolerances or its minimum and maximum; null where there is none. */
export function limits(field) {
  const target = field.target;
  return {
    low: field.minimum ?? (target !== null ? difference(target, field.tolerance_minus ?? "0") : null),
    high: field.maximum ?? (target !== null ? sum([target, field.tolerance_plus ?? "0"]) : null),
  };
}

/** Whether a decimal is outside a field's limits. */
export function isOutside(value, field) {
  const { low, high } = limits(field);
  return (low !== null && compare(value, low) < 0) || (high !== null && compare(value, high) > 0);
}

/** The limits in words: "2.7 to 3.3 N·m"; null where there is none. */
export function range(field) {
  const { low, high } = limits(field);
  const unit = field.unit ? ` ${field.unit}` : "";
  if (low !== null && high !== null) return `${low} to ${high}${unit}`;
  if (low !== null) return `at least ${low}${unit}`;
  return high !== null ? `at most ${high}${unit}` : null;
}
