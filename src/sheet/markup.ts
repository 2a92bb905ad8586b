// Markup as values: text is escaped unless it is markup already, so that no name or note can break out of the sheet.

/** Well-formed markup. */
export interface Markup {
  readonly markup: string;
}

/** What an element may hold; strings are escaped. */
export type Child = Markup | string | readonly Child[] | null;

const VOID_ELEMENTS = new Set(["meta", "path", "rect", "line", "circle", "br"]);

/** An element with its attributes and children; attributes that are null are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | null>> = {},
  ...children: readonly Child[]
): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? trimmed(value) : escapeText(value!)}"`)
    .join("");
  if (VOID_ELEMENTS.has(name) && children.length === 0) return { markup: `<${name}${written}/>` };
  return { markup: `<${name}${written}>${write(children)}</${name}>` };
}

/** Text with the characters replaced that mean something in markup. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A coordinate: a tenth of a pixel is finer than what is seen. */
export function trimmed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function write(child: Child): string {
  if (child === null) return "";
  if (typeof child === "string") return escapeText(child);
  return "markup" in child ? child.markup : child.map(write).join("");
}
