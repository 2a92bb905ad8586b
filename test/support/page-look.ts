// How the page looks, as far as it does not depend on data: where its parts lie, how large they are, and in which colours.
import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";

const GOLDEN = new URL("../golden/page/look.json", import.meta.url);

const FRAME = {
  ...{ header: ".top", brand: ".brand", navigation: ".top nav", "current page": ".top nav a[aria-current]" },
  ...{ "look choice": ".look", "status line": ".status", content: "main" },
};

/** The parts of a place, those of the frame with the first, by what people call them. Of several alike the first counts. */
const PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "": {
    ...FRAME,
    ...{
      counts: ".counts",
      "count of incidents": ".count[data-state=incident]",
      "count without": ".count[data-state=unknown]",
    },
    ...{ choices: ".choices", "horizon switch": ".switch", "pressed horizon": ".switch [aria-pressed=true]" },
    ...{ "other horizon": ".switch [aria-pressed=false]", search: ".search input", legend: ".legend" },
    ...{ "heat map": ".heat canvas", "heat map in words": ".heat .under", list: ".list", "list head": ".list thead" },
    ...{ row: ".list tbody tr:not(.spacer)", name: ".list .name a", labels: ".list .name small" },
    ...{ chance: ".list .chance .risk", time: ".list td.when", line: ".list .spark", age: ".list td.age" },
  },
  "servers/web-3": {
    ...{ heading: "h1", facts: ".facts", "name of a fact": ".facts dt", "breach table": ".breaches" },
    ...{ chart: ".fan", "chart heading": ".fan h2", plot: ".fan canvas" },
  },
  alerts: {
    heading: "h1",
    choices: ".choices",
    choice: ".choice select",
    section: "h2",
    table: ".plain-table",
  },
  scoreboard: {
    ...{ heading: "h1", choices: ".choices", table: ".plain-table", "table head": ".plain-table thead th" },
    ...{ diagram: ".diagram svg", "ideal line": ".diagram .ideal" },
  },
  models: { heading: "h1", table: ".plain-table", button: ".plain-table button", contract: ".break code" },
};

/** x, y, width and height in CSS pixels. */
type Box = readonly [number, number, number, number];
interface PartLook {
  box: Box;
  /** Computed values of the properties that bear colours. */
  colours: Record<string, string>;
}

/** Parts by place; a part that is not there is absent. */
export type Look<T> = Record<string, Record<string, T>>;
interface Golden {
  /** Width of a text in the page's type: with other fonts boxes differ. */
  textWidth: number;
  boxes: Record<string, Look<Box>>;
  colours: Record<string, Look<Record<string, string>>>;
}

/** Runs in the page. Colours are those that are seen: no transparent ground, no border without a width. */
const READ_PARTS = `(parts) => Object.fromEntries(Object.entries(parts).flatMap(([name, selector]) => {
  const element = document.querySelector(selector);
  const { x, y, width, height } = element?.getBoundingClientRect() ?? new DOMRect();
  if (element === null || width * height === 0) return [];
  const { color, backgroundColor, borderTopWidth, borderTopColor, fill, stroke } = getComputedStyle(element);
  const colours = element instanceof SVGElement ? { fill, stroke } : {
    color,
    ...(backgroundColor !== "rgba(0, 0, 0, 0)" && { backgroundColor }),
    ...(borderTopWidth !== "0px" && { borderTopColor }),
  };
  return [[name, { box: [x, y + scrollY, width, height].map(Math.round), colours }]];
}))`;

/** Reads the parts of a place as they are now. */
export function readParts(page: Page, place: string): Promise<Record<string, PartLook>> {
  return page.evaluate(`(${READ_PARTS})(${JSON.stringify(PARTS[place])})`);
}

/** Width of a text in the page's type. */
export function textWidth(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = "100px " + getComputedStyle(document.body).fontFamily;
    return Math.round(pen.measureText("Forewarn 0123456789 %").width);
  })()`);
}

/** Pixels by which a box may differ: what rounding does. */
const TOLERANCE_PX = 2;
const SIDES = ["left", "top", "width", "height"];

/** What moved, in words. @param expected The golden parts of a place. */
export function movedParts(place: string, expected: Record<string, Box>, got: Record<string, Box>): string[] {
  return differences(place, expected, got, (before, now) =>
    SIDES.flatMap((side, at) => {
      const by = now[at]! - before[at]!;
      return Math.abs(by) > TOLERANCE_PX
        ? [`${side} ${before[at]} is now ${now[at]} (${by > 0 ? "+" : ""}${by} px)`]
        : [];
    }),
  );
}

/** What has another colour, in words. */
export function recolouredParts(
  place: string,
  expected: Record<string, Record<string, string>>,
  got: Record<string, Record<string, string>>,
): string[] {
  return differences(place, expected, got, (before, now) =>
    [...new Set([...Object.keys(before), ...Object.keys(now)])]
      .filter((property) => before[property] !== now[property])
      .map((property) => `${property} ${before[property]} is now ${now[property]}`),
  );
}

function differences<T>(
  place: string,
  expected: Record<string, T>,
  got: Record<string, T>,
  compare: (before: T, now: T) => string[],
): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(got)])].flatMap((part) => {
    const where = `#/${place}, ${part}`;
    const [before, now] = [expected[part], got[part]];
    if (before === undefined) return [`${where}: is new`];
    if (now === undefined) return [`${where}: is gone`];
    const said = compare(before, now);
    return said.length > 0 ? [`${where}: ${said.join(", ")}`] : [];
  });
}

/** The committed look. */
export function readGolden(): Golden {
  return JSON.parse(readFileSync(GOLDEN, "utf8")) as Golden;
}

/** Writes a new one; a line per part, so that a change is easy to read. */
export function writeGolden(golden: Golden): void {
  const text = JSON.stringify(golden, null, 2).replace(
    /\[\s+([^\]]+?)\s+\]/g,
    (_, list: string) => `[${list.replace(/\s+/g, " ")}]`,
  );
  writeFileSync(GOLDEN, `${text}\n`);
}
