// A datagrid (P4): typed columns, one input a cell. Its value is the list of its rows, given whole.

import { isOutside, range } from "./decimal.js";
import { h, replace } from "./dom.js";
import { Fault } from "./fault.js";

/** The input of a datagrid; `inputFor` makes the input of a cell from its column. */
export function grid(field, { id, name, typed, commit }, inputFor) {
  const { columns, minimum_rows: least, maximum_rows: most } = field.datagrid;
  const body = h("tbody", {});
  const add = h("button", { type: "button", onclick: () => append() }, "Add a row");
  const head = columns.map((column, index) => h("th", { scope: "col", id: `${id}-column-${index}` }, column.label,
    h("span", { class: "fine" }, [column.type === "number" && range(limited(column)), !column.required && "optional"].filter(Boolean).join(", "))));
  const element = h("div", { class: "wide grid" }, h("table", { "aria-labelledby": name },
    h("thead", {}, h("tr", {}, head, h("td", {}))), body), add);
  let rows = [];
  let made = 0;
  let open = true;

  function append(value = {}) {
    made += 1;
    const cells = columns.map((column, index) => {
      const input = inputFor({ ...limited(column), options: column.options ?? null }, {
        id: `${id}-${made}-${index}`, name: `${id}-column-${index}`, typed, commit: changed,
      });
      input.set(value[column.key] ?? null);
      input.enable(open);
      return { column, input, box: h("td", {}, input.element) };
    });
    const row = { cells, element: null };
    row.element = h("tr", {}, cells.map((cell) => cell.box), h("td", {}, h("button", {
      type: "button", "aria-label": `Remove row ${rows.length + 1}`,
      onclick: () => {
        rows = rows.filter((each) => each !== row);
        row.element.remove();
        changed();
      },
    }, "×")));
    rows.push(row);
    body.append(row.element);
    add.hidden = !open || rows.length >= most;
    return row;
  }

  /** Rows that are begun and not whole are on their way; an empty one counts for nothing. */
  function changed() {
    mark();
    typed();
    if (rows.every((row) => isEmpty(row) || isWhole(row))) commit();
  }

  function valueOf(row) {
    return Object.fromEntries(row.cells.map(({ column, input }) => [column.key, input.get()]).filter(([, value]) => value !== null));
  }

  const isEmpty = (row) => row.cells.every(({ input }) => safe(input) === null);
  const isWhole = (row) => row.cells.every(({ column, input }) => !column.required || safe(input) !== null);

  function safe(input) {
    try {
      return input.get();
    } catch {
      return undefined;
    }
  }

  /** Shows which cells are out of their column's range. */
  function mark() {
    for (const { column, input, box } of rows.flatMap((row) => row.cells)) {
      const value = column.type === "number" ? safe(input) : null;
      box.classList.toggle("is-out", typeof value === "string" && isOutside(value, limited(column)));
    }
  }

  return {
    element,
    get() {
      const filled = rows.filter((row) => !isEmpty(row));
      if (filled.length === 0) return null;
      if (!filled.every(isWhole)) throw new Fault("A row is not whole yet.");
      if (filled.length < least) throw new Fault(`At least ${least} rows are asked for.`);
      return filled.map(valueOf);
    },
    set(value) {
      rows = [];
      replace(body);
      for (const row of value ?? []) append(row);
      while (rows.length < Math.max(least, 1)) append();
      mark();
    },
    enable(on) {
      open = on;
      add.hidden = !on || rows.length >= most;
      for (const row of rows) {
        for (const { input } of row.cells) input.enable(on);
        row.element.querySelector("td:last-child button").disabled = !on;
      }
    },
  };
}

function limited(column) {
  return { target: null, tolerance_minus: null, tolerance_plus: null, minimum: null, maximum: null, unit: null, ...column };
}
