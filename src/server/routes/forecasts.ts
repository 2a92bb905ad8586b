// Current forecasts: of one server or of many, in columns, as rows, as CSV or as Parquet.
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { ApiServer } from "../api-server.ts";
import { labelsParameter, listParameter, pageParameters, takePage } from "../parameters.ts";
import { type ForecastSelection, forecastText } from "../payload/forecast-json.ts";
import { forecastParquet, PARQUET_TYPE } from "../payload/forecast-parquet.ts";
import { rowColumns, rowCsv, rowJson, visitRows } from "../payload/forecast-rows.ts";
import { answers, forecastSchema, pageOf, refusedSchema } from "../schemas.ts";
import { requireForecast, requireModel, selectForecasts } from "../served.ts";
import type { ServedForecast, Services } from "../services.ts";

const selectionParameters = {
  metrics: listParameter.optional(),
  levels: listParameter.optional().describe("Quantile levels separated by commas, such as 0.1,0.5,0.9"),
};
const query = z.strictObject({
  ...pageParameters,
  ...selectionParameters,
  servers: listParameter.optional(),
  labels: labelsParameter.optional(),
  format: z.enum(["columns", "rows", "csv", "parquet"]).default("columns"),
});

/** Forecasts between two breaths of the event loop. */
const BURST = 4;

/** Registers the routes. */
export function registerForecasts(app: ApiServer, services: Services): void {
  const config = { scope: "read" } as const;
  const tags = ["forecasts"];

  app.get(
    "/api/v1/forecasts",
    {
      config,
      schema: {
        ...{ summary: "Current forecasts", tags, querystring: query },
        description: "Columns (JSON), rows (JSON, one object per step), csv or parquet. Rows hold epoch milliseconds.",
        response: answers({ 200: pageOf(forecastSchema).extend({ refused: z.array(refusedSchema) }) }),
      },
    },
    async (request, reply) => {
      requireModel(services);
      const chosen = selectForecasts(services, request.query);
      const { items, nextCursor } = takePage(chosen, "server", ({ record }) => ["", record.server], request.query);
      const selection = { metrics: request.query.metrics, levels: request.query.levels?.map(Number) };
      const levels = levelsOf(items, selection.levels);
      const nowMs = services.now();
      reply.header("x-next-cursor", nextCursor ?? "");
      switch (request.query.format) {
        case "columns": {
          // With the first page only: it is no part of the list.
          const refused = request.query.cursor === undefined ? services.forecasts.refused() : [];
          const tail = JSON.stringify({ nextCursor, refused }).slice(1);
          const texts = pieces(items, (served) => forecastText(served, services, selection), ",");
          return reply
            .type("application/json; charset=utf-8")
            .send(Readable.from(wrap('{"items":[', texts, `],${tail}`)));
        }
        case "rows": {
          const columns = rowColumns(levels);
          const rows = (served: ServedForecast) =>
            rowTexts(served, levels, selection, nowMs, (cells) => rowJson(columns, cells));
          const texts = pieces(items, (served) => rows(served).join(","), ",");
          return reply.type("application/json; charset=utf-8").send(Readable.from(wrap("[", texts, "]")));
        }
        case "csv": {
          const texts = pieces(items, (served) => rowTexts(served, levels, selection, nowMs, rowCsv).join(""), "");
          return reply.type("text/csv; charset=utf-8").send(Readable.from(wrap(rowCsv(rowColumns(levels)), texts, "")));
        }
        case "parquet":
          return reply.type(PARQUET_TYPE).send(await forecastParquet(items, levels, selection, nowMs));
      }
    },
  );

  app.get(
    "/api/v1/servers/:server/forecast",
    {
      config,
      schema: {
        ...{ summary: "The current forecast of a server", tags },
        params: z.strictObject({ server: z.string() }),
        querystring: z.strictObject(selectionParameters),
        response: answers({ 200: forecastSchema }),
      },
    },
    async (request, reply) => {
      const served = requireForecast(services, request.params.server);
      const { metrics, levels } = request.query;
      const text = forecastText(served, services, { metrics, levels: levels?.map(Number) });
      return reply.type("application/json; charset=utf-8").send(text as never);
    },
  );
}

function levelsOf(items: readonly ServedForecast[], selected: readonly number[] | undefined): number[] {
  return (items[0]?.record.levels ?? []).filter((level) => selected?.includes(level) ?? true);
}

function rowTexts(
  served: ServedForecast,
  levels: readonly number[],
  selection: ForecastSelection,
  nowMs: number,
  write: (cells: (string | number)[]) => string,
): string[] {
  const texts: string[] = [];
  visitRows(served, levels, selection, nowMs, (cells) => texts.push(write(cells)));
  return texts;
}

/** Texts a few forecasts at a time, so that a large answer holds up nobody else. */
async function* pieces<T>(items: readonly T[], write: (item: T) => string, separator: string): AsyncGenerator<string> {
  for (let from = 0; from < items.length; from += BURST) {
    if (from > 0) await setImmediate();
    const text = items
      .slice(from, from + BURST)
      .map(write)
      .join(separator);
    yield from === 0 ? text : separator + text;
  }
}

async function* wrap(begin: string, texts: AsyncGenerator<string>, end: string): AsyncGenerator<string> {
  yield begin;
  yield* texts;
  yield end;
}
