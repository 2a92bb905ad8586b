// The sheet: one HTML page with everything in it, that needs no network and no script.
import type { Contract } from "../../contract/index.ts";
import {
  type Child,
  clockInWords,
  dayInWords,
  element,
  factList,
  legend,
  type Markup,
  page,
  scrolled,
} from "../../sheet/index.ts";
import { cascadeChart, MOST_CASCADE_ROWS } from "./cascade-chart.ts";
import type { CascadeMember } from "./choose.ts";
import type { FleetHistory, PastIncident } from "./history.ts";
import { incidentChart } from "./incident-chart.ts";
import { spanChart } from "./span-chart.ts";
import { FLEET_STYLE } from "./style.ts";
import { incidentTable } from "./summary-table.ts";
import type { Trace } from "./trace.ts";
import { kindInWords, storyInWords } from "./words.ts";

/** An incident with the trace of its server around it. */
export interface Scene {
  incident: PastIncident;
  trace: Trace;
}

/** A server over the whole span. */
export interface ServerSpan {
  server: { server: string; profile: string };
  trace: Trace;
}

/** Everything that the sheet shows. */
export interface SheetContent {
  /** Options of the simulation as name and value. */
  facts: readonly (readonly [name: string, value: string])[];
  contract: Contract;
  history: FleetHistory;
  /** One incident of each kind, and one of each way in which a breach did not come. */
  kinds: readonly Scene[];
  escapes: readonly Scene[];
  spans: readonly ServerSpan[];
  cascade: readonly CascadeMember[];
}

/** The whole page. */
export function writeSheet({ facts, contract, history, kinds, escapes, spans, cascade }: SheetContent): string {
  const title = "Simulated fleet";
  return page(
    title,
    FLEET_STYLE,
    element("h1", {}, title),
    element("p", {}, "What the simulator made, and the truth about it. All times are UTC."),
    factList(facts),
    incidentTable(history.incidents),
    signs(),
    section("One of each kind", "Of each kind that happened, the incident with the median lead time.", "cards", [
      ...kinds.map((scene, index) => sceneFigure(`kind-${index}`, scene, contract)),
    ]),
    section(
      "What did not breach",
      "A near miss, a repair in time, and an incident whose rows do not meet the rule of a breach.",
      "cards",
      [...escapes.map((scene, index) => sceneFigure(`escape-${index}`, scene, contract))],
    ),
    section(
      "One server of each profile",
      "The server with the median number of incidents of its profile, over the whole span. Weekends are shaded; the strip shows its incidents.",
      "cards wide spans",
      spans.map((span, index) => spanFigure(`span-${index}`, span, history.incidents, contract)),
    ),
    section(
      "The largest cascade",
      `${cascade.length} servers. Each follows from the one that it hangs from, after the delay beside its name.${
        cascade.length > MOST_CASCADE_ROWS ? ` The first ${MOST_CASCADE_ROWS} are shown.` : ""
      }`,
      "cascade",
      cascade.length === 0
        ? []
        : [element("figure", {}, scrolled("The largest cascade", cascadeChart("cascade", cascade)))],
    ),
  );
}

/** A section, or nothing when it has nothing to show. */
function section(title: string, text: string, className: string, content: readonly Markup[]): Child {
  if (content.length === 0) return null;
  return element(
    "section",
    {},
    element("h2", {}, title),
    element("p", {}, text),
    element("div", { class: className }, content),
  );
}

function sceneFigure(id: string, { incident, trace }: Scene, contract: Contract): Markup {
  return element(
    "figure",
    {},
    element(
      "div",
      {},
      element("h3", {}, kindInWords(incident.kind)),
      element("span", {}, `${incident.server}, ${incident.profile}`),
    ),
    incidentChart(id, incident, trace, contract),
    element(
      "figcaption",
      {},
      element("p", { class: "told" }, `${storyInWords(incident, contract)} Cause: ${incident.cause}.`),
      trace.notes.length === 0 ? null : noteList(trace),
    ),
  );
}

function noteList({ notes }: Trace): Markup {
  return element(
    "ol",
    {},
    notes.map(({ timeMs, text }, index) =>
      element("li", {}, `(${index + 1}) ${dayInWords(timeMs)}, ${clockInWords(timeMs)}: ${text}`),
    ),
  );
}

function spanFigure(
  id: string,
  { server, trace }: ServerSpan,
  incidents: readonly PastIncident[],
  contract: Contract,
): Markup {
  const own = incidents.filter((incident) => incident.server === server.server);
  return element(
    "figure",
    {},
    element(
      "div",
      {},
      element("h3", {}, server.server),
      element("span", {}, `${server.profile}, ${own.length} ${own.length === 1 ? "incident" : "incidents"}`),
    ),
    scrolled(server.server, spanChart(id, server, own, trace, contract)),
  );
}

function signs(): Markup {
  const swatch = (className: string): Markup =>
    element("rect", { class: className, x: 0, y: 0, width: 26, height: 12 });
  const stroke = (className: string): Markup => element("path", { class: className, d: "M0 6H26" });
  const items: [Markup, string][] = [
    [stroke("line cpu main"), "CPU, %"],
    [stroke("line mem main"), "memory, %"],
    [stroke("line disk main"), "disk, %"],
    [stroke("threshold"), "threshold of a breach"],
    [swatch("precursor"), "precursor: announces itself"],
    [swatch("breach"), "breach, or down"],
    [swatch("gap"), "no rows"],
    [
      element(
        "g",
        { class: "note" },
        element("circle", { cx: 13, cy: 6, r: 6 }),
        element("text", { x: 10.5, y: 9.2 }, "1"),
      ),
      "operator's note",
    ],
  ];
  return legend(items);
}
