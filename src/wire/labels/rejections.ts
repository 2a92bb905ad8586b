// What a decoder left out and why. Counted per reason with the first place, so that the answer says it without growing
// with the request.

/** Why a series or point was not taken. */
export const REASONS = {
  nameMissing: "name_missing",
  labelEmpty: "label_empty",
  labelRepeated: "label_repeated",
  labelNotUtf8: "label_not_utf8",
  labelLimit: "label_limit",
  symbolReference: "symbol_reference",
  samplesMissing: "samples_missing",
  samplesAndHistograms: "samples_and_histograms",
  nativeHistogram: "native_histogram",
  nameUntranslatable: "name_untranslatable",
  attributeDepth: "attribute_depth",
  deltaTemporality: "delta_temporality",
  exponentialHistogram: "exponential_histogram",
  summary: "summary",
  dataMissing: "data_missing",
  histogramShape: "histogram_shape",
} as const;

/** One of {@link REASONS}. */
export type Reason = (typeof REASONS)[keyof typeof REASONS];

/** What is wrong with one series. */
export interface Fault {
  reason: Reason;
  detail: string;
}

/** What was left out for one reason. */
export interface Rejection {
  reason: Reason;
  /** Samples, or data points of OTLP. */
  samples: number;
  /** Samples of native histograms. */
  histograms: number;
  series: number;
  /** The first place and what was there. */
  first: string;
}

/** Collects rejections. */
export interface Rejections {
  add(fault: Fault, place: string, samples: number, histograms?: number): void;
  list(): Rejection[];
}

/** Makes an empty collection. */
export function createRejections(): Rejections {
  const byReason = new Map<Reason, Rejection>();
  return {
    add({ reason, detail }, place, samples, histograms = 0) {
      const known = byReason.get(reason);
      if (known === undefined) {
        byReason.set(reason, { reason, samples, histograms, series: 1, first: `${place}: ${detail}` });
        return;
      }
      known.samples += samples;
      known.histograms += histograms;
      known.series++;
    },
    list: () => [...byReason.values()],
  };
}

/** Rejections as text for the sender, one line per reason; empty without any. */
export function describeRejections(rejections: readonly Rejection[]): string {
  return rejections
    .map(({ reason, samples, histograms, series, first }) => {
      const counts = [
        `${series} series`,
        `${samples} samples`,
        ...(histograms > 0 ? [`${histograms} histograms`] : []),
      ];
      return `${reason}: ${counts.join(", ")} (first: ${first})`;
    })
    .join("\n");
}
