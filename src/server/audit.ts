// Who changed what: one JSON line per event, on stable storage before the caller goes on.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { fileError, syncPathSync } from "../base/index.ts";

/** One event. Texts come from clients: they are cut and carry no secret. */
export interface AuditEntry {
  /** Name of the key, or `local` on an open daemon. */
  actor: string;
  address: string;
  /** Method and route, such as `POST /api/v1/models/:id/activate`. */
  action: string;
  /** What it was done to: the parameters of the path. */
  target: Readonly<Record<string, string>>;
  requestId: string;
  /** Null when it begins; the status of the answer when it is over. */
  status: number | null;
}

/** A log that is only added to. */
export interface AuditLog {
  /** @throws ForewarnError `disk_full`, `path_not_writable`: then nothing may be changed. */
  append(entry: AuditEntry): void;
  close(): void;
}

const LONGEST_TEXT = 256;

/**
 * Opens the log in `path`, which only its owner can read; makes the file if needed.
 * @throws ForewarnError `path_missing`, `path_not_writable`.
 */
export function openAuditLog(path: string, now: () => number): AuditLog {
  let fd: number | null = guarded(path, () => {
    const file = openSync(path, "a", 0o600);
    syncPathSync(dirname(path));
    return file;
  });
  return {
    append(entry) {
      if (fd === null) throw new Error(`${path}: Expected an open audit log`);
      const file = fd;
      const line = `${JSON.stringify({ time: new Date(now()).toISOString(), ...cut(entry) })}\n`;
      guarded(path, () => {
        writeSync(file, line);
        fsyncSync(file);
      });
    },
    close() {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}

function cut(entry: AuditEntry): AuditEntry {
  const target = Object.entries(entry.target).map(([name, value]) => [name, value.slice(0, LONGEST_TEXT)]);
  return { ...entry, actor: entry.actor.slice(0, LONGEST_TEXT), target: Object.fromEntries(target) };
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fileError(error, path);
  }
}
