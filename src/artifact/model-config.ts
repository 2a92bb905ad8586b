// config.json: everything beside weights and contract that reproduces a model's outputs. Written once by training, read
// by every door that loads the model.
import { z } from "zod";
import { type Contract, contractHash, intervalMs } from "../contract/index.ts";
import type { InputSpec } from "../dataset/index.ts";
import { modelInvalid } from "./invalid.ts";

const whole = z.int().positive();
const variable = z.strictObject({ name: z.string(), channels: whole });

const inputSpecSchema = z.strictObject({
  intervalMs: whole,
  contextSteps: whole,
  horizonSteps: whole,
  historySteps: whole,
  patchSteps: whole,
  metrics: z.array(z.string()).min(1),
  metricColumns: z.array(z.int().nonnegative()),
  absentMetrics: z.array(z.string()),
  targets: z.array(z.string()).min(1),
  transforms: z.array(z.enum(["identity", "log1p", "logit"])),
  ranges: z.array(z.strictObject({ min: z.number().nullable(), max: z.number().nullable() })),
  scaleFloors: z.array(z.number()),
  typicalScales: z.array(z.number()),
  labels: z.array(z.strictObject({ name: z.string(), vocabulary: z.array(z.string()) })),
  serverVocabulary: z.array(z.string()),
  past: z.array(variable),
  known: z.array(variable),
  static: z.array(variable),
  candidates: z.array(z.string()),
  offsetUnit: z.enum(["scale", "deviation"]),
  breachRules: z.array(
    z.strictObject({
      id: z.string(),
      metric: z.string(),
      op: z.enum([">=", "<="]),
      threshold: z.number(),
      forSteps: whole,
      clearSteps: whole,
    }),
  ),
  breachGroupEnds: z.array(whole),
  breachReadings: z.enum(["deep", "both"]),
  breachFeatures: z.array(z.string()),
}) satisfies z.ZodType<InputSpec>;

/** Zod schema of config.json; {@link parseModelConfig} reads older formats and adds the checks between fields. */
export const modelConfigSchema = z.strictObject({
  formatVersion: z.literal(2),
  modelId: z.string(),
  /** SHA-256 of the contract that the model was trained under. */
  contractHash: z.string(),
  architecture: z.strictObject({
    hidden: whole,
    heads: whole,
    patchSteps: whole,
    /** candidates: a mixture of candidate values plus an offset. direct: the output layer of the paper. */
    head: z.enum(["candidates", "direct"]),
    dropout: z.number().min(0).lt(1),
    /** Quantile levels, strictly increasing, each in (0, 1). */
    quantiles: z.array(z.number().gt(0).lt(1)).min(1),
  }),
  inputs: inputSpecSchema,
  calibration: z.strictObject({
    /** Added to each quantile, in the inputs' offset unit. [targets, quantiles] */
    quantileShift: z.array(z.array(z.number())),
    /** Slope and intercept of the logit of each breach rule's hazards. [rules] */
    breachSlope: z.array(z.number()),
    breachIntercept: z.array(z.number()),
  }),
});

/** Content of config.json. */
export type ModelConfig = z.infer<typeof modelConfigSchema>;

/**
 * Validates a config document: types, and that its parts fit each other.
 * @param where Name of the file, for messages.
 * @throws ForewarnError `model_invalid` naming the first field that is wrong.
 */
export function parseModelConfig(document: unknown, where: string): ModelConfig {
  const parsed = modelConfigSchema.safeParse(upgraded(document));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw modelInvalid(`${where}: ${path.join(".")}: ${message}`);
  }
  for (const [field, expected, got] of consistencyChecks(parsed.data)) {
    if (expected !== got) throw modelInvalid(`${where}: ${field}: Expected ${expected}, got ${got}`);
  }
  return parsed.data;
}

/** A document of format 1 as one of format 2: its offsets are in units of the scale, its hazards are read in one way. */
function upgraded(document: unknown): unknown {
  const { formatVersion, inputs } = (document ?? {}) as { formatVersion?: unknown; inputs?: object };
  if (formatVersion !== 1 || typeof inputs !== "object") return document;
  return {
    ...(document as object),
    formatVersion: 2,
    inputs: { ...inputs, offsetUnit: "scale", breachReadings: "deep" },
  };
}

/**
 * Checks that a config belongs to a contract: its hash, its interval, and metrics, vocabularies and breach rules that
 * the contract has.
 * @throws ForewarnError `model_invalid` naming the first difference.
 */
export function checkConfigFitsContract(config: ModelConfig, contract: Contract, where: string): void {
  const { inputs } = config;
  const metricNames = contract.metrics.map((metric) => metric.name);
  const checks: [field: string, expected: unknown, got: unknown][] = [
    ["contractHash", contractHash(contract), config.contractHash],
    ["inputs.intervalMs", intervalMs(contract), inputs.intervalMs],
    ["inputs.metrics", inputs.metricColumns.map((column) => metricNames[column]).join(), inputs.metrics.join()],
  ];
  for (const { name, vocabulary } of inputs.labels) {
    const label = contract.labels.find((candidate) => candidate.name === name);
    checks.push([`inputs.labels.${name}`, label?.values.join(), vocabulary.join()]);
  }
  for (const { id, metric, op, threshold } of inputs.breachRules) {
    const rule = contract.breachRules.find((candidate) => candidate.id === id);
    checks.push([
      `inputs.breachRules.${id}`,
      rule && `${rule.metric} ${rule.op} ${rule.threshold}`,
      `${metric} ${op} ${threshold}`,
    ]);
  }
  for (const [field, expected, got] of checks) {
    if (expected !== got) throw modelInvalid(`${where}: ${field}: Expected ${expected} as in the contract, got ${got}`);
  }
}

function consistencyChecks({ architecture, inputs, calibration }: ModelConfig): [string, unknown, unknown][] {
  const { quantiles, patchSteps } = architecture;
  const metrics = inputs.metrics.length;
  return [
    ["architecture.patchSteps", inputs.patchSteps, patchSteps],
    ["architecture.hidden, a multiple of heads", 0, architecture.hidden % architecture.heads],
    ["architecture.quantiles, increasing", true, quantiles.every((level, i) => i === 0 || level > quantiles[i - 1]!)],
    ["inputs.contextSteps, a multiple of patchSteps", 0, inputs.contextSteps % patchSteps],
    ["inputs.horizonSteps, a multiple of patchSteps", 0, inputs.horizonSteps % patchSteps],
    ["inputs.metricColumns, one per metric", metrics, inputs.metricColumns.length],
    ["inputs.transforms, one per metric", metrics, inputs.transforms.length],
    ["inputs.ranges, one per metric", metrics, inputs.ranges.length],
    ["inputs.scaleFloors, one per metric", metrics, inputs.scaleFloors.length],
    ["inputs.typicalScales, one per metric", metrics, inputs.typicalScales.length],
    [
      "inputs.targets, metrics in order",
      inputs.metrics.filter((name) => inputs.targets.includes(name)).join(),
      inputs.targets.join(),
    ],
    ["calibration.quantileShift, one row per target", inputs.targets.length, calibration.quantileShift.length],
    [
      "calibration.quantileShift, one number per quantile",
      true,
      calibration.quantileShift.every((row) => row.length === quantiles.length),
    ],
    ["calibration.breachSlope, one per breach rule", inputs.breachRules.length, calibration.breachSlope.length],
    ["calibration.breachIntercept, one per breach rule", inputs.breachRules.length, calibration.breachIntercept.length],
  ];
}
