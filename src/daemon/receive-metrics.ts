// What the receiver of samples tells about itself. docs/operations.md says what each means.
import type { OwnReceiver, ReceivedCounts, SettleTally } from "../receive/index.ts";
import type { MetricsRegistry } from "../server/index.ts";

/** Registers the metrics; they are read when they are scraped. */
export function watchReceiver({ counterFrom, gaugeFrom }: MetricsRegistry, { status }: OwnReceiver, now: () => number) {
  const count = (key: keyof ReceivedCounts) => () => status().counts[key];
  const settled = (key: keyof SettleTally) => () => status().settled[key];
  counterFrom("forewarn_receive_samples_total", "Samples taken", count("added"));
  counterFrom("forewarn_receive_samples_known_total", "Samples that were there with the same value", count("known"));
  counterFrom("forewarn_receive_samples_ignored_total", "Samples that the mapping does not ask for", count("ignored"));
  gaugeFrom("forewarn_receive_series", "Series with samples in memory", () => status().series);
  gaugeFrom("forewarn_receive_samples_held", "Samples in memory", () => status().samples);
  gaugeFrom("forewarn_receive_oldest_open_seconds", "Age of the oldest interval that waits for its rows", () => {
    const { oldestOpenMs } = status();
    return oldestOpenMs === null ? 0 : (now() - oldestOpenMs) / 1000;
  });
  counterFrom("forewarn_receive_rows_total", "Rows made of samples", settled("rows"));
  counterFrom("forewarn_receive_rows_known_total", "Rows of samples that were there already", settled("duplicates"));
  counterFrom(
    "forewarn_receive_rows_conflict_total",
    "Rows of samples that were there otherwise",
    settled("conflicts"),
  );
  counterFrom("forewarn_receive_failures_total", "Intervals that the mapping made no rows of", settled("failures"));
  counterFrom(
    "forewarn_receive_values_out_of_range_total",
    "Values of rows outside of the contract",
    settled("outOfRange"),
  );
  gaugeFrom("forewarn_receive_journal_bytes", "Size of the journal", () => status().journal.bytes);
  gaugeFrom("forewarn_receive_journal_gaps", "Damaged parts of the journal", () => status().journal.gaps.length);
  gaugeFrom("forewarn_receive_writable", "1 while samples are taken", () => Number(status().journal.state === "ready"));
}
