// Whether anybody forecasts: without a model, or when ticks fail again and again, the daemon warns of itself. Silence would
// look like a healthy fleet.
import type { OwnFault } from "../alert/index.ts";

/** Name of the alert. */
export const PREDICTOR_UNAVAILABLE = "PredictorUnavailable";

/** How a tick came out: it forecast what there was to forecast, or there is no model, or nothing could be forecast. */
export type TickOutcome = { kind: "forecast" } | { kind: "no model" | "failed"; reason: string };

/** See {@link createPredictorWatch}. */
export interface PredictorWatch {
  /** Takes a tick. @returns What is wrong now. */
  judge(outcome: TickOutcome): OwnFault[];
}

/** One failed tick may be a passing trouble; a model does not come back by itself. */
const FAILED_TICKS = 2;

/**
 * Makes a watch.
 * @param instance Tells daemons apart that warn the same people.
 * @param stands Whether the alert stands from an earlier process: then only a forecast ends it.
 */
export function createPredictorWatch(instance: string, stands: boolean): PredictorWatch {
  let failures = stands ? FAILED_TICKS : 0;
  return {
    judge(outcome) {
      if (outcome.kind === "forecast") {
        failures = 0;
        return [];
      }
      failures = outcome.kind === "no model" ? FAILED_TICKS : failures + 1;
      if (failures < FAILED_TICKS) return [];
      const what = outcome.kind === "no model" ? `no model serves: ${outcome.reason}` : `ticks fail: ${outcome.reason}`;
      return [
        {
          alertname: PREDICTOR_UNAVAILABLE,
          labels: { severity: "critical", instance },
          summary: `Forewarn makes no forecasts: ${what}`,
          description: [
            `What: ${what}`,
            "Meaning: no new forecast is made, so no incident is predicted until this alert is over",
            "Do: see GET /api/v1/status and /api/v1/models, and the log",
          ].join("\n"),
        },
      ];
    },
  };
}
