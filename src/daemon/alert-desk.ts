// The alerts of the daemon: rules and book, what must be saved before anyone is told, and the delivery.
import { renameSync } from "node:fs";
import { join } from "node:path";
import {
  type AlertBook,
  type AlertBookState,
  type AlertConfig,
  type AlertRule,
  type AlertUpdate,
  createAlertBook,
  createChannels,
  createDispatcher,
  type DeliveryProblem,
  type DeliveryStatus,
  emptyBookState,
  type Notification,
  type OwnFault,
  openOutbox,
  type Post,
  watchedEvents,
} from "../alert/index.ts";
import { createRng, ForewarnError, parseDuration } from "../base/index.ts";
import { type Contract, intervalMs } from "../contract/index.ts";
import type { AlertDesk, ServedForecast } from "../server/index.ts";
import type { Series } from "../store/index.ts";
import { loadAlerts, saveAlerts } from "./alert-state-file.ts";
import { createBreather } from "./breather.ts";
import { createIncidentWatch, type IncidentWatch, lastingIncidents } from "./incidents.ts";

/** What a desk needs. */
export interface AlertDeskOptions {
  directory: string;
  contract: Contract;
  config: AlertConfig;
  rules: readonly AlertRule[];
  /** Distance of evaluations. */
  everyMs: number;
  graceMs: number;
  usefulLeadMs: number;
  externalUrl: string;
  post: Post;
  now: () => number;
  /** For the jitter of pauses between deliveries. */
  seed: number;
  onProblem: (problem: DeliveryProblem) => void;
  /** Called with what was wrong with the saved state, and where it was put. */
  onDamage: (message: string) => void;
}

/** The desk with what only the daemon may do. */
export interface OwnAlertDesk extends AlertDesk {
  rules(): readonly AlertRule[];
  /** Goes on under other rules: those of another model. */
  setRules(rules: readonly AlertRule[]): void;
  /** Looks for incidents in the newest values of a server; for all servers, before {@link evaluate}. */
  visit(series: Series): void;
  /** Takes one tick: decides, saves, and hands over to the outbox. @throws ForewarnError `disk_full` and the like. */
  evaluate(
    boundaryMs: number,
    forecasts: readonly ServedForecast[],
    faults?: readonly OwnFault[],
  ): Promise<AlertUpdate>;
  /** Takes a tick that could not be made: only the faults of Forewarn itself are known. @returns What is told. */
  report(faults: readonly OwnFault[]): Promise<Notification[]>;
  /** Sends what is due. */
  deliver(): Promise<void>;
  delivery(): DeliveryStatus[];
  close(): Promise<void>;
}

/** Entries of the ledger that are kept: months of a large fleet. */
const LEDGER_ENTRIES = 20_000;
const DEFAULT_GROUP_WINDOW_MS = 15 * 60_000;

/** Opens the alerts of a data directory. A damaged state is set aside, never deleted. @throws File errors. */
export async function openAlertDesk(options: AlertDeskOptions): Promise<OwnAlertDesk> {
  const { directory, contract, config, graceMs, usefulLeadMs, now } = options;
  const stateFile = join(directory, "alerts.ndjson");
  const outboxFile = join(directory, "outbox.ndjson");
  const stepMs = intervalMs(contract);
  const group = {
    by: config.group?.by ?? contract.labels.slice(0, 1).map(({ name }) => name),
    windowMs: config.group ? parseDuration(config.group.window, "alerts.group.window") : DEFAULT_GROUP_WINDOW_MS,
  };
  const setAside = (path: string) => (error: unknown) => {
    if (!(error instanceof ForewarnError) || error.code !== "alert_state_invalid") throw error;
    renameSync(path, `${path}.damaged-${now()}`);
    options.onDamage(`${error.message}; moved to ${path}.damaged-${now()}`);
    return null;
  };
  const saved = await loadAlerts(stateFile).catch(setAside(stateFile));
  const destinations = config.destinations.map(({ name }) => name);
  const open = () => openOutbox(outboxFile, destinations, now());
  const outbox = (await Promise.resolve().then(open).catch(setAside(outboxFile))) ?? open();
  const channels = createChannels(config.destinations, {
    externalUrl: options.externalUrl,
    intervalMs: options.everyMs,
    post: options.post,
  });
  const rng = createRng(options.seed);
  const dispatcher = createDispatcher({ channels, outbox, now, rng, onProblem: options.onProblem });

  let rules = options.rules;
  const makeBook = (state: AlertBookState): AlertBook =>
    createAlertBook({ rules, intervalMs: stepMs, group, graceMs, usefulLeadMs, ledgerEntries: LEDGER_ENTRIES }, state);
  const makeWatch = (of: AlertBook, sinceMs: number): IncidentWatch => {
    const events = watchedEvents(rules);
    const columns = events.map(({ metric }) => contract.metrics.findIndex(({ name }) => name === metric));
    const lasting = lastingIncidents(of.alerts(), (id) => rules.find((rule) => rule.id === id)?.event.id);
    return createIncidentWatch({ events, columns, intervalMs: stepMs, sinceMs, lasting });
  };
  let sinceMs = saved?.book.nowMs ?? now();
  let book = makeBook(saved?.book ?? emptyBookState());
  let watch = makeWatch(book, sinceMs);
  /** Told by the book but not yet in the outbox; by fingerprint the newest. */
  const waiting = new Map((saved?.notifications ?? []).map((one) => [one.fingerprint, one]));
  if (waiting.size > 0) outbox.put([...waiting.values()], sinceMs);
  waiting.clear();

  let turn: Promise<unknown> = Promise.resolve();
  let evaluation: Promise<unknown> = Promise.resolve();
  const save = (notifications: readonly Notification[]): Promise<void> => {
    const result = turn.then(() => saveAlerts(stateFile, { book: book.peek(), notifications }));
    turn = result.catch(() => undefined);
    return result;
  };

  // The book must not go back in time, whatever the clock does.
  const bookMs = (): number => Math.max(now(), book.peek().nowMs ?? Number.NEGATIVE_INFINITY);
  /** Saves the book with what it told, and hands that over. */
  const tell = async (notifications: readonly Notification[], nowMs: number): Promise<void> => {
    for (const notification of notifications) waiting.set(notification.fingerprint, notification);
    await save([...waiting.values()]);
    outbox.put([...waiting.values()], nowMs);
    outbox.silence(book.silenced(nowMs), nowMs);
    waiting.clear();
  };

  return {
    get book() {
      return book;
    },
    // A book in the middle of an evaluation is no state to go on from.
    save: () =>
      evaluation.then(async () => {
        await save([...waiting.values()]);
        outbox.silence(book.silenced(now()), now());
      }),
    outbox() {
      const oldest = destinations.map((name) => outbox.oldestPendingMs(name)).filter((ms) => ms !== null);
      const pending = destinations
        .flatMap((name) => outbox.items(name))
        .filter(({ deliveredAtMs, silencedAtMs }) => deliveredAtMs === null && silencedAtMs === null);
      return { pending: pending.length, oldestPendingMs: oldest.length === 0 ? null : Math.min(...oldest) };
    },
    rules: () => rules,
    setRules(next) {
      rules = next;
      book = makeBook(book.state());
      watch = makeWatch(book, sinceMs);
    },
    visit: (series) => watch.visit(series),
    async evaluate(boundaryMs, forecasts, faults = []) {
      const nowMs = bookMs();
      const pieces = book.advance({ nowMs, forecasts, incidents: watch.take(boundaryMs) });
      const evaluated = inSlices(pieces);
      evaluation = evaluated.catch(() => undefined);
      const update = await evaluated;
      sinceMs = boundaryMs;
      const notifications = [...update.notifications, ...book.report(faults, nowMs)];
      await tell(notifications, nowMs);
      return { ...update, notifications };
    },
    async report(faults) {
      const nowMs = bookMs();
      const notifications = book.report(faults, nowMs);
      await tell(notifications, nowMs);
      return notifications;
    },
    async deliver() {
      if (dispatcher.nextDueMs() <= now()) await dispatcher.run();
    },
    delivery: () => dispatcher.status(),
    async close() {
      await turn;
      outbox.close();
    },
  };
}

/** Runs through the pieces of a result, with a turn of the event loop whenever a slice of time is used up. */
async function inSlices<Result>(pieces: Generator<void, Result>): Promise<Result> {
  const breathe = createBreather();
  for (;;) {
    const piece = pieces.next();
    if (piece.done) return piece.value;
    await breathe();
  }
}
