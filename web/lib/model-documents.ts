// What the page reads of a model's documents. They come from a directory that may be older than this page, so whatever is
// not as expected is left out.

/** Held-out scores. */
export interface Evaluation {
  windows: number;
  methods: { name: string; measures: Record<string, number | null> }[];
  coverage: { target: string; nominal: number; observed: number }[];
}

/** Loss after an epoch. */
export interface EpochLoss {
  epoch: number;
  train: number;
  validation: number;
}

/** Reads an evaluation. */
export function readEvaluation(value: unknown): Evaluation {
  const { windows, methods, coverage } = (value ?? {}) as Partial<Evaluation>;
  return {
    windows: Number(windows ?? 0),
    methods: list(methods).filter((method) => typeof method?.name === "string" && typeof method.measures === "object"),
    coverage: list(coverage).filter((one) => typeof one?.target === "string" && typeof one.observed === "number"),
  };
}

/** Reads the losses of training metadata. */
export function readTraining(value: unknown): EpochLoss[] {
  const { losses } = (value ?? {}) as { losses?: EpochLoss[] };
  return list(losses).filter((one) => Number.isFinite(one?.train) && Number.isFinite(one.validation));
}

function list<T>(value: T[] | undefined): T[] {
  return Array.isArray(value) ? value : [];
}
