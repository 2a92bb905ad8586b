// The alert rules as alerting rules of Prometheus over series that were written back or scraped, for those who alert there.

import type { AlertRule, BreachAlertRule, QuantileAlertRule } from "../../alert/index.ts";
import { formatDuration } from "../../base/index.ts";
import { BREACH_PROBABILITY } from "./forecast.ts";
import { AHEAD_LEVELS, FORECAST_AHEAD } from "./issued.ts";

/** One rule of a rule file (prometheus, docs/configuration/alerting_rules.md). */
export interface AlertingRule {
  alert: string;
  expr: string;
  for?: string;
  keep_firing_for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** What is known of the series. */
export interface AlertingRuleOptions {
  /** Distance of forecasts. */
  everyMs: number;
  /** Horizons of the breach probabilities, increasing. */
  horizonsMs: readonly number[];
  /** Labels of servers beside their name. */
  serverLabels: readonly string[];
  /** Whether Prometheus knows `keep_firing_for`: from 2.42 on. */
  canKeepFiring: boolean;
}

/** A rule that the series cannot tell, and why. */
export interface OmittedRule {
  id: string;
  reason: string;
}

/**
 * Makes a rule file. Samples come once a forecast, so expressions take the last one of two: Prometheus itself forgets a
 * sample after five minutes.
 */
export function alertingRules(
  rules: readonly AlertRule[],
  options: AlertingRuleOptions,
): { groups: { name: string; rules: AlertingRule[] }[]; omitted: OmittedRule[] } {
  const omitted = rules.flatMap((rule): OmittedRule[] => {
    const reason = missingSeries(rule, options);
    return reason === null ? [] : [{ id: rule.id, reason }];
  });
  const told = rules.filter(({ id }) => !omitted.some((rule) => rule.id === id));
  return { groups: [{ name: "forewarn", rules: told.map((rule) => alertingRule(rule, options)) }], omitted };
}

/** What, where, how likely and when, as templates of Prometheus. */
export function ruleAnnotations(
  rule: AlertRule,
  options: Pick<AlertingRuleOptions, "everyMs" | "serverLabels">,
): Record<string, string> {
  const within = formatDuration(rule.withinMs);
  const where = options.serverLabels.map((name) => `{{ with $labels.${name} }}, ${name} {{ . }}{{ end }}`).join("");
  const { metric, op, threshold } = rule.event;
  const [value, likely] =
    rule.when === "breach"
      ? [PERCENT, `${PERCENT} within ${within} (alert from ${Math.round(rule.probability * 100)} %)`]
      : [`${metric} {{ $value | humanize }}`, `the ${rule.quantile} quantile of ${metric} is ${op} ${threshold}`];
  return {
    summary: `{{ $labels.server }}: ${rule.id} predicted within ${within} with ${value}`,
    description: [
      `What: ${rule.id}: ${rule.event.text}`,
      `Where: {{ $labels.server }}${where}`,
      `How likely: ${likely}`,
      `When: ${whenText(rule, options.everyMs)}`,
    ].join("\n"),
  };
}

const PERCENT = "{{ $value | humanizePercentage }}";

function missingSeries(rule: AlertRule, options: AlertingRuleOptions): string | null {
  if (rule.when === "breach") {
    const isKnown = options.horizonsMs.includes(rule.withinMs);
    return isKnown ? null : `there are no probabilities within ${formatDuration(rule.withinMs)}`;
  }
  if (!AHEAD_LEVELS.includes(rule.quantile)) return `only the quantiles ${AHEAD_LEVELS.join(", ")} are written`;
  return horizonsOf(rule, options).length > 0 ? null : `no value is written within ${formatDuration(rule.withinMs)}`;
}

function alertingRule(rule: AlertRule, options: AlertingRuleOptions): AlertingRule {
  return {
    alert: rule.id,
    expr: rule.when === "breach" ? breachExpression(rule, options) : quantileExpression(rule, options),
    ...(rule.forMs > 0 && { for: formatDuration(rule.forMs) }),
    ...(options.canKeepFiring && { keep_firing_for: formatDuration(rule.clearForMs) }),
    labels: { ...rule.labels, severity: rule.severity },
    annotations: ruleAnnotations(rule, options),
  };
}

function breachExpression({ event, withinMs, probability }: BreachAlertRule, { everyMs }: AlertingRuleOptions): string {
  const series = `${BREACH_PROBABILITY}{rule="${event.id}",horizon_seconds="${withinMs / 1000}"}`;
  return `${newest(series, everyMs)} >= ${probability}`;
}

/** Any of the horizons: what lies between them is not written. */
function quantileExpression(rule: QuantileAlertRule, options: AlertingRuleOptions): string {
  const { metric, op, threshold } = rule.event;
  const horizons = horizonsOf(rule, options).map((horizonMs) => horizonMs / 1000);
  const matchers = `metric="${metric}",quantile="${rule.quantile}",horizon_seconds=~"${horizons.join("|")}"`;
  const extreme = op === ">=" ? "max" : "min";
  const values = newest(`${FORECAST_AHEAD}{${matchers}}`, options.everyMs);
  return `${extreme} without (horizon_seconds) (${values}) ${op} ${threshold}`;
}

function horizonsOf({ withinMs }: QuantileAlertRule, { horizonsMs }: AlertingRuleOptions): readonly number[] {
  return horizonsMs.filter((horizonMs) => horizonMs <= withinMs);
}

/** What is forecast for the alert's server at each horizon, looked up when the alert is told. */
function whenText(rule: AlertRule, everyMs: number): string {
  const [name, own, value] =
    rule.when === "breach"
      ? [BREACH_PROBABILITY, `rule="${rule.event.id}"`, "{{ .Value | humanizePercentage }} within"]
      : [FORECAST_AHEAD, `metric="${rule.event.metric}",quantile="${rule.quantile}"`, "{{ .Value | humanize }} in"];
  const query = `sort(${newest(`${name}{${own},server=%q}`, everyMs)})`;
  const each = `${value} {{ .Labels.horizon_seconds | humanizeDuration }}`;
  return `{{ range printf \`${query}\` $labels.server | query }}${each}; {{ end }}`;
}

function newest(series: string, everyMs: number): string {
  return `last_over_time(${series}[${formatDuration(2 * everyMs)}])`;
}
