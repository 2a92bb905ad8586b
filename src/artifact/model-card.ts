// MODEL_CARD.md: what a model is, what it was trained on, how good it is, and what it must not be used for. Written from
// the other files of the model directory, so it cannot say anything else than they do.
import { formatDuration } from "../base/index.ts";
import { type Contract, contractId } from "../contract/index.ts";
import type { ModelConfig } from "./model-config.ts";
import type { Evaluation, TrainingMetadata } from "./training-metadata.ts";

/** Renders the model card. `evaluation` is null for a model that was not evaluated, and the card says so. */
export function modelCard(
  config: ModelConfig,
  contract: Contract,
  metadata: TrainingMetadata,
  evaluation: Evaluation | null,
): string {
  const { architecture, inputs } = config;
  const duration = (steps: number): string => formatDuration(steps * inputs.intervalMs);
  return `# Model ${config.modelId}

A Temporal Fusion Transformer (Lim et al. 2021, arXiv 1912.09363) that reads ${duration(inputs.contextSteps)} of a server's metrics
and forecasts the next ${duration(inputs.horizonSteps)} in steps of ${formatDuration(inputs.intervalMs)}.

| | |
|---|---|
| Contract | ${contractId(contract)}, hash \`${config.contractHash}\` |
| Forecast metrics | ${inputs.targets.join(", ")} |
| Read metrics | ${inputs.metrics.join(", ")} |
| Quantiles | ${architecture.quantiles.join(", ")} |
| Breach rules | ${inputs.breachRules.map(({ id }) => id).join(", ") || "none"} |
| Architecture | hidden ${architecture.hidden}, ${architecture.heads} heads, ${architecture.patchSteps} steps per token, head "${architecture.head}", dropout ${architecture.dropout} |

## Training

| | |
|---|---|
| Ended | ${metadata.createdAt} |
| Data | ${metadata.data.rows} rows of ${metadata.data.servers} servers, ${isoMinute(metadata.data.startMs)} to ${isoMinute(metadata.data.endMs)}, fingerprint \`${metadata.data.fingerprint}\` |
| Split | ${Object.entries(metadata.split)
    .map(([name, ms]) => `${name} ${isoMinute(ms)}`)
    .join(", ")} |
| Epochs, steps, seed | ${metadata.epochs}, ${metadata.steps}, ${metadata.seed} |
| Duration | ${formatDuration(Math.round(metadata.durationMs / 1000) * 1000)} |
| Versions | ${Object.entries(metadata.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ")} |

## Evaluation

${evaluation === null ? "This model was not evaluated on held-out data." : evaluationText(evaluation)}

## Limits

- It knows only what servers under its contract did in the time above; a new kind of load is outside of it.
- Forecasts are distributions: read the band, not the median alone. A breach probability is no certainty.
- Free text, simulator truth and anything after the forecast's origin were never inputs.
- Run \`forewarn verify\` on this directory before you trust it.
`;
}

function evaluationText({ windows, methods, coverage, breaches }: Evaluation): string {
  const measures = [...new Set(methods.flatMap((method) => Object.keys(method.measures)))];
  const parts = [
    `${windows} windows that training had not seen; lower is better.`,
    table(
      ["Method", ...measures],
      methods.map((method) => [method.name, ...measures.map((measure) => number(method.measures[measure]))]),
    ),
  ];
  if (coverage.length > 0) {
    const rows = coverage.map(({ target, nominal, observed }) => [target, percent(nominal), percent(observed)]);
    parts.push(table(["Metric", "Central band", "Truths inside"], rows));
  }
  if (breaches.length > 0) {
    const rows = breaches.map(({ rule, onsets, skill }) => [rule, String(onsets), number(skill)]);
    parts.push(table(["Breach rule", "Onsets", "Brier skill over climatology"], rows));
  }
  return parts.join("\n\n");
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? "-" : value.toPrecision(4);
}

function percent(share: number | null): string {
  return share === null ? "-" : `${(share * 100).toFixed(1)} %`;
}

/** RFC 3339 to the minute, UTC. */
function isoMinute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}Z`;
}
