// The options of forewarn simulate: which of them go together, and what they mean.
import { ForewarnError, parseDuration } from "../../base/index.ts";
import type { DeliveryFaults, ScenarioName, SimulationOptions } from "../../simulate/index.ts";
import { isoTime, numberWithin, positiveNumber, seedNumber, wholeNumber } from "../flags.ts";

/** Length of a history unless another is given. */
export const DEFAULT_DAYS = 14;
/** Options that mean something only beside another one. */
const LIVE_ONLY = ["to", "header", "continue", "for"] as const;

/** The options as commander gives them. */
export interface SimulateFlags {
  servers: string;
  days?: string;
  hours?: string;
  interval: string;
  seed: string;
  start?: string;
  incidentRate: string;
  clockSkew?: string;
  scenario?: string;
  format: string;
  duplicates?: string;
  late?: string;
  lateBy?: string;
  out?: string;
  plot?: string;
  live?: true;
  speed: string;
  to?: string;
  header?: string[];
  continue?: string;
  for?: string;
  json?: true;
}

/**
 * Checks what commander cannot: options that need others.
 * @throws ForewarnError `usage_invalid`.
 */
export function checkCombination(flags: SimulateFlags): void {
  const refuse = (flag: string, expected: string): never => {
    throw new ForewarnError("usage_invalid", `${flag}: Expected ${expected} with it`);
  };
  if (!["parquet", "csv"].includes(flags.format)) {
    throw new ForewarnError("usage_invalid", `--format: Expected parquet or csv, got ${JSON.stringify(flags.format)}`);
  }
  if (!flags.live) {
    for (const name of LIVE_ONLY) if (flags[name] !== undefined) refuse(`--${name}`, "--live");
    if (flags.speed !== "1") refuse("--speed", "--live");
    if (flags.out === undefined && flags.plot === undefined) {
      throw new ForewarnError("usage_invalid", "required option '--out <dir>' not specified", {
        hint: "or choose --live or --plot <dir>",
      });
    }
    if (flags.format !== "parquet" && flags.out === undefined) refuse("--format", "--out");
    for (const name of ["duplicates", "late"] as const) {
      if (flags[name] !== undefined && flags.format !== "csv") refuse(`--${name}`, "--format csv or --live");
    }
  }
  if (flags.lateBy !== undefined && flags.late === undefined) refuse("--late-by", "--late");
  if (flags.header !== undefined && isStdout(flags)) refuse("--header", "a URL in --to");
  if (flags.live && flags.json && isStdout(flags)) refuse("--json", "a URL in --to, as stdout holds rows,");
}

function isStdout({ to = "-" }: SimulateFlags): boolean {
  return to === "-";
}

/** What to simulate but for its length. */
export function fleetOptions(flags: SimulateFlags): Omit<SimulationOptions, "hours"> {
  return {
    servers: wholeNumber(flags.servers, "--servers"),
    intervalMs: parseDuration(flags.interval, "--interval"),
    seed: seedNumber(flags.seed),
    ...(flags.start === undefined ? {} : { startMs: isoTime(flags.start, "--start") }),
    ...(flags.incidentRate === "1"
      ? {}
      : { incidentRate: numberWithin(flags.incidentRate, "--incident-rate", 0, 100) }),
    ...(flags.clockSkew === undefined ? {} : { clockSkewMs: parseDuration(flags.clockSkew, "--clock-skew") }),
    ...(flags.scenario === undefined ? {} : { scenario: flags.scenario as ScenarioName }),
  };
}

/** Length of the history. */
export function historyHours({ days, hours }: SimulateFlags): number {
  if (hours !== undefined) return positiveNumber(hours, "--hours");
  return 24 * (days === undefined ? DEFAULT_DAYS : positiveNumber(days, "--days"));
}

/** What happens to rows on their way. */
export function deliveryFaults({ duplicates, late, lateBy }: SimulateFlags): DeliveryFaults {
  return {
    ...(duplicates === undefined ? {} : { duplicateRate: numberWithin(duplicates, "--duplicates", 0, 1) }),
    ...(late === undefined ? {} : { lateRate: numberWithin(late, "--late", 0, 1) }),
    ...(lateBy === undefined ? {} : { longestDelayMs: parseDuration(lateBy, "--late-by") }),
  };
}
