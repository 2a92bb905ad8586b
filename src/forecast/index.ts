// forecast: from a model directory and a data set to a forecast of every server, or the reason why there is none.

export type { ForecastExplanation, HorizonAttention, WeighedVariable } from "./explanation.ts";
export type { BreachForecast, FleetForecast, Refusal, ServerForecast, TargetForecast } from "./fleet-forecast.ts";
export { type ForecastOptions, forecastDataSet, forecastFleet, loadModel } from "./forecast-data-set.ts";
export { type Forecaster, type ForecastPlace, openForecaster } from "./forecaster.ts";
export { chooseOrigin } from "./origin.ts";
export type { RawForecast } from "./raw-forecast.ts";
