// The story of a demo in words: what goes on now, and how far each incident has come.
import type { Demo, DemoIncident } from "../data/types.ts";

/** How far an incident of the story has come. */
export type DemoStep = "coming" | "began" | "predicted" | "confirmed" | "missed" | "over";

/** The steps in words. */
export const STEP_WORDS: Record<DemoStep, string> = {
  coming: "to come",
  began: "not predicted yet",
  predicted: "predicted",
  confirmed: "came true",
  missed: "missed",
  over: "over without a breach",
};

/** Where an incident stands at a simulated time. */
export function stepOf({ startsAt, endsAt, outcome, predictedAt }: DemoIncident, nowMs: number): DemoStep {
  if (outcome !== null) return outcome;
  if (nowMs < Date.parse(startsAt)) return "coming";
  // An onset is known only some time after it.
  if (nowMs > Date.parse(endsAt)) return "over";
  return predictedAt === null ? "began" : "predicted";
}

/** What matters most at a simulated time, in one or two sentences. `seconds` are real ones. */
export function headline({ incidents, endsAt, speed }: Demo, nowMs: number): string {
  const seconds = (at: string) => Math.max(0, Math.round((Date.parse(at) - nowMs) / speed / 1000));
  const at = (step: DemoStep) => incidents.filter((incident) => stepOf(incident, nowMs) === step);
  const breaching = at("began").filter(({ course, isForeseeable }) => course === "breaches" && isForeseeable);
  const urgent = breaching.find(({ predictBy }) => Date.parse(predictBy) > nowMs);
  if (urgent !== undefined) {
    return `${told(urgent)} Forewarn should warn within about ${seconds(urgent.predictBy)} s to be in time.`;
  }
  const predicted = at("predicted").find(({ course, peaksAt }) => course === "breaches" && Date.parse(peaksAt) > nowMs);
  if (predicted !== undefined) {
    return `${told(predicted)} Forewarn has predicted it; the threshold should break in about ${seconds(predicted.peaksAt)} s.`;
  }
  const waiting = at("predicted").find(({ course }) => course === "breaches");
  if (waiting !== undefined) {
    return `${told(waiting)} It was predicted; it counts as come true once the threshold has been crossed for long enough.`;
  }
  const late = breaching[0] ?? at("began")[0];
  if (late !== undefined) return `${told(late)} Nothing is predicted yet.`;
  const next = at("coming")[0];
  if (next !== undefined) return `All is calm. The first sign of something comes in about ${seconds(next.startsAt)} s.`;
  if (incidents.length === 0) return "Nothing is planned to go wrong: whatever is predicted now is a false alarm.";
  return nowMs > Date.parse(endsAt) ? "The story is over; the fleet goes on." : "The worst is over.";
}

function told({ server, sign, cause }: DemoIncident): string {
  return `${server}: ${sign} (${cause}).`;
}
