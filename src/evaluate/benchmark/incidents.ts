// Early warning on labelled incidents: a score per server and hour, a threshold chosen on quiet days before the test by
// its false alarms alone, and what it then finds in the test. Nothing is adjusted to the labels.
import { intervalMs } from "../../contract/index.ts";
import { loadModel, openForecaster } from "../../forecast/index.ts";
import type { Series } from "../../store/index.ts";
import { chooseThreshold } from "../early-warning/choose-threshold.ts";
import { findClaims } from "../early-warning/claims.ts";
import { type EarlyWarningScore, scoreClaims } from "../early-warning/score.ts";
import type { WarningOptions } from "../early-warning/warning-series.ts";
import { openAsd } from "./asd-data.ts";
import { quietPart, testPart } from "./incident-parts.ts";
import { type IncidentWarning, scoreWarnings } from "./incident-warnings.ts";
import type { LabelledData } from "./labelled-data.ts";
import { openNab } from "./nab-data.ts";
import { LOOK_BACK_STEPS } from "./surprise.ts";
import { type BenchmarkTraining, trainBefore } from "./train-before.ts";

/** A claim says: an incident begins half an hour to eight hours ahead. */
const CLAIM: WarningOptions = { horizonSteps: 96, usefulSteps: 6 };
const BATCH_WINDOWS = 64;

const OPENERS = { asd: openAsd, nab: openNab };

/** What to run. */
export interface IncidentRequest {
  benchmark: keyof typeof OPENERS;
  dataDirectory: string;
  /** Most false alarms per server-week on the quiet days that choose the thresholds. */
  falseAlarmsPerServerWeek: number;
  seed: number;
  training: BenchmarkTraining;
  /** An empty directory for intermediate data; the caller removes it. */
  workDirectory: string;
}

/** How one warning did. */
export interface IncidentRow {
  name: string;
  /** False alarms per server-week at its threshold on the quiet days, and whether that is what was asked for. */
  quietFalseAlarms: number;
  isMet: boolean;
  score: EarlyWarningScore;
  /** False claims that were opened while an incident lasted: it was seen, but not ahead. */
  falseClaimsDuringIncidents: number;
}

/** What came out. */
export interface IncidentReport {
  formatVersion: 1;
  benchmark: IncidentRequest["benchmark"];
  servers: number;
  /** Labelled incidents in the test, and before it, where they are not scored. */
  incidents: number;
  incidentsBefore: number;
  falseAlarmsPerServerWeek: number;
  /** SHA-256 over the data that was scored. */
  dataFingerprint: string;
  rows: IncidentRow[];
}

/**
 * Trains on the days before the quiet ones, and scores its surprise beside trivial warnings.
 * @throws ForewarnError what the data and `train` throw; `insufficient_data` without a decision to choose from.
 */
export async function runIncidents(request: IncidentRequest): Promise<IncidentReport> {
  const { benchmark, training, seed, falseAlarmsPerServerWeek } = request;
  const data = await OPENERS[benchmark](request.dataDirectory, request.workDirectory, training.version);
  const { dataSet, testFirst } = data;
  try {
    const untilMs = dataSet.meta.startMs + data.trainSteps * intervalMs(dataSet.meta.contract);
    const directory = await trainBefore(training, dataSet, untilMs, { horizonSteps: LOOK_BACK_STEPS, seed });
    const series = (await dataSet.readSeries()).filter(({ steps }) => steps > testFirst);
    const model = await loadModel(directory);
    await using forecaster = await openForecaster(model, { batchSize: BATCH_WINDOWS, threads: training.threads });
    const warnings = await scoreWarnings(forecaster, data, series, seed);
    const incidents = [...data.incidents.values()].flat();
    return {
      formatVersion: 1,
      benchmark,
      servers: dataSet.meta.servers,
      incidents: incidents.filter(({ first }) => first >= testFirst).length,
      incidentsBefore: incidents.filter(({ first }) => first < testFirst).length,
      falseAlarmsPerServerWeek,
      dataFingerprint: dataSet.meta.fingerprint,
      rows: warnings.map((warning) => judge(warning, data, series, falseAlarmsPerServerWeek)),
    };
  } finally {
    dataSet.close();
  }
}

/** Chooses the threshold on the quiet days and scores the test with it. */
function judge(
  { name, scores }: IncidentWarning,
  data: LabelledData,
  series: readonly Series[],
  atMostPerServerWeek: number,
): IncidentRow {
  const quiet = series.map((one, i) => quietPart(data, one, scores[i]!));
  const test = series.map((one, i) => testPart(data, one, scores[i]!));
  const choice = chooseThreshold(quiet, { kind: "false-alarms", atMostPerServerWeek }, CLAIM);
  const { threshold, falseAlarmsPerServerWeek } = choice.score;
  const falseClaimsDuringIncidents = test.flatMap((one) => {
    const incidents = data.incidents.get(one.server) ?? [];
    const isDuring = (step: number) => incidents.some(({ first, last }) => first <= step && step <= last);
    const claims = findClaims(one, threshold, CLAIM);
    return claims.filter(({ outcome, decisionStep }) => outcome === "false" && isDuring(decisionStep));
  }).length;
  return {
    name,
    quietFalseAlarms: falseAlarmsPerServerWeek,
    isMet: choice.isMet,
    score: scoreClaims(test, threshold, CLAIM),
    falseClaimsDuringIncidents,
  };
}
