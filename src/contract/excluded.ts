// Columns that no contract may name, because they tell a model the answer: the truth of a simulator or of a labeller.

const TRUTH_COLUMNS = new Set([
  "problem_child",
  "cascade_impact",
  "truth",
  "ground_truth",
  "incident",
  "is_incident",
  "anomaly",
  "is_anomaly",
  "anomaly_label",
]);
const TRUTH_PATTERNS = [/^incident_/, /^truth_/, /_truth$/, /^true_/];

/** Why a column may never be data of a fleet, or undefined when it may. */
export function excludedColumnReason(column: string): string | undefined {
  if (TRUTH_COLUMNS.has(column) || TRUTH_PATTERNS.some((pattern) => pattern.test(column))) {
    return "it holds simulator or labelled truth, which a model must never see";
  }
  return undefined;
}
