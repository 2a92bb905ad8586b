// What is wrong with alert rules: beside their contract, and beside what a model answers.
import type { z } from "zod";
import { ForewarnError, formatDuration, type Issue } from "../base/index.ts";
import type { Contract } from "../contract/index.ts";
import type { AlertRule } from "./rules.ts";
import type { alertRuleSchema } from "./schema.ts";

type ParsedRule = z.output<typeof alertRuleSchema>;

/** Horizons and quantile levels of a model's forecasts. */
export interface ModelAnswers {
  /** Of the breach probabilities, increasing; the last is that of the quantiles, too. */
  withinMs: readonly number[];
  levels: readonly number[];
}

/**
 * Checks that a model answers what rules ask: otherwise they would be silent for ever.
 * @param where Of the rules, for the message.
 * @throws ForewarnError `alert_rules_invalid` with every problem as an issue.
 */
export function checkRulesFit(rules: readonly AlertRule[], { withinMs, levels }: ModelAnswers, where: string): void {
  const issues = rules.flatMap((rule) => {
    const path = `${rule.id}.within`;
    const within = formatDuration(rule.withinMs);
    if (rule.when === "breach") {
      const horizons = withinMs.map(formatDuration).join(", ");
      const isKnown = withinMs.includes(rule.withinMs);
      return isKnown ? [] : [invalid(path, `Expected a horizon of the model (${horizons}), got ${within}`)];
    }
    const farthestMs = withinMs.at(-1) ?? 0;
    const isFar = rule.withinMs > farthestMs;
    return [
      ...(isFar ? [invalid(path, `Expected at most ${formatDuration(farthestMs)}, got ${within}`)] : []),
      ...(levels.includes(rule.quantile)
        ? []
        : [invalid(`${rule.id}.quantile`, `Expected one of ${levels.join(", ")}, got ${rule.quantile}`)]),
    ];
  });
  if (issues.length > 0) throw rulesError(where, issues);
}

/** Every problem of rules whose shape is right, in document order. */
export function rulesIssues(rules: readonly ParsedRule[], contract: Contract): Issue[] {
  const issues = rules.flatMap((rule, i) => [...checkRule(rule, contract, `[${i}]`)]);
  for (const [i, { id }] of rules.entries()) {
    const first = rules.findIndex((rule) => rule.id === id);
    if (first < i) issues.push(invalid(`[${i}].id`, `Expected an identifier of its own, got ${id}, as in [${first}]`));
  }
  return issues;
}

function* checkRule(rule: ParsedRule, contract: Contract, path: string): Generator<Issue> {
  for (const [key, text] of Object.entries({ within: rule.within, for: rule.for, "clear.for": rule.clear?.for })) {
    if (text !== undefined && !isDuration(text)) yield invalid(`${path}.${key}`, `Expected more than 0, got ${text}`);
  }
  if (rule.when === "breach") {
    const known = contract.breachRules.map(({ id }) => id);
    const isKnown = known.includes(rule.rule);
    if (!isKnown) yield invalid(`${path}.rule`, `Expected one of ${known.join(", ") || "nothing"}, got ${rule.rule}`);
    const level = rule.clear?.probability ?? 0;
    const isLower = level < rule.probability;
    if (!isLower) {
      yield invalid(`${path}.clear.probability`, `Expected less than probability ${rule.probability}, got ${level}`);
    }
    return;
  }
  const targets = contract.metrics.filter(({ role }) => role === "target").map((metric) => metric.name);
  if (!targets.includes(rule.metric)) {
    yield invalid(`${path}.metric`, `Expected a forecast metric (${targets.join(", ")}), got ${rule.metric}`);
  }
  const clear = rule.clear?.threshold ?? rule.threshold;
  const isBeyond = rule.op === ">=" ? clear <= rule.threshold : clear >= rule.threshold;
  if (!isBeyond) {
    yield invalid(`${path}.clear.threshold`, `Expected one on the clear side of ${rule.threshold}, got ${clear}`);
  }
}

function isDuration(text: string): boolean {
  return /[1-9]/.test(text);
}

/** A problem of shape as an issue. */
export function shapeIssue({ path, message, code }: z.core.$ZodIssue): Issue {
  const place = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return invalid(
    place || "rules",
    code === "custom" ? message : message.replace(/^Invalid input: expected/, "Expected"),
  );
}

function invalid(path: string, message: string): Issue {
  return { code: "alert_rules_invalid", path, message };
}

/** The error of some problems. */
export function rulesError(where: string, issues: Issue[]): ForewarnError {
  const [first] = issues;
  const more = issues.length > 1 ? ` (the first of ${issues.length} problems)` : "";
  return new ForewarnError("alert_rules_invalid", `${where}: ${first?.path}: ${first?.message}${more}`, { issues });
}
