// What happened to a server: predictions and how they came out, incidents, silences, changes of its state.
import { z } from "zod";
import {
  type AlertOutcome,
  type AlertTrack,
  type LedgerEntry,
  matchesLabels,
  type QuietTime,
} from "../../alert/index.ts";
import type { LiveServer, StateChange } from "../../store/index.ts";
import type { ApiServer } from "../api-server.ts";
import { timeParameter } from "../parameters.ts";
import { answers, instantSchema } from "../schemas.ts";
import { requireServer } from "../served.ts";
import type { Services } from "../services.ts";

const DAY_MS = 86_400_000;
const MOST_EVENTS = 1000;
const KINDS = [
  ...(["predicted", "confirmed", "averted", "expired", "missed", "incident"] as const),
  ...(["acknowledged", "silence", "maintenance", "state"] as const),
] as const;

const eventSchema = z.object({
  at: instantSchema,
  until: instantSchema.nullable().describe("Deadline of a prediction, end of a silence"),
  kind: z.enum(KINDS),
  rule: z.string().nullable().describe("Alert rule; null for silences and states"),
  leadMs: z.number().nullable().describe("Of a prediction that came true"),
  note: z.string().describe("Author and words of people, or the states before and after"),
});

interface ServerEvent {
  atMs: number;
  /** Infinity while nobody knows the end. */
  untilMs?: number;
  kind: (typeof KINDS)[number];
  rule?: string;
  leadMs?: number | null;
  note?: string;
}

/** Registers the route. */
export function registerServerEvents(app: ApiServer, services: Services): void {
  const { alerts, models, store, now } = services;
  const { book } = alerts;

  app.get(
    "/api/v1/servers/:server/events",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "Predictions, incidents, silences and states of a server, newest first", tags: ["fleet"] },
        params: z.strictObject({ server: z.string() }),
        querystring: z.strictObject({
          from: timeParameter.optional().describe("One day ago by default"),
          to: timeParameter.optional().describe("Now by default"),
        }),
        response: answers({ 200: z.object({ items: z.array(eventSchema) }) }),
      },
    },
    async (request) => {
      const known = requireServer(services, request.params.server);
      const { server } = known;
      const { to: toMs = now() + 1 } = request.query;
      const { from: fromMs = toMs - DAY_MS } = request.query;
      const tracked = book.alerts().filter((alert) => alert.server === server);
      const closed = book.ledger().filter((entry) => entry.server === server);
      const labels = [serverLabels(known), ...tracked.map((alert) => alert.labels)];
      const events = [
        ...tracked.flatMap(({ rule, track }) => openEvents(rule, track, closed, models.serving() !== null)),
        ...closed.flatMap(closedEvents),
        ...book.quietTimes().flatMap((quiet) => quietEvents(quiet, labels)),
        ...(await store.stateChanges(server, fromMs, toMs)).map(stateEvent),
      ].filter(({ atMs, untilMs = atMs }) => atMs < toMs && untilMs >= fromMs);
      events.sort((a, b) => b.atMs - a.atMs || KINDS.indexOf(b.kind) - KINDS.indexOf(a.kind));
      return { items: events.slice(0, MOST_EVENTS).map(eventJson) };
    },
  );
}

/** Labels by which a silence can name a server that has no alert. */
function serverLabels({ server, labels }: LiveServer): Record<string, string> {
  const given = Object.entries(labels).filter((label): label is [string, string] => label[1] !== null);
  return { ...Object.fromEntries(given), server };
}

/** @param withDeadline Without a model nothing is foretold, an end neither. */
function openEvents(
  rule: string,
  { claim, settling, incident }: AlertTrack,
  closed: readonly LedgerEntry[],
  withDeadline: boolean,
): ServerEvent[] {
  const claims = [...settling, ...(claim === null ? [] : [claim])];
  const isTold = closed.some((entry) => entry.rule === rule && entry.onsetMs === incident?.onsetMs);
  return [
    ...claims.flatMap((one) => claimEvents(rule, one, withDeadline)),
    ...(incident === null || isTold
      ? []
      : [{ atMs: incident.onsetMs, untilMs: Number.POSITIVE_INFINITY, kind: "incident" as const, rule }]),
  ];
}

function closedEvents({ rule, claim, outcome, onsetMs, leadMs, closedAtMs }: LedgerEntry): ServerEvent[] {
  const kind: AlertOutcome = outcome;
  const came = { atMs: onsetMs ?? claim?.deadlineMs ?? closedAtMs, kind, rule, leadMs };
  return [...(claim === null ? [] : claimEvents(rule, claim, true)), came];
}

function claimEvents(
  rule: string,
  { openedAtMs, deadlineMs, acknowledgement }: NonNullable<AlertTrack["claim"]>,
  withDeadline: boolean,
): ServerEvent[] {
  const predicted: ServerEvent = {
    ...{ atMs: openedAtMs, kind: "predicted", rule },
    ...(withDeadline && { untilMs: deadlineMs }),
  };
  if (acknowledgement === null) return [predicted];
  const { atMs, author, note } = acknowledgement;
  return [predicted, { atMs, kind: "acknowledged", rule, note: note === "" ? author : `${author}: ${note}` }];
}

function quietEvents(
  { kind, matchers, fromMs, untilMs, author, comment }: QuietTime,
  labels: Record<string, string>[],
) {
  if (!labels.some((one) => matchesLabels(matchers, one))) return [];
  const note = comment === "" ? author : `${author}: ${comment}`;
  return [{ atMs: fromMs, untilMs, kind, note } satisfies ServerEvent];
}

function stateEvent({ timeMs, from, to }: StateChange): ServerEvent {
  return { atMs: timeMs, kind: "state", note: `${from} to ${to}` };
}

function eventJson({ atMs, untilMs, kind, rule = "", leadMs = null, note = "" }: ServerEvent) {
  return {
    at: new Date(atMs).toISOString(),
    until: untilMs === undefined || untilMs === Number.POSITIVE_INFINITY ? null : new Date(untilMs).toISOString(),
    ...{ kind, rule: rule || null, leadMs, note },
  };
}
