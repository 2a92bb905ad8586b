// Everything the alerts know, as plain JSON: what the daemon writes after every tick and reads when it starts.
import { ForewarnError } from "../base/index.ts";
import type { AlertGroup } from "./groups.ts";
import type { Labels } from "./labels.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { OwnAlert } from "./own-alerts.ts";
import type { QuietTime } from "./quiet.ts";
import type { Reading } from "./reading.ts";
import type { AlertTrack } from "./track.ts";

/** One rule on one server. */
export interface TrackedAlert {
  rule: string;
  server: string;
  /** Static categories of the server. */
  serverLabels: Labels;
  /** All labels of the alert: its identity. */
  labels: Labels;
  /** The newest, for the text. */
  reading: Reading | null;
  track: AlertTrack;
  /** The group that it joined when it began. */
  group: { key: string; labels: Labels } | null;
  /** The state that receivers were told last; null before the first. */
  notifiedId: string | null;
  lastSeenMs: number;
}

/** The state of an alert book. */
export interface AlertBookState {
  formatVersion: 1;
  /** Of the last tick. */
  nowMs: number | null;
  alerts: TrackedAlert[];
  groups: AlertGroup[];
  quietTimes: QuietTime[];
  /** About Forewarn itself; older states have none. */
  own: OwnAlert[];
  /** Oldest first. */
  ledger: LedgerEntry[];
}

/** An alert book that knows nothing. */
export function emptyBookState(): AlertBookState {
  return { formatVersion: 1, nowMs: null, alerts: [], groups: [], quietTimes: [], own: [], ledger: [] };
}

/**
 * Reads a stored state.
 * @param where Where it came from, for the message.
 * @throws ForewarnError `alert_state_invalid`.
 */
export function parseBookState(text: string, where: string): AlertBookState {
  let state: Partial<AlertBookState> | null;
  try {
    state = JSON.parse(text) as Partial<AlertBookState> | null;
  } catch (cause) {
    throw new ForewarnError("alert_state_invalid", `${where}: Expected JSON, got something else`, { cause });
  }
  const lists = [state?.alerts, state?.groups, state?.quietTimes, state?.ledger, state?.own ?? []];
  if (state?.formatVersion === 1 && lists.every(Array.isArray)) return { own: [], ...state } as AlertBookState;
  throw new ForewarnError(
    "alert_state_invalid",
    `${where}: Expected an alert state of format 1, got format ${state?.formatVersion ?? "unknown"}`,
  );
}
