// A daemon as a process of its own that is asked over HTTP, for tests that do it harm.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { type ForewarnProcess, startForewarn } from "../helpers/child.ts";
import { writeFastModel } from "../helpers/fast-model.ts";

/** Identifier of the model that {@link makeDaemonHome} writes. */
export const FAST_MODEL = "tft_20261123_120000";

/** Directories and configuration of a daemon. */
export interface DaemonHome {
  root: string;
  models: string;
  dataDir: string;
  configFile: string;
  remove(): void;
}

/** Makes a home with a model of one-second ticks. @param sections Configuration beside the directories and the port. */
export async function makeDaemonHome(sections: object = {}, dataDir?: string): Promise<DaemonHome> {
  const root = mkdtempSync(join(tmpdir(), "forewarn-daemon-"));
  const home = { root, models: join(root, "models"), dataDir: dataDir ?? join(root, "var") };
  await writeFastModel(home.models, FAST_MODEL);
  const configFile = join(root, "config.yaml");
  const own = {
    server: { port: 0 },
    store: { dataDir: home.dataDir },
    models: { directory: home.models },
    forecast: { delay: "100ms" },
    scoring: { every: "10s", grace: "2s", usefulLead: "1s", checkpoint: "5s" },
  };
  writeFileSync(configFile, stringify({ ...own, ...sections }));
  return { ...home, configFile, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** A running daemon. */
export interface ServedDaemon {
  url: string;
  child: ForewarnProcess;
  /** From the start of the process, its compilation included, until it was ready. */
  readyMs: number;
  /** JSON of a route. @throws Error for another answer than 200. */
  get<Answer>(path: string): Promise<Answer>;
  /** Value of a metric without labels. */
  metric(name: string): Promise<number>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** Starts `forewarn serve` and waits until it is ready. @param start Starts another daemon instead. */
export async function serve(
  { configFile }: Pick<DaemonHome, "configFile">,
  start: () => ForewarnProcess = () => startForewarn("serve", "--config", configFile),
): Promise<ServedDaemon> {
  const beganMs = performance.now();
  const child = start();
  await child.said('"message":"ready"');
  const url = /"message":"ready".*"url":"([^"]+)"/.exec(child.stderr())![1]!;
  while ((await fetch(`${url}/-/ready`)).status !== 200);
  const readyMs = performance.now() - beganMs;
  const text = async (path: string): Promise<string> => {
    const response = await fetch(`${url}${path}`).catch((cause: unknown) => {
      throw new Error(`${path}: no answer: ${child.stderr().slice(-4000)}`, { cause });
    });
    const body = await response.text();
    if (response.status !== 200) throw new Error(`${path}: Expected 200, got ${response.status} ${body}`);
    return body;
  };
  return {
    url,
    child,
    readyMs,
    get: async <Answer>(path: string) => JSON.parse(await text(path)) as Answer,
    async metric(name) {
      return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(await text("/metrics"))?.[1]);
    },
    async kill() {
      child.kill("SIGKILL");
      await child.ended;
    },
  };
}

/** Asks until a metric has a value. @throws Error when it has not after half a minute. */
export async function untilMetric(daemon: ServedDaemon, name: string, value: number): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  let got = Number.NaN;
  while (performance.now() < deadlineMs) {
    got = await daemon.metric(name);
    if (got === value) return;
    await sleep(100);
  }
  throw new Error(`${name}: Expected ${value}, got ${got}: ${daemon.child.stderr().slice(-2000)}`);
}

/** Median and longest of times in milliseconds, for a printed line. */
export function spanText(timesMs: readonly number[]): string {
  const sorted = [...timesMs].sort((a, b) => a - b);
  return `${Math.round(sorted[sorted.length >> 1]!)} ms (longest ${Math.round(sorted.at(-1)!)} ms)`;
}
