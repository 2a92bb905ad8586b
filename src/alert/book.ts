// The alert book: every rule on every server. Forecasts and incidents in, notifications and closed claims out.
import { type AlertBookState, emptyBookState, type TrackedAlert } from "./book-state.ts";
import type { GroupOptions } from "./groups.ts";
import { fingerprint } from "./labels.ts";
import { type LedgerEntry, type TrackRecord, trackRecord } from "./ledger.ts";
import { advanceTrack } from "./lifecycle.ts";
import { alertLabels, type Notification } from "./notification.ts";
import { dueNotification } from "./notify.ts";
import { type OwnAlert, type OwnFault, reportFaults } from "./own-alerts.ts";
import { isQuietAt, type QuietTime, quietAt } from "./quiet.ts";
import { type AlertForecast, readForecast } from "./reading.ts";
import type { AlertRule } from "./rules.ts";
import { type Acknowledgement, type Incident, startTrack } from "./track.ts";

/** Settings of an alert book. */
export interface AlertBookOptions {
  rules: readonly AlertRule[];
  intervalMs: number;
  group: GroupOptions;
  /** How late an observation may come. */
  graceMs: number;
  /** A claim is useful when its onset comes at least this much later. */
  usefulLeadMs: number;
  /** Newest entries of the ledger that are kept. */
  ledgerEntries: number;
}

/** What is new since the last tick. */
export interface AlertTick {
  nowMs: number;
  /** At most one a server. */
  forecasts: readonly AlertForecast[];
  /** The incidents that last, of all watched events and servers, and those that ended since the last tick. */
  incidents: readonly Incident[];
}

/** What a tick leads to. */
export interface AlertUpdate {
  /** Every alert that stands and is not silenced, and those newly resolved. The outbox drops what was told already. */
  notifications: Notification[];
  closed: LedgerEntry[];
}

/** See {@link createAlertBook}. */
export interface AlertBook {
  /** Takes one evaluation. Ticks must not go back in time. */
  tick(tick: AlertTick): AlertUpdate;
  /** The same in pieces of some servers: a caller with other work to do may pause between them, never leave off. */
  advance(tick: AlertTick): Generator<void, AlertUpdate>;
  /**
   * Takes what is wrong with Forewarn itself; a fault that is no longer named is over. Apart from {@link tick}, since a
   * fault may be that there is nothing to tick with. @returns What lasts and is not silenced, and what is newly over.
   */
  report(faults: readonly OwnFault[], nowMs: number): Notification[];
  /** The faults that last. */
  ownAlerts(): readonly OwnAlert[];
  /** Fingerprints of the alerts that stand and were told, but are in a quiet time at this moment. */
  silenced(atMs: number): string[];
  /** Notes on the open claim that someone takes care of it. @returns False when there is no open claim. */
  acknowledge(rule: string, server: string, acknowledgement: Acknowledgement): boolean;
  /** Adds a quiet time, or replaces the one of this identifier (to end it early). */
  setQuiet(quiet: QuietTime): void;
  alerts(): readonly TrackedAlert[];
  quietTimes(): readonly QuietTime[];
  /** Newest last. */
  ledger(): readonly LedgerEntry[];
  record(rule: string): TrackRecord;
  /** Plain JSON; a book made from it goes on as if it had never stopped. */
  state(): AlertBookState;
  /** The state without a copy of it, to be written before the next tick: that of a large fleet is slow to copy. */
  peek(): AlertBookState;
}

/** A rule on a server that was not heard of for so long is forgotten, as are quiet times that ended so long ago. */
const FORGET_MS = 7 * 86_400_000;
/** Servers evaluated between two chances to pause. */
const PIECE_SERVERS = 32;

/** Makes an alert book that goes on from `state`; alerts of rules that are gone are resolved at the next tick. */
export function createAlertBook(options: AlertBookOptions, state: AlertBookState = emptyBookState()): AlertBook {
  const { rules, intervalMs, group, graceMs, usefulLeadMs, ledgerEntries } = options;
  const { groups, ledger, ...start } = structuredClone(state);
  let { nowMs, quietTimes, own } = start;
  /** By rule, then by server. */
  const alerts = new Map<string, Map<string, TrackedAlert>>(rules.map(({ id }) => [id, new Map()]));
  for (const tracked of start.alerts) {
    if (!alerts.has(tracked.rule)) alerts.set(tracked.rule, new Map());
    alerts.get(tracked.rule)!.set(tracked.server, tracked);
  }

  const record = (rule: string): TrackRecord => {
    const entries = ledger.filter((entry) => entry.rule === rule);
    return trackRecord(entries, usefulLeadMs);
  };

  function* evaluateRule(rule: AlertRule, tick: AlertTick): Generator<void, AlertUpdate> {
    const { nowMs } = tick;
    const tracked = alerts.get(rule.id)!;
    const forecasts = new Map(tick.forecasts.map((forecast) => [forecast.record.server, forecast]));
    const incidents = incidentsByServer(rule, tick.incidents);
    for (const server of forecasts.keys()) if (!tracked.has(server)) tracked.set(server, newAlert(rule, server));
    const closed: LedgerEntry[] = [];
    const isQuiet = new Map<TrackedAlert, boolean>();
    let servers = 0;
    for (const [server, alert] of tracked) {
      if (++servers % PIECE_SERVERS === 0) yield;
      const reading = takeForecast(alert, rule, forecasts.get(server), nowMs);
      const { isSilenced, inMaintenance } = quietAt(quietTimes, alert.labels, nowMs);
      isQuiet.set(alert, isSilenced || inMaintenance);
      const settleMs = rule.event.forSteps * intervalMs + graceMs;
      const input = { nowMs, reading, incidents: incidents.get(server) ?? [], settleMs, inMaintenance };
      for (const entry of advanceTrack(alert.track, rule, input)) closed.push({ ...entry, rule: rule.id, server });
      if (isForgotten(alert, nowMs)) tracked.delete(server);
    }
    ledger.push(...closed);
    const context = { rule, record: record(rule.id), groups, group, nowMs };
    const notifications: Notification[] = [];
    for (const [alert, quiet] of isQuiet) {
      if (++servers % PIECE_SERVERS === 0) yield;
      const notification = dueNotification(alert, quiet, context);
      if (notification !== null) notifications.push(notification);
    }
    return { notifications, closed };
  }

  /** Resolves and forgets the alerts of a rule that is no longer there. */
  const retireRule = (id: string, nowMs: number): Notification[] => {
    const context = { rule: null, record: record(id), groups, group, nowMs };
    const resolved = [...alerts.get(id)!.values()].map((alert) => {
      const { shown } = alert.track;
      if (shown) alert.track.shown = { ...shown, status: "resolved", changedAtMs: nowMs };
      return dueNotification(alert, false, context);
    });
    alerts.delete(id);
    return resolved.filter((notification) => notification !== null);
  };

  const trackedAlerts = () => [...alerts.values()].flatMap((servers) => [...servers.values()]);
  const peek = (): AlertBookState => ({
    formatVersion: 1,
    nowMs,
    alerts: trackedAlerts(),
    groups,
    quietTimes,
    own,
    ledger,
  });
  function* advance(tick: AlertTick): Generator<void, AlertUpdate> {
    nowMs = tick.nowMs;
    quietTimes = quietTimes.filter(({ untilMs }) => untilMs > tick.nowMs - FORGET_MS);
    const gone = [...alerts.keys()].filter((id) => !rules.some((rule) => rule.id === id));
    const update: AlertUpdate = { notifications: gone.flatMap((id) => retireRule(id, tick.nowMs)), closed: [] };
    for (const rule of rules) {
      const { notifications, closed } = yield* evaluateRule(rule, tick);
      update.notifications.push(...notifications);
      update.closed.push(...closed);
    }
    ledger.splice(0, Math.max(0, ledger.length - ledgerEntries));
    return update;
  }

  return {
    advance,
    tick(tick) {
      const pieces = advance(tick);
      for (;;) {
        const piece = pieces.next();
        if (piece.done) return piece.value;
      }
    },
    report(faults, reportMs) {
      const { alerts, notifications } = reportFaults(own, faults, quietTimes, reportMs);
      own = alerts;
      return notifications;
    },
    ownAlerts: () => own,
    silenced(atMs) {
      const told = [
        ...trackedAlerts().filter(({ notifiedId }) => notifiedId !== null),
        ...own.filter(({ isTold }) => isTold),
      ];
      return told.filter(({ labels }) => isQuietAt(quietTimes, labels, atMs)).map(({ labels }) => fingerprint(labels));
    },
    acknowledge(rule, server, acknowledgement) {
      const claim = alerts.get(rule)?.get(server)?.track.claim;
      if (claim) claim.acknowledgement = acknowledgement;
      return Boolean(claim);
    },
    setQuiet(quiet) {
      quietTimes = [...quietTimes.filter(({ id }) => id !== quiet.id), quiet];
    },
    alerts: trackedAlerts,
    quietTimes: () => quietTimes,
    ledger: () => ledger,
    record,
    state: () => structuredClone(peek()),
    peek,
  };
}

function newAlert(rule: AlertRule, server: string): TrackedAlert {
  return {
    rule: rule.id,
    server,
    serverLabels: {},
    labels: alertLabels(rule, server, {}),
    reading: null,
    track: startTrack(),
    group: null,
    notifiedId: null,
    lastSeenMs: Number.NEGATIVE_INFINITY,
  };
}

/** Reads the newest forecast, if there is one, and keeps what the text needs of it. */
function takeForecast(alert: TrackedAlert, rule: AlertRule, forecast: AlertForecast | undefined, nowMs: number) {
  if (!forecast) return null;
  alert.lastSeenMs = nowMs;
  // Labels are the identity of an alert: while receivers know it, they stay.
  if (alert.notifiedId === null) {
    alert.serverLabels = forecast.record.labels;
    alert.labels = alertLabels(rule, alert.server, forecast.record.labels);
  }
  const reading = readForecast(rule, forecast);
  alert.reading = reading ?? alert.reading;
  return reading;
}

function incidentsByServer({ event }: AlertRule, incidents: readonly Incident[]): Map<string, Incident[]> {
  const byServer = new Map<string, Incident[]>();
  for (const incident of incidents) {
    if (incident.event !== event.id) continue;
    const own = byServer.get(incident.server);
    if (own) own.push(incident);
    else byServer.set(incident.server, [incident]);
  }
  return byServer;
}

function isForgotten({ track, lastSeenMs }: TrackedAlert, nowMs: number): boolean {
  return nowMs - lastSeenMs > FORGET_MS && track.claim === null && track.settling.length === 0;
}
