// Files that appear whole or not at all: written under a temporary name, synced, renamed, and the folder synced.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { ForewarnError } from "./errors.ts";

/**
 * Writes a file atomically: readers see the old content or the new, never a part.
 * @throws ForewarnError `disk_full`, `path_not_writable` or `path_missing`; the temporary file is gone then.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeSynced(temporary, data);
    renameSync(temporary, path);
    syncPath(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
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
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    await fill(temporary);
    syncTree(temporary);
    renameSync(temporary, path);
    syncPath(dirname(path));
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw fileError(error, path);
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
    else syncPath(path);
  }
  syncPath(directory);
}

function syncPath(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
