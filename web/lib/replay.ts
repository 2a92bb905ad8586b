// The editor of alert rules: what is asked, the rule as it goes into the configuration, and how sure a share is.
import type { Replay, ReplayedThreshold } from "../data/types.ts";

/** A rule as it is put together; times as the daemon writes them: 15m, 4h. */
export interface DraftRule {
  rule: string;
  within: string;
  hold: string;
  /** It goes off below this share of the threshold, for so long. */
  clear: number;
  clearFor: string;
}

const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length in milliseconds as the daemon writes it: 30m, 4h. */
export function durationText(ms: number): string {
  return ms % UNITS_MS["h"]! === 0 ? `${ms / UNITS_MS["h"]!}h` : `${Math.round(ms / UNITS_MS["m"]!)}m`;
}

/** Reads it back; 0 for anything else. */
export function durationMs(text: string): number {
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  return amount === undefined ? 0 : Number(amount) * UNITS_MS[unit!]!;
}

/** The replayed threshold that is nearest to `probability`; null of none. */
export function nearestThreshold(curve: readonly ReplayedThreshold[], probability: number): ReplayedThreshold | null {
  return curve.reduce<ReplayedThreshold | null>(
    (best, one) =>
      best === null || Math.abs(one.probability - probability) < Math.abs(best.probability - probability) ? one : best,
    null,
  );
}

/** What is known of a threshold: what was asked for it, or the point of the curve, or null. */
export function exactThreshold({ curve, chosen }: Replay, probability: number): ReplayedThreshold | null {
  const isIt = (one: ReplayedThreshold) => Math.abs(one.probability - probability) < 1e-9;
  if (chosen !== null && isIt(chosen)) return chosen;
  return curve.find(isIt) ?? null;
}

/** 95 % interval of a share after Wilson (1927); null of nothing. */
export function shareInterval(hits: number, count: number): [low: number, high: number] | null {
  if (count === 0) return null;
  const [z2, share] = [1.959964 ** 2, hits / count];
  const middle = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = Math.sqrt(z2 * ((share * (1 - share)) / count + z2 / (4 * count * count))) / (1 + z2 / count);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** The rule as it goes into the section `alerts` of the configuration. */
export function ruleYaml({ rule, within, hold, clear, clearFor }: DraftRule, id: string, probability: number): string {
  const level = Number((probability * clear).toPrecision(3));
  return [
    "alerts:",
    "  rules:",
    `    - id: ${id}`,
    "      when: breach",
    `      rule: ${rule}`,
    `      within: ${within}`,
    `      probability: ${probability}`,
    ...(hold === "0m" ? [] : [`      for: ${hold}`]),
    `      clear: { probability: ${level}, for: ${clearFor} }`,
    "",
  ].join("\n");
}
