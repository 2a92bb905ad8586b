// An observation meets the forecasts that cover its time.
import type { ForecastTally } from "../../measure/index.ts";
import type { ScoreboardLayout } from "./options.ts";
import { forecastsCovering, type OpenForecast, type ServerTrack } from "./server-track.ts";

/** The tally of a group of quantile scores at a step. */
export type TallyAt = (step: number, key: string) => ForecastTally;

/** Scores the value of a metric at `step`, in every open forecast that covers it and has no value there yet. */
export function scoreObservation(
  layout: ScoreboardLayout,
  track: ServerTrack,
  metric: string,
  step: number,
  value: number,
  tallyAt: TallyAt,
): void {
  for (const forecast of forecastsCovering(layout, track, step)) {
    const target = forecast.record.targets.findIndex((recorded) => recorded.metric === metric);
    if (target < 0) continue;
    const at = step - forecast.record.originMs / layout.intervalMs;
    const truth = forecast.truth[target]!;
    if (!Number.isNaN(truth[at]!)) continue;
    truth[at] = value;
    addStep(layout, forecast, target, at, tallyAt);
  }
}

/** Counts what never came as missing, when the time of a forecast is over. */
export function scoreMissing(layout: ScoreboardLayout, forecast: OpenForecast, tallyAt: TallyAt): void {
  for (const [target, truth] of forecast.truth.entries()) {
    for (const [at, value] of truth.entries()) {
      if (Number.isNaN(value)) addStep(layout, forecast, target, at, tallyAt);
    }
  }
}

function addStep(
  { intervalMs, leadOfStep }: ScoreboardLayout,
  { record, truth, keys }: OpenForecast,
  target: number,
  at: number,
  tallyAt: TallyAt,
): void {
  const { quantiles, scale } = record.targets[target]!;
  const tally = tallyAt(record.originMs / intervalMs + at, keys[target]!.get(leadOfStep[at]!)!);
  tally.add(truth[target]!, quantiles, scale, at, at + 1);
}
