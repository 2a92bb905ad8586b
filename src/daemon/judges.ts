// Alerts and scores, which depend on the model that serves: opened for the first one, and led over to each other one
// between two ticks.
import { createPost } from "../alert/index.ts";
import type { ModelDirectory } from "../artifact/index.ts";
import { canonicalJson, parseDuration } from "../base/index.ts";
import { type Contract, intervalMs } from "../contract/index.ts";
import { type OwnAlertDesk, openAlertDesk } from "./alert-desk.ts";
import { alertRulesFor } from "./alert-rules.ts";
import type { DaemonConfig } from "./config-schema.ts";
import type { ForecastFiles } from "./forecast-files.ts";
import type { OwnModelDesk } from "./model-desk.ts";
import { dataPaths } from "./paths.ts";
import { createPredictorWatch, PREDICTOR_UNAVAILABLE, type PredictorWatch } from "./predictor-watch.ts";
import { openScoreDesk, type ScoreDesk } from "./score-desk.ts";
import { scheduleOf } from "./spans.ts";
import type { World } from "./world.ts";

/** What the judges need. */
export interface JudgeOptions {
  config: DaemonConfig;
  world: World;
  models: OwnModelDesk;
  files: ForecastFiles;
  contract: Contract;
}

/** Alerts and scores of a daemon. */
export interface Judges {
  alerts: OwnAlertDesk;
  scores: ScoreDesk;
  predictor: PredictorWatch;
  /**
   * Checks another configuration, of which the alert rules count from the next {@link adopt} on; the rest needs a restart.
   * @throws ForewarnError `alert_rules_invalid`; the old rules stay.
   */
  configure(config: DaemonConfig): void;
  /** Takes over the model that serves now and the rules that were configured; never while a tick is made. */
  adopt(): void;
}

/** Opens alerts and scores. @throws ForewarnError `alert_rules_invalid`, `target_refused`, and file errors. */
export async function openJudges({ config, world, models, files, contract }: JudgeOptions): Promise<Judges> {
  const { now, log } = world;
  const { scoring, server, store } = config;
  let configured = config.alerts;
  const rulesOf = (model: ModelDirectory | null) => alertRulesFor(contract, configured, model);
  let model = models.model();
  let adopted = configured;
  const rules = rulesOf(model);
  const graceMs = parseDuration(scoring.grace, "scoring.grace");
  const usefulLeadMs = parseDuration(scoring.usefulLead, "scoring.usefulLead");
  const externalUrl = server.externalUrl ?? `http://${server.host}:${server.port}`;
  const alerts = await openAlertDesk({
    directory: store.dataDir,
    contract,
    config: config.alerts,
    rules,
    everyMs: scheduleOf(config, intervalMs(contract)).everyMs,
    graceMs,
    usefulLeadMs,
    externalUrl,
    post: createPost({ resolve: world.resolve, now }),
    now,
    seed: world.seed,
    onProblem: (problem) => log("warn", "alert not delivered", { ...problem }),
    onDamage: (message) => log("error", "alert state damaged", { message }),
  });
  const scores = await openScoreDesk(
    {
      file: dataPaths(store.dataDir).scoreboard,
      contract,
      everyMs: parseDuration(scoring.every, "scoring.every"),
      openForecasts: scoring.openForecasts,
      graceMs,
      usefulLeadMs,
      now,
      readForecasts: (fromMs, toMs) => files.read({ fromMs, toMs, quantiles: "only" }),
      onReset: (message) => log("warn", "new scoreboard", { message }),
    },
    model,
    rules,
  );
  const isUnavailable = alerts.book.ownAlerts().some(({ labels }) => labels["alertname"] === PREDICTOR_UNAVAILABLE);
  return {
    alerts,
    scores,
    predictor: createPredictorWatch(externalUrl, isUnavailable),
    configure(next) {
      const before = configured;
      configured = { ...next.alerts, destinations: before.destinations };
      try {
        rulesOf(model);
      } catch (error) {
        configured = before;
        throw error;
      }
      const sections = (Object.keys(config) as (keyof DaemonConfig)[]).filter(
        (section) => section !== "alerts" && canonicalJson(next[section]) !== canonicalJson(config[section]),
      );
      if (canonicalJson(next.alerts.destinations) !== canonicalJson(before.destinations)) sections.push("alerts");
      if (sections.length > 0) log("warn", "changes that count after a restart only", { sections });
    },
    adopt() {
      const next = models.model() ?? model;
      if (next?.modelId === model?.modelId && adopted === configured) return;
      [model, adopted] = [next, configured];
      const nextRules = rulesOf(next);
      alerts.setRules(nextRules);
      scores.use(next, nextRules);
    },
  };
}
