// The forecasts as they were last served: replaced whole when a tick is over, so that no reader sees half of one.
import type { ForecastBook, RefusedServer, ServedForecast } from "../server/index.ts";
import type { PassResult } from "./forecast-pass.ts";

/** The book with what only the daemon may do. */
export interface OwnForecastBook extends ForecastBook {
  /** Takes the result of a pass. Servers of failed batches keep the forecast that they had, with its age. */
  publish(result: PassResult, tick: NonNullable<ReturnType<ForecastBook["lastTick"]>>): void;
  /** Forgets all forecasts: there is no model any more. */
  clear(): void;
}

/** Makes an empty book. @param stored Reads stored forecasts. */
export function createForecastBook(stored: Pick<ForecastBook, "history" | "ahead">): OwnForecastBook {
  let lastTick: ReturnType<ForecastBook["lastTick"]> = null;
  let byServer = new Map<string, ServedForecast>();
  let all: readonly ServedForecast[] = [];
  let refused: readonly RefusedServer[] = [];
  return {
    lastTick: () => lastTick,
    current: (server) => byServer.get(server),
    all: () => all,
    refused: () => refused,
    ...stored,
    publish(result, tick) {
      const kept = result.failed.map((server) => byServer.get(server)).filter((forecast) => forecast !== undefined);
      all = [...result.forecasts, ...kept].sort((a, b) => (a.record.server < b.record.server ? -1 : 1));
      byServer = new Map(all.map((forecast) => [forecast.record.server, forecast]));
      refused = result.refused;
      lastTick = tick;
    },
    clear() {
      [byServer, all, refused, lastTick] = [new Map(), [], [], null];
    },
  };
}
