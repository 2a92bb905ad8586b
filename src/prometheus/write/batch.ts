// Samples of one shard gathered into bodies of remote-write requests.
import { compressSnappy, encodeRemoteWrite1 } from "../../wire/index.ts";
import type { SeriesSample } from "./sample.ts";

/** Samples of one request (max_samples_per_send of Prometheus' queue_config). */
export const BATCH_SAMPLES = 2000;

/** Encodes samples as a remote write 1.0 body: protobuf in a snappy block. */
export function encodeBatch(samples: readonly SeriesSample[]): Uint8Array {
  const timestampsMs = Float64Array.from(samples, ({ timestampMs }) => timestampMs);
  const values = Float64Array.from(samples, ({ value }) => value ?? Number.NaN);
  const stale = Uint8Array.from(samples, ({ value }) => Number(value === null));
  const starts = Uint32Array.from({ length: samples.length + 1 }, (_, at) => at);
  const series = samples.map((sample) => sample.series);
  return compressSnappy(encodeRemoteWrite1({ series, starts, timestampsMs, values, stale }));
}
