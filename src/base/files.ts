// Files that appear whole or not at all: written under a temporary name, synced, renamed, and the folder synced. What a
// killed process of this machine left under a temporary name is removed by the next write into the same folder.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { ForewarnError } from "./errors.ts";
import { isProcessAlive } from "./process.ts";

/** `.NAME.PID.HOST.tmp`; a process of another machine cannot be seen from here, so its files are left alone. */
const TEMPORARY_NAME = /^\..+\.(\d+)\.([^.]+)\.tmp$/;
const HOST = hostname().replaceAll(/[^A-Za-z0-9-]/g, "-");

/**
 * Writes a file atomically: readers see the old content or the new, never a part.
 * @throws ForewarnError `disk_full`, `path_not_writable` or `path_missing`; the temporary file is gone then.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array): void {
  const temporary = temporaryPath(path);
  try {
    removeLeftovers(dirname(path));
    writeSynced(temporary, data);
    renameSync(temporary, path);
    syncPathSync(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw fileError(error, path);
  }
}

/**
 * Makes a directory atomically: `fill` writes into a temporary sibling, which is then synced and renamed to `path`.
 * When `fill` throws, nothing is left behind.
 * @throws ForewarnError `path_exists` if `path` is there already; what {@link writeFileAtomic} throws.
 */
export async function publishDirectory(path: string, fill: (directory: string) => Promise<void> | void): Promise<void> {
  if (existsSync(path)) throw new ForewarnError("path_exists", `${path}: Expected a new directory, but it exists`);
  const temporary = temporaryPath(path);
  try {
    makeDirectory(dirname(path));
    removeLeftovers(dirname(path));
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    await fill(temporary);
    syncTree(temporary);
    renameSync(temporary, path);
    syncPathSync(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw fileError(error, path);
  }
}

/**
 * Makes a directory and those above it that are missing; does nothing if it is there. Unlike `mkdirSync` with
 * `recursive` it also ends where the system denies a new directory with ENOENT, as below /proc.
 * @throws The system error; see {@link fileError}.
 */
export function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it in the meantime.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${HOST}.tmp`);
}

/** Removes the temporary files and directories of processes of this machine that are gone. */
function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) {
    const [, pid, host] = TEMPORARY_NAME.exec(name) ?? [];
    if (host === HOST && !isProcessAlive(Number(pid))) removeQuietly(join(directory, name));
  }
}

/** Clears up as far as that is possible; a failure here must not hide or cause the failure of the write itself. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It stays, hidden and under a temporary name.
  }
}

/** Turns a system error into a ForewarnError that says what to do; passes every other error through. */
export function fileError(error: unknown, path: string): unknown {
  if (error instanceof ForewarnError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return new ForewarnError("disk_full", `${path}: no space left on the device`, {
        hint: "free some space or choose another directory; nothing was left behind",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new ForewarnError("path_not_writable", `${path}: no permission to write here`, {
        hint: "choose a directory that you may write to",
        cause: error,
      });
    case "EEXIST":
    case "ENOTEMPTY":
      return new ForewarnError("path_exists", `${path}: a file is in the way, here or in a directory above`, {
        cause: error,
      });
    case "ENOENT":
    case "ENOTDIR":
      return new ForewarnError("path_missing", `${path}: no such file or directory`, { cause: error });
    default:
      return error;
  }
}

function writeSynced(path: string, data: string | Uint8Array): void {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  const fd = openSync(path, "w");
  try {
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(fd, bytes, offset);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function syncTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else syncPathSync(path);
  }
  syncPathSync(directory);
}

/** Puts a file, or the names in a directory, on stable storage. @throws The system error; see {@link fileError}. */
export function syncPathSync(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** {@link syncPathSync} beside the event loop. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
