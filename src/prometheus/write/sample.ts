// A sample on its way out, and which shard its series belongs to.
import { fnv1a } from "../../base/index.ts";
import { type LabelSet, labelSetOf, NAME_LABEL, REMOTE_WRITE_LIMITS } from "../../wire/index.ts";

/** One sample of one series. */
export interface OutgoingSample {
  /** All labels with `__name__`; one with an empty value is as good as none and is left out. */
  labels: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  timestampMs: number;
  /** Null ends the series: it is sent as a stale marker. */
  value: number | null;
}

/** The series of a sample, or what is wrong with it. */
export function seriesOf({ labels }: OutgoingSample): LabelSet | string {
  const given = Object.entries(labels).filter((label): label is [string, string] => label[1] !== "");
  const series = labelSetOf(given, REMOTE_WRITE_LIMITS);
  return "reason" in series ? `${labels[NAME_LABEL] ?? "a series"}: ${series.detail}` : series;
}

/** The shard of a series, which is always the same, so that its samples stay in order (FNV-1a, 32 bits). */
export function shardOf({ labels }: LabelSet, shards: number): number {
  let hash: number | undefined;
  for (const label of labels) for (const text of label) hash = fnv1a("\uffff", fnv1a(text, hash));
  return hash === undefined ? 0 : hash % shards;
}
