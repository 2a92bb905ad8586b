// Remote write 1.0, the sending side: samples are divided among shards by their series, wait on disk as ready requests,
// and are sent in order. https://prometheus.io/docs/specs/prw/remote_write_spec/
import { join } from "node:path";
import type { Rng } from "../../base/index.ts";
import type { SeriesSample } from "../../wire/index.ts";
import type { Transport } from "../client/transport.ts";
import { BATCH_SAMPLES, encodeBatch } from "./batch.ts";
import { type DiskQueue, openDiskQueue } from "./disk-queue.ts";
import { type OutgoingSample, seriesOf, shardOf } from "./sample.ts";
import { startShard, type WriteCounts, type WriteProblem } from "./shard.ts";

/** Where and how samples are written. */
export interface RemoteWriterOptions {
  /** Of the queue; no other writer may use it. */
  directory: string;
  /** Of the database's receiver, whole: `http://localhost:9090/api/v1/write`. */
  url: string;
  /** Authorization and tenant. */
  headers: Readonly<Record<string, string>>;
  /** Name and version of the program. */
  userAgent: string;
  /** Bytes of requests that may wait on disk. */
  mostBytes: number;
  /** Samples that waited longer are dropped. */
  maxAgeMs: number;
  transport: Transport;
  now: () => number;
  /** Resolves after a time, at once when the signal is aborted. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** For the jitter of pauses. */
  rng: Rng;
  /** Called now and then, so that others have their turn. */
  breathe: () => Promise<void>;
  onProblem: (problem: WriteProblem) => void;
  /** Called for what a crash has cut off from the queue. */
  onDamage: (path: string, bytes: number) => void;
}

/** What became of samples, and what waits. */
export interface WriterStatus extends WriteCounts {
  waitingSamples: number;
  waitingBytes: number;
  /** When the oldest samples that wait were taken; null without any. */
  oldestMs: number | null;
}

/** See {@link openRemoteWriter}. */
export interface RemoteWriter {
  /**
   * Takes samples, those of a series in the order of their time; resolves when all are on stable storage. One call at a
   * time. @throws File errors, `disk_full` among them: then some were taken.
   */
  write(samples: Iterable<OutgoingSample>): Promise<void>;
  status(): WriterStatus;
  /** Stops sending at once; what waits is sent after the next start. */
  stop(): Promise<void>;
  /** Rejects with errors of the queue's files after which it cannot go on. */
  ended: Promise<void>;
}

/** Requests in flight at a time. A fixed number, because a series must stay on the shard where its samples wait. */
const SHARDS = 4;
const SEGMENTS = 16;
const LARGEST_SEGMENT_BYTES = 8 << 20;

/** Samples between two breaths. */
const SLICE_SAMPLES = 256;

/** A shard's queue, and samples on their way into it. */
interface Lane {
  queue: DiskQueue;
  gathered: SeriesSample[];
}

/** Opens the writer of a directory where it was left, and starts to send. @throws File errors. */
export async function openRemoteWriter(options: RemoteWriterOptions): Promise<RemoteWriter> {
  const { directory, mostBytes, rng, now, onProblem } = options;
  const stopping = new AbortController();
  const counts: WriteCounts = { sent: 0, refused: 0, dropped: 0, failedRequests: 0 };
  const bytesPerShard = Math.ceil(mostBytes / SHARDS);
  const lanes: Lane[] = [];
  for (let index = 0; index < SHARDS; index++) {
    const queue = await openDiskQueue(join(directory, `shard-${index}`), {
      mostBytes: bytesPerShard,
      segmentBytes: Math.min(LARGEST_SEGMENT_BYTES, Math.ceil(bytesPerShard / SEGMENTS)),
      onDrop(samples) {
        counts.dropped += samples;
        onProblem({ kind: "expired", reason: "pushed out of a full queue", samples, delayMs: null });
      },
      onDamage: options.onDamage,
    });
    lanes.push({ queue, gathered: [] });
  }
  const headers = { ...protocolHeaders(options.userAgent), ...options.headers };
  const shards = lanes.map(({ queue }, index) =>
    startShard({ ...options, queue, headers, counts, rng: rng.fork(`shard-${index}`), signal: stopping.signal }),
  );
  const ended = Promise.all(shards.map((shard) => shard.ended)).then(() => undefined);

  const flush = async ({ queue, gathered }: Lane): Promise<void> => {
    const batch = gathered.splice(0);
    if (batch.length > 0) await queue.append({ samples: batch.length, atMs: now(), body: encodeBatch(batch) });
    await options.breathe();
  };
  return {
    async write(samples) {
      try {
        let taken = 0;
        for (const sample of samples) {
          if (taken++ % SLICE_SAMPLES === 0) await options.breathe();
          const series = seriesOf(sample);
          if (typeof series === "string") {
            counts.refused++;
            onProblem({ kind: "refused", reason: series, samples: 1, delayMs: null });
            continue;
          }
          const lane = lanes[shardOf(series, SHARDS)]!;
          lane.gathered.push({ series, timestampMs: sample.timestampMs, value: sample.value });
          if (lane.gathered.length === BATCH_SAMPLES) await flush(lane);
        }
        for (const lane of lanes) await flush(lane);
        await Promise.all(lanes.map(({ queue }) => queue.sync()));
      } finally {
        for (const { gathered } of lanes) gathered.length = 0;
        for (const shard of shards) shard.wake();
      }
    },
    status() {
      const waiting = lanes.map(({ queue }) => queue.status());
      const oldest = waiting.map(({ oldestMs }) => oldestMs).filter((ms) => ms !== null);
      return {
        ...counts,
        waitingSamples: waiting.reduce((sum, { samples }) => sum + samples, 0),
        waitingBytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0),
        oldestMs: oldest.length === 0 ? null : Math.min(...oldest),
      };
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled([ended]);
      await Promise.all(lanes.map(({ queue }) => queue.close()));
    },
    ended,
  };
}

function protocolHeaders(userAgent: string): Record<string, string> {
  return {
    "content-type": "application/x-protobuf",
    "content-encoding": "snappy",
    "x-prometheus-remote-write-version": "0.1.0",
    "user-agent": userAgent,
  };
}
