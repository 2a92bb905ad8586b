// One server as a file for spreadsheets: what was measured, then the current forecast.
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { intervalMs } from "../../contract/index.ts";
import type { Series } from "../../store/index.ts";
import type { ApiServer } from "../api-server.ts";
import { listParameter, timeParameter } from "../parameters.ts";
import { attachment } from "../payload/attachment.ts";
import { rowCsv } from "../payload/forecast-rows.ts";
import { roundingScale } from "../payload/numbers.ts";
import { answers } from "../schemas.ts";
import { currentForecasts, requireServer } from "../served.ts";
import type { ServedForecast, Services } from "../services.ts";

const DAY_MS = 86_400_000;
/** Steps between two breaths of the event loop. */
const BURST = 2000;
const FIXED = ["time", "server", "metric", "unit", "kind", "value"] as const;
const OF_FORECAST = ["modelId", "forecastId", "issuedAt", "dataAt"] as const;

/** Registers the route. */
export function registerServerCsv(app: ApiServer, services: Services): void {
  const { contract, store, now, limits } = services;

  app.get(
    "/api/v1/servers/:server/csv",
    {
      config: { scope: "read" },
      schema: {
        ...{ summary: "History and current forecast of a server as CSV", tags: ["fleet"] },
        description:
          "One row per time and metric, times in UTC. kind is measured (value) or forecast (one column a quantile level). " +
          "Texts that a spreadsheet would run as a formula get an apostrophe in front.",
        params: z.strictObject({ server: z.string() }),
        querystring: z.strictObject({
          from: timeParameter.optional().describe("Start of the history; one day ago by default"),
          to: timeParameter.optional().describe("End of the history; now by default"),
          metrics: listParameter.optional(),
        }),
        response: answers({ 200: z.string() }),
      },
    },
    async (request, reply) => {
      const { server } = requireServer(services, request.params.server);
      const { to: toMs = now(), metrics } = request.query;
      const { from: fromMs = toMs - DAY_MS } = request.query;
      const earliestMs = now() - limits.retentionMs;
      const series = await store.history(server, Math.max(fromMs, earliestMs), Math.max(earliestMs, toMs));
      const served = currentForecasts(services).find(({ record }) => record.server === server);
      const isAsked = (metric: string): boolean => metrics?.includes(metric) ?? true;
      return reply
        .type("text/csv; charset=utf-8")
        .header("content-disposition", attachment(`${server}.csv`))
        .send(Readable.from(csvTexts(series, served)) as never);

      async function* csvTexts(history: Series, forecast: ServedForecast | undefined): AsyncGenerator<string> {
        const levels = forecast?.record.levels ?? [];
        yield rowCsv([...FIXED, ...levels.map((level) => `q${level}`), ...OF_FORECAST]);
        const nothing = new Array<string>(levels.length + OF_FORECAST.length).fill("");
        for (const [column, { name, unit }] of contract.metrics.entries()) {
          if (!isAsked(name)) continue;
          const values = history.values[column]!;
          const scale = roundingScale(values);
          for (let from = 0; from < history.steps; from += BURST) {
            let text = "";
            for (let step = from; step < Math.min(history.steps, from + BURST); step++) {
              if (Number.isNaN(values[step]!)) continue;
              const time = isoTime(history.startMs + step * intervalMs(contract));
              const value = Math.round(values[step]! * scale) / scale;
              text += rowCsv([time, server, name, unit ?? "", "measured", value, ...nothing]);
            }
            yield text;
            await setImmediate();
          }
        }
        if (forecast !== undefined) yield* forecastRows(forecast, isAsked, unitOf);
      }
    },
  );

  const unitOf = (metric: string): string => contract.metrics.find(({ name }) => name === metric)?.unit ?? "";
}

function* forecastRows(
  { record, dataMs }: ServedForecast,
  isAsked: (metric: string) => boolean,
  unitOf: (metric: string) => string,
): Generator<string> {
  const { server, levels, originMs, intervalMs: stepMs, modelId, forecastId, issuedAtMs } = record;
  const made = [modelId, forecastId, isoTime(issuedAtMs), isoTime(dataMs)];
  for (const { metric, quantiles } of record.targets) {
    if (!isAsked(metric)) continue;
    const scale = roundingScale(quantiles);
    let text = "";
    for (let at = 0; at < quantiles.length; at += levels.length) {
      const values = [...quantiles.subarray(at, at + levels.length)].map((value) => Math.round(value * scale) / scale);
      const time = isoTime(originMs + (at / levels.length) * stepMs);
      text += rowCsv([time, server, metric, unitOf(metric), "forecast", "", ...values, ...made]);
    }
    yield text;
  }
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
