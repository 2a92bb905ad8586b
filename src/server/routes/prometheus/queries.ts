// Queries at an instant and over a range.
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { DEFAULT_QUERY_OPTIONS, instantQuery, type QueryOptions, rangeQuery } from "../../../promql/index.ts";
import type { ApiServer } from "../../api-server.ts";
import { openSeriesSource } from "../../series/source.ts";
import type { Services } from "../../services.ts";
import { enveloped, sendData, sendResult } from "./envelope.ts";
import { getAndPost } from "./form.ts";
import { cutTo, instantParameter, queryParameters, stepParameter, textParameter } from "./parameters.ts";

const instantSchema = z.object({ ...queryParameters, time: instantParameter.optional() });
const rangeSchema = z.object({
  ...queryParameters,
  start: instantParameter,
  end: instantParameter.describe("Included where a step falls on it"),
  step: stepParameter,
});
const resultSchema = z.object({
  resultType: z.enum(["vector", "matrix", "scalar", "string"]),
  result: z.array(z.any()),
});

/** Registers the routes. */
export function registerQueries(app: ApiServer, services: Services): void {
  const source = openSeriesSource(services);

  getAndPost(
    app,
    "/query",
    instantSchema,
    "A PromQL query at one instant",
    enveloped(resultSchema),
    async (asked, reply) => {
      const { query, time: timeMs = services.now(), limit } = asked;
      const data = await instantQuery(query, source, timeMs, optionsOf(asked, reply));
      if (data.resultType === "vector") {
        const { items, warnings } = cutTo(data.result, limit);
        return sendResult(reply, { resultType: "vector", result: [...items] }, warnings);
      }
      return sendResult(reply, data, []);
    },
  );

  getAndPost(
    app,
    "/query_range",
    rangeSchema,
    "A PromQL query over a range",
    enveloped(resultSchema),
    async (asked, reply) => {
      const { query, start: startMs, end: endMs, step: stepMs, limit } = asked;
      const data = await rangeQuery(query, source, { startMs, endMs, stepMs }, optionsOf(asked, reply));
      const { items, warnings } = cutTo(data.result, limit);
      return sendResult(reply, { resultType: "matrix", result: [...items] }, warnings);
    },
  );

  const exemplarSchema = z.object({
    query: textParameter,
    start: instantParameter.optional(),
    end: instantParameter.optional(),
  });
  getAndPost(
    app,
    "/query_exemplars",
    exemplarSchema,
    "Exemplars: there are none",
    enveloped(z.array(z.any())),
    async (_, reply) => sendData(reply, []),
  );
}

/** Bounds of a query, which ends with the connection of who asks. */
function optionsOf(
  { timeout, lookback_delta: lookbackMs }: { timeout?: number | undefined; lookback_delta?: number | undefined },
  { raw }: FastifyReply,
): Partial<QueryOptions> {
  const gone = new AbortController();
  raw.once("close", () => gone.abort());
  return {
    signal: gone.signal,
    timeoutMs: Math.min(timeout ?? Number.POSITIVE_INFINITY, DEFAULT_QUERY_OPTIONS.timeoutMs),
    ...(lookbackMs !== undefined && { lookbackMs }),
  };
}
