// Parameters of Prometheus' HTTP API: the same in the URL and in a form, and not quite those of our own routes.
import { z } from "zod";
import { ForewarnError, parseDuration } from "../../../base/index.ts";
import { createMatcher, type Matcher, parseSelectorQuery } from "../../../promql/index.ts";
import { parseTimestamp } from "../../ingest/timestamp.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Longest text of a query, selector or name; the query language has limits of its own. */
const LONGEST_TEXT = 65_536;
const MOST_SELECTORS = 100;

/** A time: RFC 3339 or Unix seconds with decimals, as epoch milliseconds. */
export const instantParameter = z
  .string()
  .max(40)
  .transform((text, context) => {
    const timeMs = NUMBER.test(text) ? Math.round(Number(text) * 1000) : parseTimestamp(text);
    if (!Number.isSafeInteger(timeMs))
      context.addIssue({ code: "custom", message: "Expected RFC 3339 or Unix seconds" });
    return timeMs;
  })
  .describe("RFC 3339 or Unix seconds");

/** A duration: seconds with decimals or such as 1h30m, in milliseconds; more than zero. */
export const stepParameter = z
  .string()
  .max(40)
  .transform((text, context) => {
    const durationMs = NUMBER.test(text) ? Math.round(Number(text) * 1000) : durationOf(text);
    if (!(durationMs > 0 && Number.isSafeInteger(durationMs))) {
      context.addIssue({ code: "custom", message: "Expected seconds or a duration such as 5m, more than zero" });
    }
    return durationMs;
  })
  .describe("Seconds, or a duration such as 5m");

/** The most items of an answer; 0 is no limit. */
export const limitParameter = z.coerce.number().int().min(0).optional().describe("0 is no limit");

/** A text. */
export const textParameter = z.string().max(LONGEST_TEXT);

/** A parameter that may be given several times. */
export const listedParameter = z
  .union([textParameter, z.array(textParameter).max(MOST_SELECTORS)])
  .transform((given) => (typeof given === "string" ? [given] : given));

/** What queries share. */
export const queryParameters = {
  query: textParameter.describe("PromQL; docs/promql.md says what is supported"),
  timeout: stepParameter.optional(),
  limit: limitParameter,
  lookback_delta: stepParameter.optional(),
};

/** What the routes of labels and series share. */
export const selectionParameters = {
  "match[]": listedParameter.optional().describe("Selectors; a series must fulfil one of them"),
  start: instantParameter.optional().describe("Measured series and alerts without samples from here on are left out"),
  end: instantParameter.optional().describe("Those without samples up to here, too"),
  limit: limitParameter,
};

/**
 * The matchers of each selector. Grafana's `{__name__!=""}`, like no selector at all, selects everything.
 * @throws ForewarnError `query_invalid`.
 */
export function readSelectors(texts: readonly string[] = []): (readonly Matcher[])[] {
  if (texts.length === 0) return [[createMatcher("__name__", "!=", "")]];
  return texts.map(parseSelectorQuery);
}

/** At most `limit` items, and a warning when there were more. */
export function cutTo<T>(items: readonly T[], limit: number | undefined): { items: readonly T[]; warnings: string[] } {
  if (limit === undefined || limit === 0 || items.length <= limit) return { items, warnings: [] };
  return { items: items.slice(0, limit), warnings: ["results truncated due to limit"] };
}

function durationOf(text: string): number {
  try {
    return parseDuration(text, "duration");
  } catch (error) {
    if (!(error instanceof ForewarnError)) throw error;
    return Number.NaN;
  }
}
