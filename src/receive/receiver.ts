// What the routes ask of the receiver of samples: stored before the answer, in any order, as often as they are sent.
import type { SampleBlock } from "../wire/index.ts";

/** Why samples were not taken, with how many and one of them in words. */
export interface Refusal {
  reason: "too_old" | "too_far_ahead" | "other_value" | "too_many_series";
  samples: number;
  example: string;
}

/** What became of the samples of a request. */
export interface ReceiveResult {
  /**
   * Samples that are on stable storage. Those count that were there with the same value, stale markers, and samples that no
   * expression of the mapping asks for, which are not kept.
   */
  written: number;
  refused: readonly Refusal[];
  /** Places in the block of the series that samples were refused of. */
  refusedSeries: readonly number[];
}

/** Takes samples until their interval has settled and makes rows of them. */
export interface SampleReceiver {
  /**
   * Takes the samples of a request; resolves when they are on stable storage.
   * @param body The same samples as remote write 1.0 in snappy, where the caller has them already: what the journal
   *   keeps. Encoded anew when left out.
   * @throws ForewarnError `overloaded`, `store_read_only`: none of the samples counts as taken.
   */
  write(samples: SampleBlock, body?: Uint8Array): Promise<ReceiveResult>;
}
