// The flags by which commands reach a Prometheus. Secrets come from the environment or from files, since the arguments
// of a process are there for everyone to read.
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { createRng, ForewarnError, fileError, formatDuration } from "../base/index.ts";
import type { PrometheusClient } from "../prometheus/index.ts";
import { httpHeader, httpUrl } from "./flags.ts";
import type { Io } from "./io.ts";

/** Values of the flags that {@link addPrometheusFlags} adds. */
export interface PrometheusFlags {
  user?: string;
  tokenFile?: string;
  caFile?: string;
  header?: string[];
}

/** What the help of such commands says about secrets. */
export const CREDENTIALS_HELP =
  "\nCredentials: --token-file or FOREWARN_PROMETHEUS_TOKEN (bearer); --user with FOREWARN_PROMETHEUS_PASSWORD or\n" +
  "FOREWARN_PROMETHEUS_PASSWORD_FILE (basic). A tenant: --header 'X-Scope-OrgID: team'.\n";

/** Adds the flags of a connection to a command. */
export function addPrometheusFlags(command: Command): Command {
  return command
    .option("--user <name>", "user of basic authentication; the password is FOREWARN_PROMETHEUS_PASSWORD")
    .option("--token-file <file>", "file with a bearer token; FOREWARN_PROMETHEUS_TOKEN without")
    .option("--ca-file <file>", "certificates (PEM) of the authorities to trust for https")
    .option(
      "--header <header>",
      "'Name: value' sent with every request; may be repeated",
      (text, all: string[] = []) => [...all, text],
    );
}

/**
 * The client of the database at `url`, with the credentials of flags and environment; Ctrl-C aborts its requests.
 * @param flag The flag that held the URL, for messages.
 * @throws ForewarnError `usage_invalid`, `path_missing`.
 */
export async function openPrometheus(
  url: string,
  flag: string,
  flags: PrometheusFlags,
  io: Io,
  signal: AbortSignal,
): Promise<PrometheusClient> {
  const { authorizationHeader, createPrometheusClient, httpTransport } = await import("../prometheus/index.ts");
  const { setTimeout: sleep } = await import("node:timers/promises");
  const base = httpUrl(url, flag).replace(/\/+$/, "");
  // A user chooses basic authentication, whatever token the environment has for others.
  const tokenOfOthers = flags.user === undefined ? secret("FOREWARN_PROMETHEUS_TOKEN") : undefined;
  const token = flags.tokenFile === undefined ? tokenOfOthers : readSecret(flags.tokenFile);
  const password = flags.user === undefined ? undefined : secret("FOREWARN_PROMETHEUS_PASSWORD");
  const authorization = authorizationHeader({
    ...(token !== undefined && { token }),
    ...(flags.user !== undefined && { user: flags.user }),
    ...(password !== undefined && { password }),
  });
  const certificates = flags.caFile === undefined ? undefined : readText(flags.caFile);
  return createPrometheusClient({
    url: base,
    headers: {
      ...Object.fromEntries((flags.header ?? []).map((header) => httpHeader(header, "--header"))),
      ...(authorization !== null && { authorization }),
    },
    transport: httpTransport(certificates),
    now: io.now,
    wait: async (ms, waiting) => void (await sleep(ms, undefined, waiting === undefined ? {} : { signal: waiting })),
    rng: createRng(io.now() >>> 0),
    onRetry: (reason, delayMs) => io.stderr(`${base}: ${reason}, again in ${formatDuration(Math.round(delayMs))}\n`),
    signal,
  });
}

/** Runs `body` until Ctrl-C, which is then an error `interrupted`. */
export async function untilInterrupted<Result>(body: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interruption = new AbortController();
  const interrupt = () =>
    interruption.abort(new ForewarnError("interrupted", "stopped by Ctrl-C; nothing was written"));
  process.once("SIGINT", interrupt);
  try {
    return await body(interruption.signal);
  } catch (error) {
    // A pause that was cut short tells only that it was; the reason is ours.
    if (interruption.signal.aborted) throw interruption.signal.reason;
    throw error;
  } finally {
    process.off("SIGINT", interrupt);
  }
}

/** A secret of the environment, or of the file that the variable with _FILE names. */
function secret(name: string): string | undefined {
  const file = process.env[`${name}_FILE`];
  return process.env[name] ?? (file === undefined ? undefined : readSecret(file));
}

function readSecret(path: string): string {
  return readText(path).trim();
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fileError(error, path);
  }
}
