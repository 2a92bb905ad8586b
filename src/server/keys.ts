// API keys: a JSON file that holds a SHA-256 of each, never the key. Keys have 256 random bits, so a plain hash is enough.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { ForewarnError, fileError, matchesGlob, writeFileAtomic } from "../base/index.ts";

/**
 * What a key may do. ingest: send rows. read: see everything. operate: acknowledge and silence, and read. admin: models
 * and reload, and what operate may. Only keys that say so may ingest.
 */
export const SCOPES = ["ingest", "read", "operate", "admin"] as const;
/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

const IMPLIED: Readonly<Record<Scope, readonly Scope[]>> = {
  ingest: ["ingest"],
  read: ["read"],
  operate: ["operate", "read"],
  admin: ["admin", "operate", "read"],
};

/** Names of servers in which `*` stands for any characters. */
const serversSchema = z.array(z.string().min(1).max(256)).min(1).max(50);
const entryFields = {
  id: z.string().regex(/^[0-9a-f]{16}$/),
  name: z.string().min(1).max(64),
  scopes: z.array(z.enum(SCOPES)).min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
};
const entrySchema = z.strictObject({ ...entryFields, servers: serversSchema.nullable() });
const fileSchema = z.discriminatedUnion("formatVersion", [
  z.strictObject({ formatVersion: z.literal(2), keys: z.array(entrySchema) }),
  // Of before keys were bound to servers.
  z.strictObject({ formatVersion: z.literal(1), keys: z.array(z.strictObject(entryFields)) }),
]);
type Entry = z.infer<typeof entrySchema>;

/** A key as it may be shown. */
export type KeyInfo = Omit<Entry, "sha256">;

/** What a key may be bound to. */
export interface KeyLimits {
  expiresAtMs?: number | undefined;
  /** Patterns of the servers whose rows it may send, such as `web-*`; rows of all servers without. */
  servers?: readonly string[] | undefined;
}

/** The keys of a daemon. */
export interface KeyRing {
  /** Makes a key. @returns The key itself, which is known only here, and its entry. */
  add(name: string, scopes: readonly Scope[], limits?: KeyLimits): { key: string; info: KeyInfo };
  /** All keys, revoked ones too, oldest first. */
  list(): KeyInfo[];
  /** Ends a key; it stays in the list. @returns False when there is no such key. */
  revoke(id: string): boolean;
  /** The key that a client sent, or null: unknown, expired or revoked. */
  find(key: string): KeyInfo | null;
  /** Whether a key that was found earlier can still be used. */
  isUsable(id: string): boolean;
  /** Whether any key can be used. */
  hasUsable(): boolean;
  /** Whether there was never a key: only then is a daemon on loopback open to everyone on the machine. */
  isEmpty(): boolean;
  /** Reads the file again if another process changed it. @throws ForewarnError `keys_invalid`. */
  refresh(): void;
}

/** Whether a key may do what needs `scope`. */
export function hasScope({ scopes }: Pick<KeyInfo, "scopes">, scope: Scope): boolean {
  return scopes.some((own) => IMPLIED[own].includes(scope));
}

/** Whether a caller may send rows of a server. @param key Null on an open daemon. */
export function mayWriteServer(key: Pick<KeyInfo, "servers"> | null, server: string): boolean {
  return key?.servers?.some((pattern) => matchesGlob(server, pattern)) ?? true;
}

/** Opens the key file; none is no key. @throws ForewarnError `keys_invalid`. */
export function openKeyRing(path: string, now: () => number): KeyRing {
  let entries: Entry[] = [];
  let stamp = "";

  const refresh = (): void => {
    const found = statSync(path, { throwIfNoEntry: false });
    const newStamp = found === undefined ? "" : `${found.ino} ${found.mtimeMs} ${found.size}`;
    if (newStamp === stamp) return;
    entries = found === undefined ? [] : readEntries(path);
    stamp = newStamp;
  };
  const save = (changed: Entry[]): void => {
    writeFileAtomic(path, `${JSON.stringify({ formatVersion: 2, keys: changed }, null, 2)}\n`);
    chmodSync(path, 0o600);
    refresh();
  };
  const isUsable = ({ expiresAt, revokedAt }: Entry): boolean =>
    revokedAt === null && (expiresAt === null || now() < Date.parse(expiresAt));

  refresh();
  return {
    add(name, scopes, { expiresAtMs, servers } = {}) {
      refresh();
      const id = randomBytes(8).toString("hex");
      const key = `fw_${id}_${randomBytes(32).toString("hex")}`;
      const expiresAt = expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString();
      const createdAt = new Date(now()).toISOString();
      const bounds = { createdAt, expiresAt, revokedAt: null, servers: servers === undefined ? null : [...servers] };
      const entry = { id, name, scopes: [...scopes], sha256: digest(key), ...bounds };
      save([...entries, entry]);
      return { key, info: withoutHash(entry) };
    },
    list: () => entries.map(withoutHash),
    revoke(id) {
      refresh();
      const isKnown = entries.some((entry) => entry.id === id && entry.revokedAt === null);
      const revokedAt = new Date(now()).toISOString();
      if (isKnown) save(entries.map((entry) => (entry.id === id ? { ...entry, revokedAt } : entry)));
      return isKnown;
    },
    find(key) {
      const id = /^fw_([0-9a-f]{16})_[0-9a-f]{64}$/.exec(key)?.[1];
      const entry = entries.find((one) => one.id === id);
      // Compared also for an unknown key, so that it takes the same time.
      const isSame = timingSafeEqual(Buffer.from(digest(key), "hex"), Buffer.from(entry?.sha256 ?? NO_DIGEST, "hex"));
      return entry !== undefined && isSame && isUsable(entry) ? withoutHash(entry) : null;
    },
    isUsable: (id) => entries.some((entry) => entry.id === id && isUsable(entry)),
    hasUsable: () => entries.some(isUsable),
    isEmpty: () => entries.length === 0,
    refresh,
  };
}

const NO_DIGEST = "0".repeat(64);

function readEntries(path: string): Entry[] {
  try {
    const file = fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return file.formatVersion === 2 ? file.keys : file.keys.map((entry) => ({ ...entry, servers: null }));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw fileError(cause, path);
    throw new ForewarnError("keys_invalid", `${path}: Expected a key file of format 1 or 2, got something else`, {
      hint: "restore it from a backup; while it is damaged nobody is let in",
    });
  }
}

function withoutHash({ sha256: _, ...info }: Entry): KeyInfo {
  return info;
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
