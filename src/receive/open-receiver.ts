// The receiver: samples into the journal, then into memory; intervals that are over into rows of the store. After a crash
// the journal gives back what was in memory, and rows that are written again are duplicates.
import { ForewarnError } from "../base/index.ts";
import type { Mapping } from "../prometheus/index.ts";
import type { LiveStore } from "../store/index.ts";
import {
  compressSnappy,
  createLabelCache,
  decodeRemoteWrite1,
  decompressSnappy,
  encodeRemoteWrite1,
  labelValue,
  type SampleBlock,
  type WireLimits,
} from "../wire/index.ts";
import { type Admission, admit } from "./admit.ts";
import { DEFAULT_JOURNAL_OPTIONS, type JournalOptions, type JournalStatus, openJournal } from "./journal.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { IntervalNote } from "./journal-records.ts";
import { mappingNeeds } from "./mapping-needs.ts";
import type { ReceiveResult, SampleReceiver } from "./receiver.ts";
import { seriesText, timeText } from "./refusals.ts";
import { LONGEST_INTERVAL_MS } from "./sample-columns.ts";
import { createSampleIndex, type Interval } from "./sample-index.ts";
import { createSeriesTable, type Series } from "./series-table.ts";
import { dropIntervals, emptySettleTally, type SettleContext, type SettleTally, settleInterval } from "./settle.ts";

/** What a receiver is opened with. */
export interface ReceiverOptions {
  mapping: Mapping;
  store: Pick<LiveStore, "write">;
  files: JournalFiles;
  limits: ReceiverLimits;
  /** Bounds of the journal that differ from {@link DEFAULT_JOURNAL_OPTIONS}. */
  journal?: Partial<JournalOptions>;
  /** Epoch milliseconds. */
  now: () => number;
  /** An interval could not be made rows of: its expressions failed. It is tried again when new samples come. */
  onFailure: (error: ForewarnError, startMs: number) => void;
}

/** Bounds of a receiver. */
export interface ReceiverLimits {
  /** How long after its end an interval is evaluated. */
  delayMs: number;
  /** How long an interval waits for samples that are known to be missing. */
  latenessMs: number;
  /** Samples older than this are refused. */
  maxAgeMs: number;
  /** Samples further ahead of the clock are refused. */
  maxAheadMs: number;
  /** New series beyond this are refused. */
  maxSeries: number;
  /** Samples in memory, 16 bytes each; more are refused until intervals are settled. */
  maxSamples: number;
}

/** A receiver, for the daemon. */
export interface OwnReceiver extends SampleReceiver {
  /**
   * Makes rows of the intervals that are due, oldest first. Calls take turns, interval by interval.
   * @param fromMs Earlier intervals are left to other calls.
   * @throws What the store throws: `store_read_only`, `overloaded`.
   */
  settle(fromMs?: number): Promise<void>;
  status(): ReceiverStatus;
  /** Closes the journal; what is in memory is there again when it is opened anew. */
  close(): Promise<void>;
}

/** How a receiver is doing. */
export interface ReceiverStatus {
  journal: JournalStatus;
  /** Series and samples in memory. */
  series: number;
  samples: number;
  /** Start of the oldest interval that waits for its rows; null without one. */
  oldestOpenMs: number | null;
  counts: ReceivedCounts;
  settled: SettleTally;
}

/** Samples since the start, by what became of them. */
export interface ReceivedCounts {
  added: number;
  /** There already, with the same value. */
  known: number;
  /** Of series that the mapping does not ask for. */
  ignored: number;
  too_old: number;
  too_far_ahead: number;
  other_value: number;
  too_many_series: number;
}

const NO_LIMITS: WireLimits = {
  decodedBytes: 2 ** 32,
  series: Number.MAX_SAFE_INTEGER,
  samples: Number.MAX_SAFE_INTEGER,
  labels: Number.MAX_SAFE_INTEGER,
  labelNameBytes: Number.MAX_SAFE_INTEGER,
  labelValueBytes: Number.MAX_SAFE_INTEGER,
  fields: Number.MAX_SAFE_INTEGER,
};

/**
 * Opens a receiver; resolves when the journal is replayed.
 * @throws ForewarnError `mapping_invalid` for a mapping whose samples cannot be kept; file errors.
 */
export async function openReceiver(options: ReceiverOptions): Promise<OwnReceiver> {
  const { mapping, store, files, limits, now, onFailure } = options;
  const { intervalMs, serverLabel, serverPattern } = mapping;
  if (intervalMs > LONGEST_INTERVAL_MS) {
    throw new ForewarnError("mapping_invalid", `${mapping.name}: Expected an interval of 12 days or less`);
  }
  const { spanMs, isNeeded } = mappingNeeds(mapping);
  const table = createSeriesTable({
    maxSeries: limits.maxSeries,
    isNeeded,
    serverOf: (set) => serverPattern.exec(labelValue(set, serverLabel) ?? "")?.[1] ?? null,
  });
  const index = createSampleIndex(table, intervalMs, limits.delayMs);
  const counts: ReceivedCounts = {
    ...{ added: 0, known: 0, ignored: 0 },
    ...{ too_old: 0, too_far_ahead: 0, other_value: 0, too_many_series: 0 },
  };
  const tally = emptySettleTally();

  /** Puts samples into memory. @param nowMs When they came; null: when they were measured, since they were here before. */
  const insert = (
    { block, series, places, refusals }: Pick<Admission, "block" | "series" | "places" | "refusals">,
    nowMs: number | null,
  ) => {
    const { starts, timestampsMs, values, stale } = block;
    for (let place = 0; place < series.length; place++) {
      // It may be gone since it was admitted, if it had no samples.
      const one = series[place]!.id >= 0 ? series[place]! : table.resolve(block.series[place]!);
      const [begin, end] = [starts[place]!, starts[place + 1]!];
      if (typeof one === "string") {
        refusals.add("too_many_series", end - begin, places[place]!, () => seriesText(block.series[place]!));
        continue;
      }
      for (let at = begin; at < end; at++) {
        const timeMs = timestampsMs[at]!;
        const outcome = index.add(one, timeMs, values[at]!, stale[at] === 1, nowMs ?? timeMs);
        counts[outcome]++;
        if (outcome === "other_value")
          refusals.add(outcome, 1, places[place]!, () => otherValueText(one, timeMs, values[at]!));
      }
    }
  };
  const otherValueText = (series: Series, timeMs: number, value: number): string =>
    `${seriesText(series.set)} ${timeText(timeMs)}: ${value}, but it has ${index.valueAt(series, timeMs)}`;
  const startsOf = ({ timestampsMs }: SampleBlock): Set<number> => {
    const starts = new Set<number>();
    let startMs = Number.NaN;
    for (const timeMs of timestampsMs) {
      if (timeMs > startMs && timeMs <= startMs + intervalMs) continue;
      startMs = index.startOf(timeMs);
      starts.add(startMs);
    }
    return starts;
  };

  const cache = createLabelCache();
  const noteOf = (kind: IntervalNote["kind"], { startMs, columns }: Interval): IntervalNote => ({
    ...{ kind, startMs, samples: columns.count() },
  });
  /** The interval of a note, if it holds no more samples than then. */
  const noted = ({ startMs, samples }: IntervalNote): Interval | undefined => {
    const interval = index.interval(startMs);
    return interval !== undefined && interval.columns.count() <= samples ? interval : undefined;
  };
  const journal = await openJournal(
    files,
    { ...DEFAULT_JOURNAL_OPTIONS, ...options.journal },
    {
      samples(body) {
        const decoded = decodeRemoteWrite1(decompressSnappy(body, NO_LIMITS.decodedBytes), cache, NO_LIMITS);
        const admission = admit(decoded, table, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
        insert(admission, null);
        return startsOf(admission.block);
      },
      settled(note) {
        const interval = noted(note);
        if (interval !== undefined) interval.settled = true;
      },
      dropped(note) {
        const interval = noted(note);
        if (interval !== undefined) index.drop(interval);
        return index.interval(note.startMs) === undefined;
      },
    },
  );
  table.sweep();

  const context: SettleContext = {
    ...{ mapping, table, index, store, now, onFailure, startedAtMs: now() },
    ...{ delayMs: limits.delayMs, latenessMs: limits.latenessMs, maxSamples: limits.maxSamples },
    intervalsBefore: Math.max(1, Math.ceil(spanMs / intervalMs) - 1),
    onSettled: (interval) => journal.note(noteOf("settled", interval)),
    onDropped: (interval) => journal.note(noteOf("dropped", interval)),
  };
  let settling: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void> | void): Promise<void> => {
    const run = settling.then(work);
    settling = run.catch(() => undefined);
    return run;
  };

  return {
    async write(samples, body) {
      if (index.count() >= limits.maxSamples) {
        throw new ForewarnError(
          "overloaded",
          `receiver: Expected at most ${limits.maxSamples} samples in memory, got ${index.count()}`,
          { hint: "they are taken again when intervals have been settled" },
        );
      }
      const nowMs = now();
      const admission = admit(samples, table, nowMs - limits.maxAgeMs, nowMs + limits.maxAheadMs);
      const { block, ignored, refusals } = admission;
      if (block.timestampsMs.length > 0) {
        // Bodies are kept as they came, unless most of them is of no use or some of it was refused.
        const isAsCame = body !== undefined && refusals.list().length === 0 && ignored <= block.timestampsMs.length;
        await journal.append(isAsCame ? body : compressSnappy(encodeRemoteWrite1(block)), startsOf(block));
        insert(admission, nowMs);
      }
      const refused = refusals.list();
      counts.ignored += ignored;
      for (const { reason, samples: count } of refused) if (reason !== "other_value") counts[reason] += count;
      return { written: samples.timestampsMs.length - sum(refused), refused, refusedSeries: refusals.places() };
    },
    async settle(fromMs = Number.NEGATIVE_INFINITY) {
      for (const interval of index.intervals()) {
        if (interval.startMs >= fromMs) await inTurn(() => settleInterval(context, interval, tally));
      }
      await inTurn(() => dropIntervals(context));
    },
    status: () => ({
      journal: journal.status(),
      ...{ series: table.count(), samples: index.count() },
      oldestOpenMs: index.intervals().find(({ settled }) => !settled)?.startMs ?? null,
      counts: { ...counts },
      settled: tally,
    }),
    async close() {
      await settling;
      await journal.close();
    },
  };
}

function sum(refused: ReceiveResult["refused"]): number {
  return refused.reduce((total, { samples }) => total + samples, 0);
}
