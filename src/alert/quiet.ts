// Times in which alerts are not sent: silences of a person, and announced maintenance of servers.
import { type Labels, type Matcher, matchesLabels } from "./labels.ts";

/**
 * Alerts whose labels match are not sent from `fromMs` to before `untilMs`. In maintenance their claims, too, do not
 * count as false alarms, nor onsets as missed. Plain data.
 */
export interface QuietTime {
  id: string;
  kind: "silence" | "maintenance";
  /** At least one; none would silence everything by accident. */
  matchers: readonly Matcher[];
  fromMs: number;
  untilMs: number;
  author: string;
  comment: string;
}

/** Whether alerts of a label set are kept from being sent at a moment. */
export function isQuietAt(quietTimes: readonly QuietTime[], labels: Labels, atMs: number): boolean {
  const { isSilenced, inMaintenance } = quietAt(quietTimes, labels, atMs);
  return isSilenced || inMaintenance;
}

/** Which kinds of quiet time hold for a label set at a moment. */
export function quietAt(
  quietTimes: readonly QuietTime[],
  labels: Labels,
  atMs: number,
): { isSilenced: boolean; inMaintenance: boolean } {
  const holds = (kind: QuietTime["kind"]): boolean =>
    quietTimes.some(
      (quiet) =>
        quiet.kind === kind &&
        quiet.fromMs <= atMs &&
        atMs < quiet.untilMs &&
        quiet.matchers.length > 0 &&
        matchesLabels(quiet.matchers, labels),
    );
  return { isSilenced: holds("silence"), inMaintenance: holds("maintenance") };
}
