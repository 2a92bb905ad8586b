// The alert rules in force: the configured ones, or one for each breach rule with the threshold that was best on data the
// model had not seen.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AlertConfig, type AlertRule, defaultAlertRules, parseAlertRules } from "../alert/index.ts";
import {
  BACKTEST_FILE,
  listModels,
  MODEL_FILES,
  type ModelConfig,
  parseEvaluation,
  parseModelConfig,
} from "../artifact/index.ts";
import { formatDuration } from "../base/index.ts";
import type { Contract } from "../contract/index.ts";
import { parseEvaluationReport } from "../evaluate/index.ts";

/** Without a model nobody knows how far its probabilities reach; the rules must be there all the same. */
const WITHIN_WITHOUT_MODEL = "8h";

/** As much of a model as rules depend on. */
export interface RuledModel {
  config: ModelConfig;
  directory: string;
}

/** The rules for a model, or for none. @throws ForewarnError `alert_rules_invalid`. */
export function alertRulesFor(contract: Contract, config: AlertConfig, model: RuledModel | null): AlertRule[] {
  if (config.rules !== undefined) return parseAlertRules(config.rules, contract, "alerts.rules");
  if (model === null) return defaultAlertRules(contract, { within: WITHIN_WITHOUT_MODEL });
  const { breachGroupEnds, intervalMs } = model.config.inputs;
  const farthestSteps = breachGroupEnds.at(-1);
  const within = farthestSteps ? formatDuration(farthestSteps * intervalMs) : WITHIN_WITHOUT_MODEL;
  return defaultAlertRules(contract, { within, probabilities: chosenThresholds(model.directory) });
}

/** The newest model of a directory; null without one. */
export function newestModel(root: string): RuledModel | null {
  const newest = (existsSync(root) ? listModels(root) : []).filter((entry) => entry.status === "ready").at(-1);
  if (newest === undefined) return null;
  const { directory } = newest;
  return { config: parseModelConfig(readJson(directory, MODEL_FILES.config), directory), directory };
}

/**
 * Thresholds by breach rule: those of a backtest that was attached to the model, else those of the evaluation that
 * training wrote; none for a rule with too few incidents to choose one.
 */
function chosenThresholds(directory: string): Record<string, number> {
  const backtest = readJson(directory, BACKTEST_FILE);
  const evaluation = readJson(directory, MODEL_FILES.evaluation);
  const chosen: [rule: string, threshold: number | null | undefined][] =
    backtest !== null
      ? parseEvaluationReport(backtest, BACKTEST_FILE).earlyWarning.map(({ rule, methods }) => [
          rule,
          methods[0]?.threshold,
        ])
      : evaluation !== null
        ? parseEvaluation(evaluation, MODEL_FILES.evaluation).breaches.map(({ rule, alertThreshold }) => [
            rule,
            alertThreshold,
          ])
        : [];
  return Object.fromEntries(
    chosen.filter((entry): entry is [string, number] => {
      const [, threshold] = entry;
      return threshold !== null && threshold !== undefined && threshold > 0 && threshold < 1;
    }),
  );
}

/** Null when there is no such file: the manifest vouched for the directory before, but it may be gone by now. */
function readJson(directory: string, name: string): unknown {
  const path = join(directory, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
}
