// A sheet: one HTML page with everything in it, that needs no network and no script.
import { createHash } from "node:crypto";
import { type Child, element, type Markup } from "./markup.ts";
import { SHEET_STYLE } from "./style.ts";

/** A whole page as text. `style` comes after the style of all sheets; `content` is what the page holds. */
export function page(title: string, style: string, ...content: Child[]): string {
  const head = element(
    "head",
    {},
    element("meta", { charset: "utf-8" }),
    element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    element("title", {}, title),
    element("style", {}, { markup: `${SHEET_STYLE}${style}` }),
  );
  const body = element("body", {}, element("main", {}, ...content));
  return `<!doctype html>\n${element("html", { lang: "en" }, head, body).markup}\n`;
}

/** What a Content-Security-Policy calls the style of a page that was made with `style`: "sha256-...". */
export function styleHash(style: string): string {
  return `sha256-${createHash("sha256").update(`${SHEET_STYLE}${style}`).digest("base64")}`;
}

/** A wide chart or table that narrow screens scroll, with the keyboard too. */
export function scrolled(name: string, content: Markup): Markup {
  return element("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": name }, content);
}

/** Names and values in a row. */
export function factList(facts: readonly (readonly [name: string, value: string])[]): Markup {
  return element(
    "dl",
    { class: "facts" },
    facts.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}

/** What the lines and areas of the charts mean; a sign is drawn on 26 x 12 pixels. */
export function legend(items: readonly (readonly [sign: Markup, text: string])[]): Markup {
  return element(
    "ul",
    { class: "legend" },
    items.map(([sign, text]) =>
      element("li", {}, element("svg", { viewBox: "0 0 26 12", "aria-hidden": "true" }, sign), text),
    ),
  );
}
