// Aligned text tables in ASCII.

/** A column of a table: its title, and "right" for numbers. */
export interface Column {
  title: string;
  align?: "left" | "right";
}

/**
 * Renders rows under underlined titles, two spaces between columns, no trailing spaces. Control characters in a cell
 * (a server name from outside may hold anything) are shown as `?`, so that they cannot steer the terminal.
 * @returns Text that ends with a newline.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = [columns.map((column) => column.title), ...rows.map((row) => row.map(printable))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => (row[index] ?? "").length)));
  const line = (row: readonly string[]): string =>
    columns
      .map((column, index) => {
        const cell = row[index] ?? "";
        return column.align === "right" ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!);
      })
      .join("  ")
      .trimEnd();
  const [titles, ...body] = cells;
  return `${[line(titles!), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n")}\n`;
}

/** Replaces control characters by `?`. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
