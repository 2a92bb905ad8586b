// What is remembered of one alert rule on one server: plain data, so that it survives a restart as it is.

/** An incident that was found in the measured values. */
export interface Incident {
  server: string;
  /** Identifier of the watched event. */
  event: string;
  onsetMs: number;
  /** Null while it lasts. */
  endMs: number | null;
}

/** Who took note of an alert, when, and what they did. */
export interface Acknowledgement {
  author: string;
  atMs: number;
  note: string;
}

/** A prediction that is held to its deadline. */
export interface Claim {
  forecastId: string;
  modelId: string;
  openedAtMs: number;
  /** An onset from `originMs` to `deadlineMs`, both included, confirms it. */
  originMs: number;
  deadlineMs: number;
  acknowledgement: Acknowledgement | null;
  /** The server was in announced maintenance at some time while it was open. */
  maintenance: boolean;
}

/** confirmed: it came. averted: it did not, after someone acted or in maintenance. expired: false alarm. */
export type AlertOutcome = "confirmed" | "averted" | "expired" | "missed";

/** A closed claim, or for `missed` an onset without one: an entry of the ledger. */
export interface ClosedClaim {
  outcome: AlertOutcome;
  claim: Claim | null;
  onsetMs: number | null;
  /** From the opening of the claim to the onset. */
  leadMs: number | null;
  closedAtMs: number;
  maintenance: boolean;
}

/** What receivers are told. */
export interface ShownAlert {
  status: "predicted" | "confirmed" | "resolved";
  startsAtMs: number;
  /** When it took its present status. */
  changedAtMs: number;
}

/** Where a rule stands on a server: plain data. */
export interface AlertTrack {
  /** The condition holds since then; null while it does not. */
  activeSinceMs: number | null;
  /** It is clear since then; null while it is not. */
  clearSinceMs: number | null;
  /** The condition with hysteresis. */
  isOn: boolean;
  /** The one open claim. */
  claim: Claim | null;
  /** Claims past their deadline, oldest first, for which an onset may still become known. */
  settling: Claim[];
  /** The incident that lasts, and whether an alert stood when it began. */
  incident: { onsetMs: number; wasAnnounced: boolean } | null;
  lastOnsetMs: number | null;
  /** Forecasts without a gap cover this time; an onset outside is nobody's miss. */
  covered: { fromMs: number; untilMs: number } | null;
  shown: ShownAlert | null;
}

/** A rule on a server of which nothing is known. */
export function startTrack(): AlertTrack {
  return {
    activeSinceMs: null,
    clearSinceMs: null,
    isOn: false,
    claim: null,
    settling: [],
    incident: null,
    lastOnsetMs: null,
    covered: null,
    shown: null,
  };
}
