// The size and shape of a Temporal Fusion Transformer, apart from what it reads (InputSpec).

/** Hyper-parameters of the network. Stored in config.json. */
export interface Architecture {
  /** Width of every hidden vector. */
  hidden: number;
  /** Attention heads; divides hidden. */
  heads: number;
  /** direct: the paper's linear output. candidates: a mixture of values known at the origin plus an offset. */
  head: "direct" | "candidates";
  /** Share of channels dropped in training, the same ones for all steps of a window. */
  dropout: number;
  /** Quantile levels, increasing, each in (0, 1). */
  quantiles: number[];
}

/** The default recipe. */
export const DEFAULT_ARCHITECTURE: Architecture = {
  hidden: 32,
  heads: 4,
  head: "candidates",
  dropout: 0.1,
  quantiles: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
};

/** The numbers that fix every shape of the network; made from an InputSpec by {@link modelDimensions}. */
export interface ModelDimensions {
  /** Channels per token of each past-only variable. */
  pastWidths: number[];
  /** Channels per token of each known variable. */
  knownWidths: number[];
  /** Channels of each static variable. */
  staticWidths: number[];
  /** Tokens of the past, Tp. */
  pastTokens: number;
  /** Tokens of the future, Tf. */
  futureTokens: number;
  /** Steps per token, P. */
  patchSteps: number;
  /** Forecast metrics, T. */
  targets: number;
  /** Candidate values per target and step, K. */
  candidates: number;
  /** Whether learned offsets are in a unit that each window brings along, InputBatch.offsetUnit. */
  windowOffsets: boolean;
  /** Breach rules, R. 0 leaves the breach head out. */
  rules: number;
  /** Last step of each group of the breach head, G groups. */
  groupEnds: number[];
  /** Whether hazards are also read linearly from the inputs of the breach head. */
  shallowHazards: boolean;
  /** Inputs of the breach head per rule and group, F. */
  breachFeatures: number;
}
