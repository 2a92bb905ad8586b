// The table of incidents by kind and outcome.
import { type Child, element, lengthInWords, type Markup } from "../../sheet/index.ts";
import { FORESEEABLE_KINDS, SUDDEN_KINDS } from "../incidents/incident.ts";
import { byKind, median } from "./choose.ts";
import { leadMs, type PastIncident } from "./history.ts";
import { kindInWords } from "./words.ts";

const OUTCOMES = ["breached", "recovered", "repaired", "unbreached", "open"] as const;
const HEADINGS = ["Incidents", "Breached", "Recovered", "Repaired", "No breach", "Open at end", "Median lead time"];

/** Incidents by kind, with how many ended in which way, and the median time from first sign to breach. */
export function incidentTable(incidents: readonly PastIncident[]): Markup {
  if (incidents.length === 0) return element("p", {}, "Nothing went wrong in this time.");
  const kinds = byKind(incidents);
  return element(
    "div",
    { class: "scroll", role: "region", tabindex: 0, "aria-label": "Incidents by kind" },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, "Kind"),
          element("th", { scope: "col", class: "word" }, "Announced by"),
          HEADINGS.map((heading) => element("th", { scope: "col" }, heading)),
        ),
      ),
      element(
        "tbody",
        {},
        kinds.map(([kind, own]) => row(kindInWords(kind), warningInWords(kind), own)),
      ),
      element("tfoot", {}, row("All", "", incidents)),
    ),
  );
}

function row(name: string, warning: string, incidents: readonly PastIncident[]): Child {
  const leads = incidents.flatMap((incident) => leadMs(incident) ?? []);
  const cell = (text: string | null): Markup =>
    text === null ? element("td", { class: "none" }, "-") : element("td", {}, text);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name),
    element("td", { class: "word" }, warning),
    cell(String(incidents.length)),
    OUTCOMES.map((outcome) => {
      const count = incidents.filter((incident) => incident.outcome === outcome).length;
      return cell(count === 0 ? null : String(count));
    }),
    cell(leads.length === 0 ? null : lengthInWords(median(leads, (lead) => lead))),
  );
}

function warningInWords(kind: string): string {
  if (FORESEEABLE_KINDS.some((name) => name === kind)) return "its metrics";
  return SUDDEN_KINDS.some((name) => name === kind) ? "nothing" : "the load";
}
