// One trainer per models directory. The lock is a file that names its owner; a lock whose process is gone is taken over.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ForewarnError, fileError, isProcessAlive, makeDirectory } from "../base/index.ts";

const LOCK_FILE = ".forewarn.lock";

/** A held lock; releasing it twice is harmless. */
export interface RegistryLock {
  release(): void;
  [Symbol.dispose](): void;
}

interface Owner {
  pid: number;
  host: string;
}

/**
 * Locks a models directory, making it if needed. Training holds the lock from its start until the model is published.
 * @throws ForewarnError `directory_locked` while another process (or another call in this one) holds it.
 */
export function lockRegistry(root: string): RegistryLock {
  const path = join(root, LOCK_FILE);
  try {
    makeDirectory(root);
    if (!createExclusive(path)) takeOver(path);
  } catch (error) {
    throw fileError(error, root);
  }
  const release = (): void => {
    if (holdsRegistryLock(root)) rmSync(path, { force: true });
  };
  return { release, [Symbol.dispose]: release };
}

/** Whether this process holds the lock of a models directory. */
export function holdsRegistryLock(root: string): boolean {
  const owner = readOwner(join(root, LOCK_FILE));
  return owner?.pid === process.pid && owner.host === hostname();
}

/** Makes a lock file that has its content from the first moment: written aside, then linked. */
function createExclusive(path: string): boolean {
  const written = `${path}.${process.pid}`;
  try {
    writeFileSync(written, JSON.stringify({ pid: process.pid, host: hostname() } satisfies Owner));
    linkSync(written, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(written, { force: true });
  }
}

/** Replaces a stale lock. A second file guards the replacement, so that of two racing processes one wins. */
function takeOver(path: string): void {
  const guard = `${path}.takeover`;
  if (isHeld(path)) throw locked(path);
  if (!createExclusive(guard) && !(removeStaleGuard(guard) && createExclusive(guard))) throw locked(path);
  try {
    if (isHeld(path)) throw locked(path);
    rmSync(path, { force: true });
    if (!createExclusive(path)) throw locked(path);
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * Removes the guard of a process that died in a take-over. It is moved aside first, so that of two processes that see
 * it only one removes it, and put back if a living process made it anew in the meantime.
 */
function removeStaleGuard(guard: string): boolean {
  if (isHeld(guard)) return false;
  const aside = `${guard}.${process.pid}`;
  try {
    renameSync(guard, aside);
    if (!isHeld(aside)) return true;
    linkSync(aside, guard);
    return false;
  } catch (error) {
    if (["ENOENT", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Whether the owner of a lock file is alive. That of another machine counts as alive: it cannot be seen from here. */
function isHeld(path: string): boolean {
  const owner = readOwner(path);
  return owner !== null && (owner.host !== hostname() || isProcessAlive(owner.pid));
}

function readOwner(path: string): Owner | null {
  try {
    const owner = JSON.parse(readFileSync(path, "utf8")) as Partial<Owner> | null;
    return typeof owner?.pid === "number" && typeof owner.host === "string"
      ? { pid: owner.pid, host: owner.host }
      : null;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function locked(path: string): ForewarnError {
  const owner = readOwner(path);
  const who = owner === null ? "another process" : `process ${owner.pid} on ${owner.host}`;
  return new ForewarnError("directory_locked", `${path}: Expected no other trainer, but ${who} holds this directory`, {
    hint: `wait for it, train into another directory with --out, or delete ${path} if that process is gone`,
  });
}
