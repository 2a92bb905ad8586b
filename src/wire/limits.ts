// What one request may hold. Limits are counted while decoding, before objects exist, so that a small body cannot grow
// into a large heap.
import { ForewarnError } from "../base/index.ts";

/** Limits of one request. */
export interface WireLimits {
  /** Bytes of the message after decompression. */
  decodedBytes: number;
  /** Series, or groups of points, of a request. */
  series: number;
  /** Samples of a request, those of rejected series included. */
  samples: number;
  /** Labels of a series, `__name__` included. A series beyond this or the next two is rejected, the others are kept. */
  labels: number;
  /** UTF-8 bytes of a label name. */
  labelNameBytes: number;
  /** UTF-8 bytes of a label value. */
  labelValueBytes: number;
  /** Fields that are looked at, those that are skipped included: bounds the time for messages made of nothing. */
  fields: number;
}

/** Limits of a remote-write request. */
export const REMOTE_WRITE_LIMITS: WireLimits = {
  decodedBytes: 32 * 2 ** 20,
  series: 10_000,
  samples: 100_000,
  labels: 40,
  labelNameBytes: 1024,
  labelValueBytes: 2048,
  fields: 4_000_000,
};

/** Limits of a scrape, in which every line is a series. */
export const EXPOSITION_LIMITS: WireLimits = { ...REMOTE_WRITE_LIMITS, series: 100_000 };

/** Limits of an OTLP request. Every bucket of a histogram is a sample of its own series. */
export const OTLP_LIMITS: WireLimits = {
  ...REMOTE_WRITE_LIMITS,
  decodedBytes: 64 * 2 ** 20,
  series: 100_000,
  fields: 8_000_000,
};

/**
 * Throws `body_too_large` if `count` is beyond `limit`.
 * @param what What was counted, for the message: "series".
 */
export function checkLimit(count: number, limit: number, what: string, subject: string): void {
  if (count > limit) {
    throw new ForewarnError("body_too_large", `${subject}: Expected at most ${limit} ${what}, got more`, {
      hint: "send smaller batches",
    });
  }
}
