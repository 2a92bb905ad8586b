// Alert rules ready for use: durations in milliseconds, and for each the event whose onset confirms it.
import type { z } from "zod";
import { parseDuration } from "../base/index.ts";
import { type BreachSteps, breachRuleSteps, type Contract, intervalMs } from "../contract/index.ts";
import { rulesError, rulesIssues, shapeIssue } from "./check-rules.ts";
import { alertRuleSchema } from "./schema.ts";

/** What an alert predicts: an incident as `breachOnsets` of the contract room finds it in the measured values. */
export interface WatchedEvent extends BreachSteps {
  /** Identifier of the contract's breach rule; for quantile rules the condition as text. Equal events are equal texts. */
  id: string;
  metric: string;
  /** For people: "cpu_pct >= 90 for 15m". */
  text: string;
}

interface RuleBase {
  id: string;
  event: WatchedEvent;
  withinMs: number;
  /** How long the rule must be active before it fires. */
  forMs: number;
  /** How long it must be clear before it goes off. */
  clearForMs: number;
  severity: string;
  labels: Readonly<Record<string, string>>;
}

/** Active when the probability of an onset within `withinMs` reaches a level. */
export interface BreachAlertRule extends RuleBase {
  when: "breach";
  probability: number;
  clearProbability: number;
}

/** Active when a forecast quantile of the event's metric crosses the event's threshold for its `forSteps`. */
export interface QuantileAlertRule extends RuleBase {
  when: "quantile";
  quantile: number;
  clearThreshold: number;
}

/** An alert rule in use. */
export type AlertRule = BreachAlertRule | QuantileAlertRule;

/** What a rule of each breach rule looks like when the user writes none. */
export interface DefaultRuleOptions {
  /** A duration: the farthest horizon for which the model gives probabilities. */
  within: string;
  /** Thresholds chosen on held-out data, by breach rule; 0.5 for the others. */
  probabilities?: Readonly<Record<string, number>>;
}

const DEFAULT_CLEAR = "15m";
const DEFAULT_CLEAR_SHARE = 0.6;
/** How long a quantile's condition must be off before the next onset, as in the built-in breach rules. */
const QUANTILE_EVENT_CLEAR = "1h";

/**
 * Reads alert rules and checks them against the contract they are for.
 * @param document The parsed YAML: a list of rules.
 * @param where Where it came from, for the message ("forewarn.yaml: alerts.rules").
 * @throws ForewarnError `alert_rules_invalid` with every problem as an issue.
 */
export function parseAlertRules(document: unknown, contract: Contract, where: string): AlertRule[] {
  const parsed = alertRuleSchema.array().safeParse(document);
  if (!parsed.success) throw rulesError(where, parsed.error.issues.map(shapeIssue));
  const rules = parsed.data;
  const issues = rulesIssues(rules, contract);
  if (issues.length > 0) throw rulesError(where, issues);
  return rules.map((rule) => resolveRule(rule, contract));
}

/** One rule for each breach rule of the contract, with its identifier. */
export function defaultAlertRules(contract: Contract, { within, probabilities = {} }: DefaultRuleOptions): AlertRule[] {
  const documents = contract.breachRules.map(({ id }) => {
    return { id, when: "breach", rule: id, within, probability: probabilities[id] ?? 0.5 };
  });
  return parseAlertRules(documents, contract, "default alert rules");
}

/** The different events that some rules watch: what incidents must be looked for in the measured values. */
export function watchedEvents(rules: readonly AlertRule[]): WatchedEvent[] {
  return [...new Map(rules.map(({ event }) => [event.id, event])).values()];
}

type ParsedRule = z.output<typeof alertRuleSchema>;

function resolveRule(rule: ParsedRule, contract: Contract): AlertRule {
  const { id, severity, labels } = rule;
  const duration = (text: string) => parseDuration(text, `alert rule ${id}`);
  const clearForMs = duration(rule.clear?.for ?? DEFAULT_CLEAR);
  const base = { id, severity, labels, withinMs: duration(rule.within), clearForMs };
  if (rule.when === "breach") {
    const { probability, clear } = rule;
    const steps = breachRuleSteps(contract).find((event) => event.id === rule.rule)!;
    const breachFor = contract.breachRules.find((breach) => breach.id === rule.rule)!.for;
    return {
      ...base,
      when: "breach",
      event: { ...steps, text: `${steps.metric} ${steps.op} ${steps.threshold} for ${breachFor}` },
      forMs: rule.for === undefined ? 0 : duration(rule.for),
      probability,
      clearProbability: clear?.probability ?? DEFAULT_CLEAR_SHARE * probability,
    };
  }
  const { metric, op, threshold, quantile } = rule;
  const stepsOf = (text: string) => Math.ceil(duration(text) / intervalMs(contract));
  const text = `${metric} ${op} ${threshold} for ${rule.for}`;
  const event: WatchedEvent = {
    id: text,
    text,
    metric,
    op,
    threshold,
    forSteps: stepsOf(rule.for),
    clearSteps: stepsOf(QUANTILE_EVENT_CLEAR),
  };
  return { ...base, when: "quantile", event, forMs: 0, quantile, clearThreshold: rule.clear?.threshold ?? threshold };
}
