// Forecasts as they may be served: only while a model makes them.
import { ERROR_CODES, type ErrorCode, ForewarnError } from "../base/index.ts";
import type { ServedForecast, Services } from "./services.ts";

/** @throws ForewarnError `model_unavailable` without a model. @returns The identifier of the serving one. */
export function requireModel({ models }: Services): string {
  const serving = models.serving();
  if (serving !== null) return serving.modelId;
  throw new ForewarnError("model_unavailable", `model: ${models.missing() ?? "Expected one that serves, got none"}`);
}

/** All current forecasts, by server; none without a model. */
export function currentForecasts({ models, forecasts }: Services): readonly ServedForecast[] {
  return models.serving() === null ? [] : forecasts.all();
}

/** Current forecasts of the named servers whose labels all have the given values; of all without names and labels. */
export function selectForecasts(
  services: Services,
  { servers, labels = {} }: { servers?: readonly string[] | undefined; labels?: Record<string, string> | undefined },
): ServedForecast[] {
  return currentForecasts(services).filter(
    ({ record }) =>
      (servers?.includes(record.server) ?? true) &&
      Object.entries(labels).every(([name, value]) => record.labels[name] === value),
  );
}

/**
 * The current forecast of a server.
 * @throws ForewarnError `model_unavailable`, `server_unknown`, or why this server has none.
 */
export function requireForecast(services: Services, server: string): ServedForecast {
  requireModel(services);
  const served = services.forecasts.current(server);
  if (served !== undefined) return served;
  const refused = services.forecasts.refused().find((one) => one.server === server);
  if (refused !== undefined) throw new ForewarnError(errorCode(refused.code), `${server}: ${refused.message}`);
  requireServer(services, server);
  throw new ForewarnError("insufficient_data", `${server}: Expected a forecast, but the next tick has yet to make one`);
}

/** A server of the hot window. @throws ForewarnError `server_unknown`. */
export function requireServer({ store }: Services, server: string) {
  const known = store.server(server);
  if (known !== undefined) return known;
  throw new ForewarnError("server_unknown", "server: Expected one with rows, got an unknown name");
}

function errorCode(code: string): ErrorCode {
  return ERROR_CODES.find((known) => known === code) ?? "insufficient_data";
}
