// How alerts stand and how they came out, in words.
import type { Alert, ClosedAlert } from "../data/types.ts";

export const PHASES: Record<Alert["phase"], string> = {
  inactive: "inactive",
  pending: "pending",
  predicted: "predicted",
  confirmed: "in incident",
};

export const OUTCOMES: Record<ClosedAlert["outcome"], { title: string; meaning: string }> = {
  confirmed: { title: "Came true", meaning: "predicted, and the incident began" },
  averted: { title: "Averted", meaning: "acknowledged, and no incident followed" },
  expired: { title: "Did not come", meaning: "predicted, but no incident began in time" },
  missed: { title: "Missed", meaning: "an incident without a prediction" },
};
