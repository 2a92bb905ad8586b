// "Would have fired": stored forecasts and incidents, replayed under other alert rules with the very code that serves.
import { type AlertBookOptions, createAlertBook } from "./book.ts";
import { type TrackRecord, trackRecord } from "./ledger.ts";
import type { AlertForecast } from "./reading.ts";
import type { Incident } from "./track.ts";

/** An incident with the time when it could be known. */
export interface RecordedIncident extends Incident {
  knownAtMs: number;
}

/** What is replayed. */
export interface ReplayRequest {
  options: Omit<AlertBookOptions, "ledgerEntries">;
  /** Increasing by `issuedAtMs`; those of one `originMs` are one tick. May be read from disk on the way. */
  forecasts: Iterable<AlertForecast>;
  /** Of all watched events, in any order. */
  incidents: readonly RecordedIncident[];
  /** Until when incidents are known: claims that could not yet be judged then are counted as open. */
  untilMs: number;
}

/** How one rule would have done. */
export interface ReplayedRule {
  rule: string;
  /** Alerts that would have been sent: beginnings, not repeats. */
  alerts: number;
  /** Claims that could not be judged by the end. */
  open: number;
  record: TrackRecord;
}

/** Replays stored forecasts under candidate rules; no silences and no acknowledgements. One entry per rule. */
export function replayRules({ options, forecasts, incidents, untilMs }: ReplayRequest): ReplayedRule[] {
  const book = createAlertBook({ ...options, ledgerEntries: Number.POSITIVE_INFINITY });
  const begun = new Map<string, Set<string>>();
  let beforeMs = Number.NEGATIVE_INFINITY;
  const tick = (nowMs: number, batch: AlertForecast[]) => {
    const known = incidents
      .filter(
        ({ knownAtMs, endMs }) => knownAtMs <= nowMs && (endMs === null || endMs > beforeMs || knownAtMs > beforeMs),
      )
      .map((incident) => ({
        ...incident,
        endMs: incident.endMs !== null && incident.endMs <= nowMs ? incident.endMs : null,
      }));
    const { notifications } = book.tick({ nowMs, forecasts: batch, incidents: known });
    for (const { labels, fingerprint, startsAtMs } of notifications) {
      const rule = labels["alertname"]!;
      if (!begun.has(rule)) begun.set(rule, new Set());
      begun.get(rule)!.add(`${fingerprint} ${startsAtMs}`);
    }
    beforeMs = nowMs;
  };
  for (const batch of byOrigin(forecasts)) {
    const nowMs = Math.max(...batch.map(({ record }) => record.issuedAtMs));
    if (nowMs <= untilMs) tick(nowMs, batch);
  }
  if (untilMs > beforeMs) tick(untilMs, []);
  return options.rules.map(({ id }) => ({
    rule: id,
    alerts: begun.get(id)?.size ?? 0,
    open: book
      .alerts()
      .filter(({ rule }) => rule === id)
      .reduce((open, { track }) => open + track.settling.length + (track.claim ? 1 : 0), 0),
    record: trackRecord(
      book.ledger().filter(({ rule }) => rule === id),
      options.usefulLeadMs,
    ),
  }));
}

function* byOrigin(forecasts: Iterable<AlertForecast>): Generator<AlertForecast[]> {
  let batch: AlertForecast[] = [];
  for (const forecast of forecasts) {
    if (batch.length > 0 && batch[0]!.record.originMs !== forecast.record.originMs) {
      yield batch;
      batch = [];
    }
    batch.push(forecast);
  }
  if (batch.length > 0) yield batch;
}
