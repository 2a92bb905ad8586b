// Alert rules and alerts in the form of Prometheus' own.
import { z } from "zod";
import { type AlertRule, phaseOf, type TrackedAlert } from "../../../alert/index.ts";
import { formatValue } from "../../../promql/index.ts";
import type { ApiServer } from "../../api-server.ts";
import { ruleAnnotations } from "../../series/alerting-rules.ts";
import { BREACH_PROBABILITY, FORECAST } from "../../series/forecast.ts";
import type { Services } from "../../services.ts";
import { enveloped, sendData } from "./envelope.ts";
import { listedParameter, readSelectors, textParameter } from "./parameters.ts";

/** All rules are of one group. */
const GROUP = "forewarn";

const alertSchema = z.object({
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  state: z.enum(["pending", "firing"]),
  activeAt: z.string(),
  value: z.string(),
});

const parametersSchema = z.object({
  type: z.enum(["alert", "record"]).optional(),
  "rule_name[]": listedParameter.optional(),
  "rule_group[]": listedParameter.optional(),
  "file[]": listedParameter.optional(),
  "match[]": listedParameter.optional().describe("Selectors of the labels of rules"),
  exclude_alerts: textParameter.optional(),
});

/** Registers the routes. */
export function registerRules(app: ApiServer, services: Services): void {
  const config = { scope: "read" } as const;
  const tags = ["prometheus"];

  app.get(
    "/rules",
    {
      config,
      schema: {
        ...{ summary: "Alert rules with their alerts", tags, querystring: parametersSchema },
        response: enveloped(
          z.object({ groups: z.array(z.looseObject({ name: z.string(), rules: z.array(z.any()) })) }),
        ),
      },
    },
    async (request, reply) => {
      const asked = request.query;
      const isAsked = (name: "rule_group[]" | "file[]") => asked[name]?.includes(GROUP) ?? true;
      const selectors = readSelectors(asked["match[]"]);
      const rules = services.alerts.rules().filter((rule) => {
        const labels: Record<string, string> = { __name__: rule.id, ...ruleLabels(rule) };
        return (
          (asked["rule_name[]"]?.includes(rule.id) ?? true) &&
          selectors.some((matchers) => matchers.every(({ name, matches }) => matches(labels[name] ?? "")))
        );
      });
      const isEmpty = asked.type === "record" || !isAsked("rule_group[]") || !isAsked("file[]") || rules.length === 0;
      const withAlerts = !/^(true|1|t)$/i.test(asked.exclude_alerts ?? "");
      return sendData(reply, { groups: isEmpty ? [] : [groupOf(services, rules, withAlerts)] }) as never;
    },
  );

  app.get(
    "/alerts",
    {
      config,
      schema: {
        ...{ summary: "Pending and firing alerts", tags },
        response: enveloped(z.object({ alerts: z.array(alertSchema) })),
      },
    },
    async (_, reply) => sendData(reply, { alerts: activeAlerts(services).map(alertJson) }) as never,
  );
}

function groupOf(services: Services, rules: readonly AlertRule[], withAlerts: boolean) {
  const active = activeAlerts(services);
  const everyMs = services.forecastEveryMs;
  const serverLabels = services.contract.labels.map(({ name }) => name);
  const tick = services.forecasts.lastTick();
  const evaluation = {
    evaluationTime: (tick?.durationMs ?? 0) / 1000,
    lastEvaluation: new Date(tick?.issuedAtMs ?? 0).toISOString(),
  };
  return {
    ...{ name: GROUP, file: GROUP, interval: everyMs / 1000, limit: 0 },
    rules: rules.map((rule) => {
      const own = active.filter((alert) => alert.rule === rule.id);
      return {
        state: own.some((alert) => stateOf(alert) === "firing") ? "firing" : own.length > 0 ? "pending" : "inactive",
        ...{ name: rule.id, query: queryOf(rule), duration: rule.forMs / 1000, keepFiringFor: rule.clearForMs / 1000 },
        ...{ labels: ruleLabels(rule), annotations: ruleAnnotations(rule, { everyMs, serverLabels }) },
        alerts: withAlerts ? own.map(alertJson) : [],
        ...{ health: "ok", type: "alerting", ...evaluation },
      };
    }),
    ...evaluation,
  };
}

function ruleLabels({ labels, severity }: AlertRule): Record<string, string> {
  return { ...labels, severity };
}

/** What a rule looks at, as a query of our own series. */
function queryOf(rule: AlertRule): string {
  if (rule.when === "breach") {
    const horizon = rule.withinMs / 1000;
    return `${BREACH_PROBABILITY}{rule="${rule.event.id}",horizon_seconds="${horizon}"} >= ${rule.probability}`;
  }
  const { metric, op, threshold } = rule.event;
  return `${FORECAST}{metric="${metric}",quantile="${rule.quantile}"} ${op} ${threshold}`;
}

function activeAlerts({ alerts }: Services): TrackedAlert[] {
  return alerts.book.alerts().filter(({ track }) => phaseOf(track) !== "inactive");
}

function stateOf({ track }: TrackedAlert): "pending" | "firing" {
  return phaseOf(track) === "pending" ? "pending" : "firing";
}

function alertJson(alert: TrackedAlert): z.infer<typeof alertSchema> {
  const { labels, track, reading } = alert;
  const phase = phaseOf(track);
  const activeAtMs = phase === "pending" ? track.activeSinceMs! : track.shown!.startsAtMs;
  return {
    labels,
    annotations: { status: phase },
    state: stateOf(alert),
    activeAt: new Date(activeAtMs).toISOString(),
    value: formatValue(reading?.probability ?? 1),
  };
}
