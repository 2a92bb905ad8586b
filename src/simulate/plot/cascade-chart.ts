// The chart of one cascade: a tree of servers, each below the one that it followed from, with its delay and its course.
import { band, chart, element, lengthInWords, linearScale, type Markup, timeAxis } from "../../sheet/index.ts";
import { HOUR_MS } from "../random.ts";
import type { CascadeMember } from "./choose.ts";
import { kindInWords, outcomeInWords } from "./words.ts";

/** Most members that are drawn; the first of a larger cascade. */
export const MOST_CASCADE_ROWS = 40;

const LEFT = 190;
const RIGHT = 760;
const TOP = 18;
const ROW_HEIGHT = 20;
const INDENT = 14;

/** Draws a cascade of at least one member; `id` is unique on the sheet. */
export function cascadeChart(id: string, cascade: readonly CascadeMember[]): Markup {
  const shown = cascade.slice(0, MOST_CASCADE_ROWS);
  const startMs = Math.min(...shown.map(({ incident }) => incident.beganMs));
  const endMs = Math.max(...shown.map(({ incident }) => incident.overMs));
  const x = linearScale(startMs - HOUR_MS / 6, endMs + HOUR_MS / 6, LEFT, RIGHT);
  const rowTop = (row: number): number => TOP + row * ROW_HEIGHT;
  const box = { left: LEFT, right: RIGHT, top: TOP, bottom: rowTop(shown.length) };
  const delayOf = ({ incident, parent }: CascadeMember): string =>
    parent === null ? "" : `+${lengthInWords(incident.beganMs - cascade[parent]!.incident.beganMs)}`;
  const root = cascade[0]!.incident;
  return chart(
    id,
    { width: RIGHT + 130, height: box.bottom + 18 },
    {
      title: `Cascade of ${cascade.length} servers from ${root.server}`,
      description: shown
        .map((member) => `${member.incident.server}: ${kindInWords(member.incident.kind)} ${delayOf(member)}`.trim())
        .join("; "),
    },
    timeAxis(x, box, 8),
    element("text", { class: "tick", x: LEFT - 12, y: TOP - 6, "text-anchor": "end" }, "delay"),
    element("text", { class: "tick", x: RIGHT + 8, y: TOP - 6 }, "outcome"),
    shown.map((member, row) => {
      const { incident, parent } = member;
      const { beganMs, overMs, breachStartMs, breachEndMs } = incident;
      const bar = { ...box, top: rowTop(row) + 5, bottom: rowTop(row) + 15 };
      const middle = rowTop(row) + 10;
      const nameLeft = 4 + INDENT * depthOf(cascade, row);
      return element(
        "g",
        {},
        element("title", {}, `${incident.server}: ${kindInWords(incident.kind)}, ${outcomeInWords(incident)}`),
        parent === null
          ? null
          : element("path", { class: "joint", d: `M${nameLeft - 9} ${rowTop(parent) + 18}V${middle}H${nameLeft - 3}` }),
        element("text", { class: "label ink", x: nameLeft, y: middle + 3.5 }, incident.server),
        element("text", { class: "tick", x: LEFT - 12, y: middle + 3.5, "text-anchor": "end" }, delayOf(member)),
        band(x, bar, beganMs, overMs, "bar precursor-bar"),
        breachStartMs === null ? null : band(x, bar, breachStartMs, breachEndMs!, "bar breach-bar"),
        element("text", { class: "tick", x: RIGHT + 8, y: middle + 3.5 }, outcomeInWords(incident)),
      );
    }),
  );
}

function depthOf(cascade: readonly CascadeMember[], row: number): number {
  const { parent } = cascade[row]!;
  return parent === null ? 0 : 1 + depthOf(cascade, parent);
}
