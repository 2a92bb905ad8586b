// Real monitoring programs as child processes on free ports of the loopback.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";

/** A program that answers HTTP. */
export interface RunningProgram {
  url: string;
  port: number;
  pid: number;
  /** Ends it and waits for its end. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

/** Where a program listens, and what it takes. */
export interface StartOptions {
  /** Of an earlier run, whose place it takes; any free one without. */
  port?: number;
  /** Whether Prometheus takes remote write. */
  receives?: boolean;
}

/** Whether all of these programs are installed; says which are not. */
export function areInstalled(...programs: readonly string[]): boolean {
  const missing = programs.filter((name) => spawnSync(name, ["--version"]).error !== undefined);
  if (missing.length > 0) console.log(`skipped: not installed: ${missing.join(", ")}`);
  return missing.length === 0;
}

/** Prometheus on the data of a directory. */
export function startPrometheus(
  directory: string,
  config: string,
  { port, receives = false }: StartOptions = {},
): Promise<RunningProgram> {
  const args = (port: number) => [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    "--storage.tsdb.retention.time=50y",
    ...(receives ? ["--web.enable-remote-write-receiver"] : []),
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  return start("prometheus", "/-/ready", args, port);
}

/** VictoriaMetrics, which starts with what its directory holds. @param flags More flags of it. */
export function startVictoriaMetrics(
  directory: string,
  flags: readonly string[] = [],
  { port }: Pick<StartOptions, "port"> = {},
): Promise<RunningProgram> {
  const args = (port: number) => [
    `-storageDataPath=${join(directory, "victoria")}`,
    "-retentionPeriod=1200",
    `-httpListenAddr=127.0.0.1:${port}`,
    ...flags,
  ];
  return start("victoria-metrics", "/health", args, port);
}

/** Alertmanager alone, with a receiver that nobody hears. */
export function startAlertmanager(
  directory: string,
  { port }: Pick<StartOptions, "port"> = {},
): Promise<RunningProgram> {
  const config = join(directory, "alertmanager.yml");
  writeFileSync(config, "route: { receiver: none }\nreceivers: [{ name: none }]\n");
  const args = (port: number) => [
    `--config.file=${config}`,
    `--storage.path=${join(directory, "alertmanager")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--cluster.listen-address=",
  ];
  return start("prometheus-alertmanager", "/-/ready", args, port);
}

/** vmagent with a scrape configuration, which sends what it scrapes to every URL and keeps it on disk meanwhile. */
export function startVmagent(
  directory: string,
  config: string,
  urls: readonly string[],
  { port }: Pick<StartOptions, "port"> = {},
): Promise<RunningProgram> {
  const args = (port: number) => [
    `-promscrape.config=${config}`,
    `-remoteWrite.tmpDataPath=${join(directory, "vmagent")}`,
    ...urls.map((url) => `-remoteWrite.url=${url}`),
    "-remoteWrite.flushInterval=1s",
    `-httpListenAddr=127.0.0.1:${port}`,
  ];
  return start("vmagent", "/health", args, port);
}

/** node_exporter of this machine. */
export function startNodeExporter(): Promise<RunningProgram> {
  return start("prometheus-node-exporter", "/", (port) => [`--web.listen-address=127.0.0.1:${port}`]);
}

async function start(
  program: string,
  readyPath: string,
  args: (port: number) => readonly string[],
  wantedPort?: number,
): Promise<RunningProgram> {
  const port = wantedPort ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(program, args(port), { stdio: "ignore" });
  const isReady = async () => (await fetch(`${url}${readyPath}`).catch(() => null))?.ok === true;
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`${program} ended before it was ready`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, port, pid: child.pid!, stop: () => stop(child, "SIGTERM"), kill: () => stop(child, "SIGKILL") };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "close");
  child.kill(signal);
  await ended;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
