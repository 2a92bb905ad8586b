// forewarn keys: who may call the daemon. A key is shown once; the data directory holds only its hash.
import type { Command } from "commander";
import { ForewarnError, makeDirectory, parseDuration } from "../../base/index.ts";
import type { KeyRing, Scope } from "../../server/index.ts";
import { addConfigFlags, type ConfigFlags, configOf } from "../config-flags.ts";
import type { Io } from "../io.ts";
import { printJson } from "../output/json.ts";
import { renderTable } from "../output/table.ts";

interface Flags extends ConfigFlags {
  scope: string[];
  servers?: string[];
  expires?: string;
  json?: boolean;
}

/** Adds `forewarn keys add|list|revoke`. */
export function register(program: Command, io: Io): void {
  const keys = program.command("keys").description("API keys of a daemon; a running one takes changes over at once");
  addConfigFlags(keys.command("add"))
    .description("make a key and print it, once")
    .argument("<name>", "what it is for")
    .option("--scope <scopes...>", "ingest, read, operate or admin; admin may operate, and operate may read", ["read"])
    .option("--servers <patterns...>", "servers whose rows it may send, such as 'web-*'; all without")
    .option("--expires <duration>", "how long it can be used; for ever without")
    .option("--json", "one JSON document: {key, info}")
    .addHelpText("after", "\nExample:\n  forewarn keys add agent --scope ingest --servers 'web-*' --data-dir var/\n")
    .action((name: string, flags: Flags) => add(name, flags, io));
  addConfigFlags(keys.command("list"))
    .description("list all keys, oldest first")
    .option("--json", "one JSON document: {keys: [...]}")
    .action((flags: Flags) => list(flags, io));
  addConfigFlags(keys.command("revoke"))
    .description("end a key")
    .argument("<id>", "its identifier, as in the list")
    .option("--json", "one JSON document: {revoked}")
    .action((id: string, flags: Flags) => revoke(id, flags, io));
}

async function add(name: string, flags: Flags, io: Io): Promise<void> {
  const { SCOPES } = await import("../../server/index.ts");
  const scopes = flags.scope
    .flatMap((text) => text.split(","))
    .map((text) => {
      if ((SCOPES as readonly string[]).includes(text)) return text as Scope;
      throw new ForewarnError(
        "usage_invalid",
        `--scope: Expected one of ${SCOPES.join(", ")}, got ${JSON.stringify(text)}`,
      );
    });
  if (name.length > 64) throw new ForewarnError("usage_invalid", "name: Expected at most 64 characters, got more");
  const servers = flags.servers?.flatMap((text) => text.split(","));
  if (servers !== undefined && !scopes.includes("ingest")) {
    throw new ForewarnError("usage_invalid", "--servers: Expected --scope ingest with it, since only rows are bound");
  }
  if (servers?.some((pattern) => pattern === "" || pattern.length > 256) || (servers?.length ?? 0) > 50) {
    throw new ForewarnError("usage_invalid", "--servers: Expected at most 50 patterns of 1 to 256 characters");
  }
  const ring = await openRing(flags, io);
  const lifeMs = flags.expires === undefined ? undefined : parseDuration(flags.expires, "--expires");
  const expiresAtMs = lifeMs === undefined ? undefined : io.now() + lifeMs;
  const made = ring.add(name, scopes, { expiresAtMs, servers });
  if (flags.json) return printJson(io, made);
  io.stdout(`${made.key}\n`);
  io.stderr(`key ${made.info.id} (${scopes.join(", ")}): keep it now, it cannot be shown again\n`);
}

async function list(flags: Flags, io: Io): Promise<void> {
  const keys = (await openRing(flags, io)).list();
  if (flags.json) return printJson(io, { keys });
  const rows = keys.map(({ id, name, scopes, servers, createdAt, expiresAt, revokedAt }) => {
    const end = revokedAt === null ? (expiresAt ?? "") : `revoked ${revokedAt}`;
    return [id, name, scopes.join(","), servers?.join(",") ?? "", createdAt, end];
  });
  io.stdout(
    renderTable(
      ["id", "name", "scopes", "servers", "created", "until"].map((title) => ({ title })),
      rows,
    ),
  );
}

async function revoke(id: string, flags: Flags, io: Io): Promise<void> {
  const revoked = (await openRing(flags, io)).revoke(id);
  if (!revoked)
    throw new ForewarnError("usage_invalid", `key: Expected one that can be used, got ${JSON.stringify(id)}`);
  if (flags.json) printJson(io, { revoked: id });
  else io.stdout(`revoked ${id}\n`);
}

async function openRing(flags: Flags, io: Io): Promise<KeyRing> {
  const { dataPaths } = await import("../../daemon/index.ts");
  const { openKeyRing } = await import("../../server/index.ts");
  const { dataDir } = (await configOf(flags)).config.store;
  makeDirectory(dataDir);
  return openKeyRing(dataPaths(dataDir).keys, io.now);
}
