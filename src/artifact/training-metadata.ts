// training_metadata.json and evaluation.json: where a model comes from and how good it was on data it had not seen.
import { z } from "zod";
import { modelInvalid } from "./invalid.ts";

const epochMs = z.int();

/** Zod schema of training_metadata.json. Fields beyond these are kept: a later version may write more. */
const trainingMetadataSchema = z.looseObject({
  formatVersion: z.literal(1),
  modelId: z.string(),
  /** When training ended, RFC 3339 UTC. */
  createdAt: z.iso.datetime(),
  /** Forewarn, Node.js and ONNX Runtime. */
  versions: z.record(z.string(), z.string()),
  data: z.looseObject({
    fingerprint: z.string(),
    rows: z.int(),
    servers: z.int(),
    startMs: epochMs,
    endMs: epochMs,
  }),
  /** Where the time-ordered split cuts: training before the first, validation from there. */
  split: z.record(z.string(), epochMs),
  seed: z.int(),
  epochs: z.int(),
  steps: z.int(),
  durationMs: z.number(),
  /** Losses of each epoch, on training and validation windows. */
  losses: z.array(z.looseObject({ epoch: z.int(), train: z.number(), validation: z.number().nullable() })),
});

/** Content of training_metadata.json. */
export type TrainingMetadata = z.infer<typeof trainingMetadataSchema>;
/** Losses of one epoch. */
export type EpochLosses = TrainingMetadata["losses"][number];

const evaluationSchema = z.looseObject({
  formatVersion: z.literal(1),
  /** Windows that were scored, none of them seen in training. */
  windows: z.int(),
  /** The model first, then the baselines; measures by name (CRPS, MASE, pinball ...), lower is better. */
  methods: z.array(z.looseObject({ name: z.string(), measures: z.record(z.string(), z.number().nullable()) })),
  /** Observed share of truths inside the central band of nominal width, per target. */
  coverage: z.array(z.looseObject({ target: z.string(), nominal: z.number(), observed: z.number().nullable() })),
  /**
   * Breach forecasts per rule. `skill` is the Brier skill over climatology; `alertThreshold` the probability of the whole
   * horizon from which on warnings had the best F1. Both are null with too few onsets; older models lack the second.
   */
  breaches: z.array(
    z.looseObject({
      rule: z.string(),
      onsets: z.int(),
      skill: z.number().nullable(),
      alertThreshold: z.number().nullable().optional(),
    }),
  ),
});

/** Content of evaluation.json. */
export type Evaluation = z.infer<typeof evaluationSchema>;

/** Validates training_metadata.json. @throws ForewarnError `model_invalid` naming the first wrong field. */
export function parseTrainingMetadata(document: unknown, where: string): TrainingMetadata {
  return parse(trainingMetadataSchema, document, where);
}

/** Validates evaluation.json. @throws ForewarnError `model_invalid` naming the first wrong field. */
export function parseEvaluation(document: unknown, where: string): Evaluation {
  return parse(evaluationSchema, document, where);
}

function parse<Content>(schema: z.ZodType<Content>, document: unknown, where: string): Content {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw modelInvalid(`${where}: ${path.join(".")}: ${message}`);
}
