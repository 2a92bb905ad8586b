// Times and ages: in the viewer's zone, with UTC on hover; ages go on by themselves.
import { daemonNow, nowMs } from "../data/clock.ts";
import { duration, NONE, time, utc } from "../lib/format.ts";

/** A time of day, with the date when it is not today. */
export function Time({ at }: { at: string | number | null | undefined }) {
  if (at === null || at === undefined) return <span>{NONE}</span>;
  const atMs = typeof at === "number" ? at : Date.parse(at);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={utc(atMs)}>
      {time(atMs, daemonNow())}
    </time>
  );
}

/** How old something is; marked when it is older than `staleMs`. */
export function Age({ at, staleMs }: { at: string | number; staleMs?: number }) {
  const atMs = typeof at === "number" ? at : Date.parse(at);
  const ageMs = Math.max(0, nowMs.value - atMs);
  const isStale = staleMs !== undefined && ageMs > staleMs;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={utc(atMs)} class={isStale ? "stale" : undefined}>
      {duration(ageMs)}
      {isStale && " (stale)"}
    </time>
  );
}
