// Real monitoring programs as child processes on free ports of the loopback.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";

/** A program that answers HTTP. */
export interface RunningProgram {
  url: string;
  /** Ends it and waits for its end. */
  stop(): Promise<void>;
}

/** Whether all of these programs are installed; says which are not. */
export function areInstalled(...programs: readonly string[]): boolean {
  const missing = programs.filter((name) => spawnSync(name, ["--version"]).error !== undefined);
  if (missing.length > 0) console.log(`skipped: not installed: ${missing.join(", ")}`);
  return missing.length === 0;
}

/** Prometheus on the data of a directory. */
export function startPrometheus(directory: string, config: string): Promise<RunningProgram> {
  return start("prometheus", "/-/ready", (port) => [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(directory, "data")}`,
    "--storage.tsdb.retention.time=50y",
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
}

/** VictoriaMetrics, which starts with what its directory holds. */
export function startVictoriaMetrics(directory: string): Promise<RunningProgram> {
  return start("victoria-metrics", "/health", (port) => [
    `-storageDataPath=${join(directory, "victoria")}`,
    "-retentionPeriod=1200",
    `-httpListenAddr=127.0.0.1:${port}`,
  ]);
}

/** node_exporter of this machine. */
export function startNodeExporter(): Promise<RunningProgram> {
  return start("prometheus-node-exporter", "/", (port) => [`--web.listen-address=127.0.0.1:${port}`]);
}

async function start(
  program: string,
  readyPath: string,
  args: (port: number) => readonly string[],
): Promise<RunningProgram> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(program, args(port), { stdio: "ignore" });
  const isReady = async () => (await fetch(`${url}${readyPath}`).catch(() => null))?.ok === true;
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`${program} ended before it was ready`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "close");
  child.kill();
  await ended;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
