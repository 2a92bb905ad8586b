// What is written back after a tick: samples of new forecasts, the scores, and a stale marker for every series that has
// ended, because its server has no forecast any more, is labelled otherwise, or is forecast by another model.
import type { Contract } from "../contract/index.ts";
import type { ForecastRecord, Scoreboard } from "../evaluate/index.ts";
import type { OutgoingSample } from "../prometheus/index.ts";
import { aheadSamples, probabilitySamples, type ServedForecast, scoreSamples, validSamples } from "../server/index.ts";

/** What there is after a tick. */
export interface WrittenTick {
  /** When the tick was issued; a tick that could not be made has none. */
  issuedAtMs: number;
  /** All current forecasts; those of the tick before among them are not written again. */
  forecasts: readonly ServedForecast[];
  scoreboard: Scoreboard;
}

/** See {@link createWriteBackSeries}. */
export interface WriteBackSeries {
  /** The samples of a tick. */
  samplesOf(tick: WrittenTick): Iterable<OutgoingSample>;
  /** Remembers that all of them were written: what of it is missing in the next tick has ended. */
  keep(tick: WrittenTick): void;
}

/**
 * Makes the memory of what was written; it begins empty, so series that end while the daemon is away go stale by
 * themselves.
 * @param validLimitMs How far ahead samples may be written at the time that they are for; null writes none of these.
 * @param scoreLabels Labels of the scores that tell this daemon from others of the same fleet.
 */
export function createWriteBackSeries(
  contract: Contract,
  validLimitMs: number | null,
  scoreLabels: Readonly<Record<string, string>> = {},
): WriteBackSeries {
  let written = new Map<string, ForecastRecord>();
  let scores: readonly OutgoingSample[] = [];
  let newestScores = scores;

  const issued = (record: ForecastRecord): OutgoingSample[] => [
    ...aheadSamples(record),
    ...probabilitySamples(record, contract),
  ];
  const valid = (record: ForecastRecord): OutgoingSample[] => {
    if (validLimitMs === null) return [];
    return validSamples(record).filter(({ timestampMs }) => timestampMs <= record.issuedAtMs + validLimitMs);
  };
  /** Stale markers for the series of `before` that `after` does not have. */
  function* ended(before: ForecastRecord, after: ForecastRecord | null, tickMs: number): Generator<OutgoingSample> {
    const timestampMs = Math.max(tickMs, before.issuedAtMs + 1);
    const goOn = new Set(after === null ? [] : [...issued(after), ...valid(after)].map(keyOf));
    const over = (sample: OutgoingSample): boolean => !goOn.has(keyOf(sample));
    for (const sample of issued(before).filter(over)) yield { ...sample, timestampMs, value: null };
    for (const sample of valid(before).filter(over)) {
      yield { ...sample, timestampMs: sample.timestampMs + before.intervalMs, value: null };
    }
  }
  const scoresAt = (scoreboard: Scoreboard, timestampMs: number): OutgoingSample[] =>
    scoreSamples(contract, scoreboard, timestampMs).map((sample) => {
      return { ...sample, labels: { ...sample.labels, ...scoreLabels } };
    });

  return {
    *samplesOf({ forecasts, issuedAtMs, scoreboard }) {
      const current = new Set(forecasts.map(({ record }) => record.server));
      for (const [server, record] of written) if (!current.has(server)) yield* ended(record, null, issuedAtMs);
      for (const { record } of forecasts) {
        const before = written.get(record.server);
        // A clock that went back would put samples before those that are there.
        if (before === record || (before !== undefined && record.issuedAtMs <= before.issuedAtMs)) continue;
        if (before !== undefined && !isAlike(before, record)) yield* ended(before, record, issuedAtMs);
        yield* issued(record);
        yield* valid(record);
      }
      newestScores = forecasts.length === 0 ? [] : scoresAt(scoreboard, issuedAtMs);
      const goOn = new Set(newestScores.map(keyOf));
      for (const score of scores) if (!goOn.has(keyOf(score))) yield { ...score, timestampMs: issuedAtMs, value: null };
      yield* newestScores;
    },
    keep({ forecasts }) {
      written = new Map(forecasts.map(({ record }) => [record.server, record]));
      scores = newestScores;
    },
  };
}

/** Whether two forecasts of a server surely have the same series. */
function isAlike(a: ForecastRecord, b: ForecastRecord): boolean {
  return a.modelId === b.modelId && JSON.stringify(a.labels) === JSON.stringify(b.labels);
}

function keyOf({ labels }: OutgoingSample): string {
  return JSON.stringify(Object.entries(labels).sort());
}
