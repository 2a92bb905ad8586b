// How often series are scraped, from the distances of their samples.
import type { PrometheusClient } from "../client/client.ts";
import { seriesText } from "../value.ts";

/** Series that are looked at. */
const SHOWN_SERIES = 3;
const LOOKED_AT = "1h";

/** The median distance of the samples of some series that `selector` finds, or null with fewer than two samples. */
export async function scrapeIntervalMs(
  client: PrometheusClient,
  selector: string,
  nowMs: number,
): Promise<number | null> {
  const chosen = await client.query(`topk(${SHOWN_SERIES}, ${selector})`, nowMs);
  const gaps: number[] = [];
  for (const { labels } of chosen) {
    // One series: every label must agree, or the other series of an instance would be counted with it.
    const [series] = await client.query(`${seriesText(labels)}[${LOOKED_AT}]`, nowMs);
    const timesMs = series?.timesMs ?? new Float64Array();
    for (let i = 1; i < timesMs.length; i++) gaps.push(timesMs[i]! - timesMs[i - 1]!);
  }
  if (gaps.length === 0) return null;
  return gaps.sort((a, b) => a - b)[gaps.length >> 1]!;
}
