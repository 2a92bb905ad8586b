// Samples of one shard gathered into bodies of remote-write requests.
import { blockOfSamples, compressSnappy, encodeRemoteWrite1, type SeriesSample } from "../../wire/index.ts";

/** Samples of one request (max_samples_per_send of Prometheus' queue_config). */
export const BATCH_SAMPLES = 2000;

/** Encodes samples as a remote write 1.0 body: protobuf in a snappy block. */
export function encodeBatch(samples: readonly SeriesSample[]): Uint8Array {
  return compressSnappy(encodeRemoteWrite1(blockOfSamples(samples)));
}
