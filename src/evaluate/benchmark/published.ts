// Published scores of bitbrains_rnd/5T. Source: results of SalesforceAIResearch/gift-eval at commit 4fd98a9 (2026-08-07),
// self-reported, 120 entries, Apache-2.0. The two last rows are the best of each column and score without declared test
// leakage and without the self-submitted outliers at MASE 0.342.
import type { BinRange } from "./bin-range.ts";

/** MASE and CRPS of one model on the official test windows. */
export type PublishedScore = readonly [mase: number, crps: number];

/** A published model and its scores by horizon in steps. */
export interface PublishedRow {
  name: string;
  scores: Readonly<Record<number, PublishedScore>>;
}

/** The official test windows by horizon in steps: 18, 2 and 2 windows at the end of the month's 8,640 bins. */
export const OFFICIAL_BINS: Readonly<Record<number, BinRange>> = {
  48: { first: 7776, last: 8639 },
  480: { first: 7680, last: 8639 },
  720: { first: 7200, last: 8639 },
};

const row = (name: string, short: PublishedScore, medium: PublishedScore, long: PublishedScore): PublishedRow => ({
  name,
  scores: { 48: short, 480: medium, 720: long },
});

/** The published table, from weak to strong. */
export const PUBLISHED: readonly PublishedRow[] = [
  row("Naive", [2.056, 0.868], [4.775, 2.008], [3.987, 2.361]),
  row("Seasonal Naive", [1.971, 1.102], [4.542, 1.169], [3.501, 1.175]),
  row("Auto-ETS", [1.97, 1.1], [4.54, 1.26], [3.5, 1.29]),
  row("Auto-Theta", [2.07, 0.741], [4.88, 1.47], [4.11, 1.6]),
  row("DeepAR", [2.1, 0.557], [4.89, 0.647], [4.44, 0.672]),
  row("TFT", [2.27, 0.486], [4.81, 0.628], [3.71, 0.624]),
  row("PatchTST", [1.98, 0.474], [4.65, 0.62], [3.72, 0.664]),
  row("xLSTM-Mixer", [2.015, 0.395], [5.168, 0.613], [3.769, 0.62]),
  row("Chronos-2", [1.618, 0.416], [4.359, 1.005], [3.275, 0.873]),
  row("TimesFM-2.5", [1.657, 0.408], [4.394, 0.846], [3.314, 0.743]),
  row("TiRex", [1.654, 0.404], [4.413, 0.604], [3.351, 0.632]),
  row("Toto 1.0", [1.65, 0.399], [4.417, 0.628], [3.337, 0.589]),
  row("Toto 2.0, 4 M parameters", [1.638, 0.388], [4.372, 0.589], [3.303, 0.6]),
  row("Toto 2.0, 2.5 B parameters", [1.568, 0.381], [4.309, 0.619], [3.239, 0.587]),
  row("best zero-shot", [1.622, 0.381], [4.348, 0.574], [3.272, 0.555]),
  row("best of any kind", [1.561, 0.356], [4.308, 0.527], [3.233, 0.521]),
];
