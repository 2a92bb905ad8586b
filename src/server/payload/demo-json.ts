// The story of a demo beside what the alerts made of it: began, predicted, came true, or not.
import { z } from "zod";
import type { AlertBook, AlertRule, LedgerEntry } from "../../alert/index.ts";
import type { DemoDesk, DemoIncident } from "../demo-desk.ts";
import { instantSchema } from "../schemas.ts";

const instant = instantSchema.nullable();

/** An incident of the story. */
const incidentSchema = z.object({
  server: z.string(),
  rule: z.string().nullable().describe("Breach rule; null when the server goes down instead"),
  sign: z.string().describe("What one would see"),
  cause: z.string(),
  isForeseeable: z.boolean(),
  course: z.enum(["breaches", "recovers", "repaired"]).describe("How it is planned to go"),
  startsAt: instantSchema.describe("First sign"),
  peaksAt: instantSchema,
  endsAt: instantSchema,
  predictedAt: instant.describe("When an alert predicted it"),
  predictBy: instantSchema.describe("A later prediction is late"),
  beganAt: instant.describe("When the rule was broken, as the measured values say"),
  outcome: z.enum(["confirmed", "missed"]).nullable(),
  leadMs: z.number().nullable(),
});

/** What GET /api/v1/demo answers. */
export const demoSchema = z.object({
  speed: z.number().describe("Simulated time per real time"),
  now: instantSchema,
  scenarios: z.array(z.string()),
  scenario: z.string(),
  startedAt: instantSchema,
  endsAt: instantSchema,
  incidents: z.array(incidentSchema),
  counts: z
    .object({ confirmed: z.number(), expired: z.number(), missed: z.number() })
    .describe("Predictions closed since the story began, of all servers"),
});

/** What the story is compared with. */
export interface DemoFacts {
  book: Pick<AlertBook, "alerts" | "ledger">;
  rules: readonly AlertRule[];
  nowMs: number;
}

/** The story as it stands. */
export function demoJson(demo: DemoDesk, facts: DemoFacts): z.infer<typeof demoSchema> {
  const { scenario, startMs, endMs, incidents } = demo.story();
  const since = facts.book.ledger().filter(({ closedAtMs }) => closedAtMs >= startMs);
  const count = (outcome: LedgerEntry["outcome"]) => since.filter((entry) => entry.outcome === outcome).length;
  return {
    ...{ speed: demo.speed, scenarios: [...demo.scenarios], scenario },
    ...{ now: iso(facts.nowMs), startedAt: iso(startMs), endsAt: iso(endMs) },
    incidents: incidents.map((incident) => incidentJson(incident, demo.usefulLeadMs, facts)),
    counts: { confirmed: count("confirmed"), expired: count("expired"), missed: count("missed") },
  };
}

function incidentJson(incident: DemoIncident, usefulLeadMs: number, { book, rules }: DemoFacts) {
  const { startMs, peakMs, endMs, rule, server, ...told } = incident;
  const own = new Set(rules.filter(({ event }) => event.id === rule).map(({ id }) => id));
  const isOwn = (one: { rule: string; server: string }) => one.server === server && own.has(one.rule);
  const entries = book.ledger().filter(isOwn);
  const isOfIncident = (timeMs: number | null) => timeMs !== null && timeMs >= startMs && timeMs <= endMs;
  const ended = entries.find(({ onsetMs }) => isOfIncident(onsetMs));
  const claims = [
    ...entries.map(({ claim }) => claim),
    ...book
      .alerts()
      .filter(isOwn)
      .flatMap(({ track }) => [...track.settling, track.claim]),
  ];
  const opened = claims.flatMap((claim) => (claim && isOfIncident(claim.openedAtMs) ? [claim.openedAtMs] : []));
  const predictedMs = ended?.claim?.openedAtMs ?? (opened.length === 0 ? null : Math.min(...opened));
  return {
    ...{ server, rule, ...told },
    ...{ startsAt: iso(startMs), peaksAt: iso(peakMs), endsAt: iso(endMs), predictBy: iso(peakMs - usefulLeadMs) },
    predictedAt: predictedMs === null ? null : iso(predictedMs),
    beganAt: ended?.onsetMs == null ? null : iso(ended.onsetMs),
    outcome: ended?.outcome === "confirmed" || ended?.outcome === "missed" ? ended.outcome : null,
    leadMs: ended?.leadMs ?? null,
  };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
