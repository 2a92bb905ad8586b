// What the daemon does beside its ticks: delivers alerts when they are due, saves the scores, seals days, removes the old.
import { parseDuration } from "../base/index.ts";
import type { DaemonConfig } from "./config-schema.ts";
import { guardFor, type TickParts } from "./tick.ts";
import { startTickLoop, type TickLoop } from "./tick-loop.ts";
import type { World } from "./world.ts";

/** Work that goes on until it is stopped. */
export interface BackgroundWork {
  stop(): Promise<void>;
  /** Rejects with a fault of the program. */
  ended: Promise<void>;
}

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** After the full hour, when ticks have just been made. */
const HOUSEKEEPING_DELAY_MS = 150_000;

/** Starts the work. */
export function startBackgroundWork(parts: TickParts & { config: DaemonConfig; world: World }): BackgroundWork {
  const { store, files, leads, scores, alerts, config, world, log } = parts;
  const { now, wait } = world;
  const guard = guardFor(parts);
  const keepMs = parseDuration(config.forecast.retention, "forecast.retention");
  const keepRecordMs = parseDuration(config.forecast.recordRetention, "forecast.recordRetention");
  const every = (everyMs: number, delayMs: number, run: () => Promise<void>): TickLoop =>
    startTickLoop({ schedule: { everyMs, delayMs }, now, wait, run, onOverrun: () => undefined });

  const loops = [
    every(SECOND_MS, 0, () => guard("alerts", () => alerts.deliver())),
    every(parseDuration(config.scoring.checkpoint, "scoring.checkpoint"), 0, () =>
      guard("scores", () => scores.checkpoint()),
    ),
    every(HOUR_MS, HOUSEKEEPING_DELAY_MS, () =>
      guard("housekeeping", async () => {
        // Rows of yesterday may still come; they would make a sealed day be written again.
        await store.sealBefore(Math.floor(now() / DAY_MS) * DAY_MS - DAY_MS);
        await store.applyRetention(now());
        await files.tidy(now(), keepMs);
        await leads.tidy(now(), keepRecordMs);
        log("debug", "housekeeping done");
      }),
    ),
  ];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
    ended: Promise.all(loops.map(({ ended }) => ended)).then(() => undefined),
  };
}
