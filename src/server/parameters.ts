// Query parameters that several routes share, and pages of lists.
import { z } from "zod";
import { ForewarnError, parseDuration } from "../base/index.ts";
import { parseTimestamp } from "./ingest/timestamp.ts";

/** A time: RFC 3339 or Unix seconds, as epoch milliseconds. */
export const timeParameter = z
  .string()
  .max(40)
  .transform((text, context) => {
    const timeMs = parseTimestamp(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);
    if (Number.isNaN(timeMs)) context.addIssue({ code: "custom", message: "Expected RFC 3339 or Unix seconds" });
    return timeMs;
  })
  .describe("RFC 3339 or Unix seconds");

/** A duration such as 4h, in milliseconds. */
export const durationParameter = z
  .string()
  .max(20)
  .transform((text, context) => {
    try {
      return parseDuration(text, "duration");
    } catch (error) {
      if (!(error instanceof ForewarnError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  })
  .describe("A duration such as 30m or 4h");

/** Values separated by commas. */
export const listParameter = z
  .string()
  .max(2000)
  .transform((text) => text.split(","))
  .describe("Values separated by commas");

/** Labels as `name:value`, separated by commas; all of them must hold. */
export const labelsParameter = z
  .string()
  .max(2000)
  .regex(/^[^:,]+:[^:,]+(,[^:,]+:[^:,]+)*$/, "Expected name:value, separated by commas")
  .transform((text) => Object.fromEntries(text.split(",").map((pair) => pair.split(":") as [string, string])))
  .describe("Labels as name:value, separated by commas; all must hold");

/** Which part of a list is asked for. */
export const pageParameters = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(1000).optional().describe("nextCursor of the page before"),
};

/** The parts of {@link pageParameters}. */
export interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

/** Place of an item in its list: what it is sorted by, then its name, which is unique. */
export type SortKey = readonly [value: number | string, name: string];

/** Items of a page, and where the next one begins; null on the last. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/**
 * Sorts items and takes a page. The cursor holds the key of the last item, so that items that come and go meanwhile do
 * not shift the pages.
 * @param order Name of the order; a cursor belongs to one.
 * @throws ForewarnError `request_invalid` for a cursor of another list.
 */
export function takePage<T>(
  items: readonly T[],
  order: string,
  keyOf: (item: T) => SortKey,
  { limit, cursor }: PageQuery,
): Page<T> {
  const sign = order.startsWith("-") ? -1 : 1;
  const compare = (a: SortKey, b: SortKey): number => sign * compareParts(a[0], b[0]) || compareParts(a[1], b[1]);
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  keyed.sort((a, b) => compare(a.key, b.key));
  const after = cursor === undefined ? null : readCursor(cursor, order);
  const rest = after === null ? keyed : keyed.filter(({ key }) => compare(key, after) > 0);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    nextCursor: rest.length > limit && last !== undefined ? writeCursor(order, last.key) : null,
  };
}

function compareParts(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function writeCursor(order: string, key: SortKey): string {
  return Buffer.from(JSON.stringify([order, ...key])).toString("base64url");
}

const cursorSchema = z.tuple([z.string(), z.union([z.number(), z.string()]), z.string()]);

function readCursor(cursor: string, order: string): SortKey {
  try {
    const [cursorOrder, value, name] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    if (cursorOrder === order) return [value, name];
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
  }
  throw new ForewarnError("request_invalid", "cursor: Expected nextCursor of a page of the same list, got another");
}
