// Up to when a database answers with what it has. Older versions of VictoriaMetrics, 1.79.5 among them, know no
// `latency_offset` of a request: they fill the steps of the last 30 s (`-search.latencyOffset`) with the value before them.
import type { PrometheusClient } from "./client.ts";

const STEP_MS = 1000;
/** How far back is looked: beyond any offset that is of use. What is older is settled. */
export const LOOK_BACK_MS = 120_000;

/**
 * Asks for the time itself, step by step: a step that tells another time was rewritten, and those of series are too.
 * @returns End of the steps that tell their own time; Infinity when all of them do.
 * @throws ForewarnError What the client throws.
 */
export async function settledUntil(client: PrometheusClient, nowMs: number): Promise<number> {
  const endMs = Math.floor(nowMs / STEP_MS) * STEP_MS;
  const startMs = endMs - LOOK_BACK_MS;
  const [clock] = await client.queryRange("time()", { startMs, endMs, stepMs: STEP_MS });
  const isRight = (index: number): boolean => Math.abs(clock!.values[index]! * 1000 - clock!.timesMs[index]!) < 1;
  const steps = clock?.timesMs.length ?? 0;
  let right = 0;
  while (right < steps && isRight(right)) right += 1;
  if (right === LOOK_BACK_MS / STEP_MS + 1) return Number.POSITIVE_INFINITY;
  return right === 0 ? startMs : clock!.timesMs[right - 1]!;
}
