// A window of time, and what an axis over it says. Moments are milliseconds; days, weeks and months are those of the
// reader's clock, so that a day in which the clock changes is as long as it is.

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The shortest and the longest window: five minutes, and what the service answers for. */
const shortest = 5 * minute;
const longest = 19 * 365 * day;

/** How much each zoom shows. */
export const zooms = [["day", "Day", day], ["week", "Week", 7 * day], ["month", "Month", 31 * day], ["quarter", "Quarter", 92 * day]];

const formats = Object.fromEntries(Object.entries({
  clock: { hour: "2-digit", minute: "2-digit" },
  day: { weekday: "short", day: "numeric" },
  date: { day: "numeric", month: "short" },
  month: { month: "short" },
  wholeDay: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  wholeMonth: { month: "long", year: "numeric" },
  year: { year: "numeric" },
}).map(([name, options]) => [name, new Intl.DateTimeFormat(undefined, options)]));

/**
 * The steps that an axis can go in: how long one is at least, the pixels that its name needs, where one begins, the next
 * one, its name, what it is part of.
 */
const paces = [
  ...[5, 15, 30].map((minutes) => ({
    least: minutes * minute, room: 76, label: "clock", above: "wholeDay",
    floor: (at) => at.setMinutes(Math.floor(at.getMinutes() / minutes) * minutes, 0, 0), next: (at) => at.setMinutes(at.getMinutes() + minutes),
  })),
  ...[1, 3, 6, 12].map((hours) => ({
    least: hours * hour, room: 76, label: "clock", above: "wholeDay",
    floor: (at) => at.setHours(Math.floor(at.getHours() / hours) * hours, 0, 0, 0), next: (at) => at.setHours(at.getHours() + hours),
  })),
  { least: day, room: 50, label: "day", above: "wholeMonth", floor: (at) => at.setHours(0, 0, 0, 0), next: (at) => at.setDate(at.getDate() + 1) },
  {
    least: 7 * day, room: 66, label: "date", above: "wholeMonth",
    floor: (at) => { at.setHours(0, 0, 0, 0); at.setDate(at.getDate() - ((at.getDay() + 6) % 7)); }, next: (at) => at.setDate(at.getDate() + 7),
  },
  ...[1, 3].map((months) => ({
    least: months * 28 * day, room: 52, label: "month", above: "year",
    floor: (at) => { at.setHours(0, 0, 0, 0); at.setMonth(Math.floor(at.getMonth() / months) * months, 1); }, next: (at) => at.setMonth(at.getMonth() + months),
  })),
  { least: 365 * day, room: 60, label: "year", above: null, floor: (at) => { at.setHours(0, 0, 0, 0); at.setMonth(0, 1); }, next: (at) => at.setFullYear(at.getFullYear() + 1) },
];
const above = {
  wholeDay: { label: "wholeDay", short: "date", floor: (at) => at.setHours(0, 0, 0, 0), next: (at) => at.setDate(at.getDate() + 1) },
  wholeMonth: { label: "wholeMonth", short: "month", floor: (at) => { at.setHours(0, 0, 0, 0); at.setDate(1); }, next: (at) => at.setMonth(at.getMonth() + 1) },
  year: { label: "year", short: "year", floor: (at) => { at.setHours(0, 0, 0, 0); at.setMonth(0, 1); }, next: (at) => at.setFullYear(at.getFullYear() + 1) },
};

/** A window of whole days of a zoom that has a moment in it: its day alone, else near the left end. */
export function windowOf(zoom, at) {
  const length = zooms.find(([name]) => name === zoom)[2];
  const from = new Date(length === day ? at : at - length / 7);
  from.setHours(0, 0, 0, 0);
  const to = new Date(from);
  to.setDate(to.getDate() + length / day);
  return { from: from.getTime(), to: to.getTime() };
}

/** The zoom of a window as long as one, else null. */
export function zoomOf(shown) {
  return zooms.find(([, , length]) => Math.abs(shown.to - shown.from - length) < 2 * hour)?.[0] ?? null;
}

/** The window as far to the right as `share` of its length. */
export function moved(shown, share) {
  const by = Math.round((shown.to - shown.from) * share);
  return { from: shown.from + by, to: shown.to + by };
}

/** The window `factor` times as long, the moment at `share` of it where it was. */
export function zoomed(shown, factor, share = 0.5) {
  const length = shown.to - shown.from;
  const wanted = Math.min(Math.max(length * factor, shortest), longest);
  const from = Math.round(shown.from + (length - wanted) * share);
  return { from, to: from + Math.round(wanted) };
}

/** A window that holds all of some moments, with room to both sides. */
export function around(moments) {
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  const room = Math.max((last - first) * 0.06, 2 * minute);
  return { from: Math.round(first - room), to: Math.round(last + room) };
}

/** Where in the window a moment is: 0 at its left end, 1 at its right. */
export function shareOf(shown, at) {
  return (at - shown.from) / (shown.to - shown.from);
}

/**
 * What an axis of some width in pixels says: `steps` with a line each, and above them `parts`, what they are part of.
 * Each has `from`, `to` and `text`.
 */
export function ticks(shown, width) {
  const pace = paces.find(({ least, room }) => (shown.to - shown.from) / least * room <= width) ?? paces.at(-1);
  const steps = spans(shown, pace).map((span) => ({ ...span, text: formats[pace.label].format(span.from) }));
  if (pace.above === null) return { steps, parts: [] };
  const whole = above[pace.above];
  const parts = spans(shown, whole).map((span) => {
    const seen = (Math.min(span.to, shown.to) - Math.max(span.from, shown.from)) / (shown.to - shown.from) * width;
    return { ...span, text: seen < 54 ? "" : formats[seen < 285 ? whole.short : whole.label].format(span.from) };
  });
  return { steps, parts };
}

function spans(shown, { floor, next }) {
  const at = new Date(shown.from);
  floor(at);
  const found = [];
  while (at.getTime() < shown.to && found.length < 400) {
    const from = at.getTime();
    next(at);
    // Where the clock goes back, an hour later can be the same hour.
    if (at.getTime() <= from) at.setTime(from + hour);
    found.push({ from, to: at.getTime() });
  }
  return found;
}

/** A window in words. */
export function windowText(shown) {
  const long = shown.to - shown.from > 2 * day;
  const format = new Intl.DateTimeFormat(undefined, long ? { day: "numeric", month: "short", year: "numeric" }
    : { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  return format.formatRange(shown.from, shown.to);
}
