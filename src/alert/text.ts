// What an alert says to people: what, where, how likely, when, why, and how such alerts came out before. Plain ASCII; no
// number without the model that gave it and its age.
import { formatDuration } from "../base/index.ts";
import type { Labels } from "./labels.ts";
import type { TrackRecord } from "./ledger.ts";
import type { Reading } from "./reading.ts";
import type { AlertRule } from "./rules.ts";
import type { Acknowledgement, ShownAlert } from "./track.ts";

/** Everything that the text of an alert is made of. */
export interface AlertFacts {
  rule: AlertRule;
  server: string;
  labels: Labels;
  status: ShownAlert["status"];
  /** The newest forecast's. */
  reading: Reading;
  record: TrackRecord;
  /** When the incident began; null while it is only predicted. */
  onsetMs: number | null;
  acknowledgement: Acknowledgement | null;
  nowMs: number;
}

const MINUTE_MS = 60_000;

/** One line for a pager. */
export function alertSummary({ rule, server, status, reading, onsetMs }: AlertFacts): string {
  const what = `${ascii(server)}: ${rule.id}`;
  if (status === "resolved") return `${what} is over`;
  if (status === "confirmed") return `${what} has come as predicted, at ${instant(onsetMs!)}`;
  const { p50Ms } = reading.timeToBreach;
  const soon = p50Ms === null ? "" : `, likely in ${about(p50Ms)}`;
  return `${what} predicted within ${formatDuration(rule.withinMs)}${likelihood(reading)}${soon} (model ${ascii(reading.modelId)})`;
}

/** Several lines, one for each question. */
export function alertDescription(facts: AlertFacts): string {
  const { rule, server, labels, reading, record, acknowledgement, nowMs } = facts;
  const profile = Object.entries(labels).map(([name, value]) => `${ascii(name)} ${ascii(value)}`);
  const lines = [
    `What: ${rule.id}: ${rule.event.text}`,
    `Where: ${ascii(server)}${profile.length === 0 ? "" : ` (${profile.join(", ")})`}`,
    `How likely: ${howLikely(rule, reading)}`,
    `When: ${when(reading)}`,
  ];
  if (reading.topInputs.length > 0) {
    const inputs = reading.topInputs.map(([name, share]) => `${ascii(name)} ${percent(share)}`).join(", ");
    lines.push(`Why: the model looked most at ${inputs}`);
  }
  lines.push(`Record: ${recordText(record)}`);
  if (acknowledgement) {
    const { author, atMs, note } = acknowledgement;
    lines.push(`Acknowledged: ${ascii(author)} at ${instant(atMs)}: ${ascii(note)}`);
  }
  const age = formatAge(nowMs - reading.issuedAtMs);
  lines.push(`Source: model ${ascii(reading.modelId)}, forecast ${ascii(reading.forecastId)}, issued ${age} ago`);
  return lines.join("\n");
}

/** How often such alerts were right, in words. */
export function recordText(record: TrackRecord): string {
  const { true: right, late, false: wrong, missed, averted } = record;
  const claims = right + late + wrong;
  const onsets = right + late + missed;
  if (claims + onsets === 0) return "no such alert has been judged yet";
  const parts = [
    claims === 0
      ? "no claim judged"
      : `${right} of ${claims} such alerts came true (precision ${percent(right / claims)})`,
    onsets === 0
      ? "no incident yet"
      : `${right} of ${onsets} incidents were predicted in time (recall ${percent(right / onsets)})`,
  ];
  if (right > 0) parts.push(`median lead ${about(record.leadMinutes.p50 * MINUTE_MS)}`);
  if (averted > 0) parts.push(`${averted} averted not counted`);
  return parts.join(", ");
}

function howLikely(rule: AlertRule, { probability }: Reading): string {
  const within = formatDuration(rule.withinMs);
  if (rule.when === "breach") {
    return `${percent(probability!)} within ${within} (alert from ${percent(rule.probability)})`;
  }
  const { metric, op, threshold } = rule.event;
  return `the ${rule.quantile} quantile of ${metric} is ${op} ${threshold} within ${within}`;
}

function when({ timeToBreach, originMs }: Reading): string {
  const { p10Ms, p50Ms, p90Ms } = timeToBreach;
  const time = (ms: number | null) => (ms === null ? "not reached in the horizon" : about(ms));
  return `earliest ${time(p10Ms)} (p10), likely ${time(p50Ms)} (p50), latest ${time(p90Ms)} (p90) after ${instant(originMs)}`;
}

function likelihood({ probability }: Reading): string {
  return probability === null ? "" : ` with ${percent(probability)}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function about(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / MINUTE_MS)) * MINUTE_MS);
}

function formatAge(ms: number): string {
  return formatDuration(Math.max(0, Math.floor(ms / 1000)) * 1000);
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Foreign text as printable ASCII, at most 256 characters of it. */
function ascii(text: string): string {
  return text.slice(0, 256).replaceAll(/[^\x20-\x7e]/g, "?");
}
