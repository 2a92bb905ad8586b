// Tables of the report: a caption, a heading per column, rows under headings of their own where they belong together.
import { element, type Markup, scrolled } from "../../sheet/index.ts";
import type { Cell } from "./cells.ts";

/** A column; words stand left, numbers right. */
export interface Column {
  title: string;
  isWords?: boolean;
}

/** Rows that belong together; the heading is left out when it is null. */
export interface RowGroup {
  heading: string | null;
  rows: readonly (readonly Cell[])[];
}

/** A column of words. */
export const words = (title: string): Column => ({ title, isWords: true });

/** Columns of numbers. */
export const numbers = (...titles: string[]): Column[] => titles.map((title) => ({ title }));

/** Writes a table; the first cell of a row is its heading. */
export function table(caption: string, columns: readonly Column[], groups: readonly RowGroup[]): Markup {
  const heading = ({ title, isWords }: Column): Markup =>
    element("th", { scope: "col", class: isWords ? "word" : null }, title);
  return scrolled(
    caption,
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, columns.map(heading))),
      groups.map((group) =>
        element(
          "tbody",
          {},
          group.heading === null
            ? null
            : element(
                "tr",
                { class: "group" },
                element("th", { scope: "rowgroup", colspan: columns.length }, element("span", {}, group.heading)),
              ),
          group.rows.map((cells) => row(cells, columns)),
        ),
      ),
    ),
  );
}

/** A table that is shown on demand: the numbers of a chart. */
export function foldedTable(caption: string, columns: readonly Column[], rows: RowGroup["rows"]): Markup {
  return element(
    "details",
    {},
    element("summary", {}, "The numbers"),
    table(caption, columns, [{ heading: null, rows }]),
  );
}

function row([first, ...others]: readonly Cell[], [, ...columns]: readonly Column[]): Markup {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, first ?? "-"),
    others.map((cell, index) => {
      if (cell === null) return element("td", { class: columns[index]!.isWords ? "word none" : "none" }, "-");
      return element("td", { class: columns[index]!.isWords ? "word" : null }, cell);
    }),
  );
}
