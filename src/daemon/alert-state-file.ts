// The alert book on disk, with the notifications of its last tick: after a crash between the two they are offered to the
// outbox again, which drops what it knows.
import { type AlertBookState, type Notification, parseBookState } from "../alert/index.ts";
import { ForewarnError } from "../base/index.ts";
import { readLines, writeLines } from "./durable-lines.ts";

/** What is kept. */
export interface SavedAlerts {
  book: AlertBookState;
  notifications: readonly Notification[];
}

/** Stores the alerts. @throws ForewarnError `disk_full`, `path_not_writable`; the old file is still there then. */
export function saveAlerts(path: string, { book, notifications }: SavedAlerts): Promise<void> {
  return writeLines(path, linesOf(book, notifications));
}

/** Reads the alerts; null when there are none yet. @throws ForewarnError `alert_state_invalid`. */
export async function loadAlerts(path: string): Promise<SavedAlerts | null> {
  const lines = await readLines(path).catch((cause: unknown) => {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new ForewarnError("alert_state_invalid", `${path}: Expected lines of JSON, got something else`, { cause });
  });
  if (lines === null) return null;
  const [head, ...rest] = lines as Record<string, unknown>[];
  const all = (key: string): unknown[] => rest.filter((line) => key in line).map((line) => line[key]);
  const book = { ...head, alerts: all("alert"), ledger: all("ledger") };
  return { book: parseBookState(JSON.stringify(book), path), notifications: all("notification") as Notification[] };
}

function* linesOf({ alerts, ledger, ...head }: AlertBookState, notifications: readonly Notification[]) {
  yield head;
  for (const alert of alerts) yield { alert };
  for (const entry of ledger) yield { ledger: entry };
  for (const notification of notifications) yield { notification };
}
