// Figures of the daemon as a process: a full-fleet tick, its memory, and how fast reads are answered meanwhile.
//   tsx bench/daemon.bench.ts --model models/tft_... --servers 1000 [--steps 300]
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { intervalMs, parseContract } from "../src/contract/index.ts";
import { openEmbeddedStore, rowBatch } from "../src/store/index.ts";

const { values: flags } = parseArgs({
  options: {
    model: { type: "string" },
    servers: { type: "string", default: "1000" },
    steps: { type: "string", default: "300" },
  },
});
if (flags.model === undefined) throw new Error("--model: Expected a model directory");
const [servers, steps] = [Number(flags.servers), Number(flags.steps)];
/** Of one server each. */
const READS_PER_SECOND = 50;
const root = mkdtempSync(join(tmpdir(), "forewarn-bench-"));
const contract = parseContract(JSON.parse(readFileSync(join(flags.model, "contract.json"), "utf8")), "model");
const stepMs = intervalMs(contract);
const names = Array.from({ length: servers }, (_, i) => `server-${String(i).padStart(5, "0")}`);

/** Fills the store up to the present interval. */
async function fill(): Promise<void> {
  const store = await openEmbeddedStore(join(root, "var", "store"), contract, { windowMs: (steps + 600) * stepMs });
  const endMs = Math.floor(Date.now() / stepMs) * stepMs;
  const beganMs = performance.now();
  for (let step = 0; step < steps; step += 10) {
    const rows = Array.from({ length: Math.min(10, steps - step) }, (_, i) => step + i).flatMap((at) =>
      names.map((server, index) => ({
        server,
        timestampMs: endMs - (steps - at) * stepMs,
        metrics: Object.fromEntries(
          contract.metrics.map(({ name, min, max }, column) => {
            const middle = max === null ? (min ?? 0) + 10 : ((min ?? 0) + max) / 2;
            return [name, middle * (1 + 0.3 * Math.sin((at + index + column) / 20))];
          }),
        ),
      })),
    );
    for (let from = 0; from < rows.length; from += 20_000) {
      await store.write(rowBatch(contract, rows.slice(from, from + 20_000)));
    }
  }
  await store.close();
  print("rows stored", `${servers * steps} in ${((performance.now() - beganMs) / 1000).toFixed(1)} s`);
}

/** Starts the daemon, reads from it during its first tick, and stops it. */
async function measure(): Promise<void> {
  const main = new URL("../src/cli/main.ts", import.meta.url).pathname;
  const args = ["serve", "--models", join(root, "models"), "--data-dir", join(root, "var"), "--port", "0"];
  const beganMs = performance.now();
  const child = spawn(process.execPath, ["--import", "tsx", main, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, FOREWARN_STORE__WINDOW: `${Math.ceil(((steps + 600) * stepMs) / 3_600_000)}h` },
  });
  let tick: Record<string, unknown> | null = null;
  let url = "";
  let cpuAtReady = 0;
  const latenciesMs: number[] = [];
  const answers: Promise<void>[] = [];
  const read = async (): Promise<void> => {
    // At given times, whatever the answers before took: latencies count from when a read was due.
    const beganMs = performance.now();
    for (let i = 0; tick === null; i++) {
      const dueMs = beganMs + i * (1000 / READS_PER_SECOND);
      await sleep(Math.max(0, dueMs - performance.now()));
      answers.push(
        fetch(`${url}/api/v1/servers/${names[(i * 7919) % servers]}`).then(async (response) => {
          await response.text();
          latenciesMs.push(performance.now() - dueMs);
        }),
      );
    }
  };
  for await (const line of createInterface({ input: child.stderr })) {
    const entry = JSON.parse(line) as Record<string, unknown>;
    if (entry["message"] === "ready") {
      print("start to ready", `${((performance.now() - beganMs) / 1000).toFixed(1)} s`);
      url = entry["url"] as string;
      cpuAtReady = cpuSeconds(child.pid!);
      answers.push(read());
    } else if (entry["message"] === "tick") {
      tick = entry;
      print("processor time", `${(cpuSeconds(child.pid!) - cpuAtReady).toFixed(1)} s (all threads; reads included)`);
      break;
    } else if (entry["level"] !== "info") print(String(entry["level"]), line);
  }
  for (const answer of answers) await answer;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => `${latenciesMs[Math.floor(share * (latenciesMs.length - 1))]?.toFixed(1)} ms`;
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const memory = (name: string) => `${Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024)} MB`;
  print("tick", JSON.stringify(tick));
  print("memory", `${memory("VmRSS")} now, ${memory("VmHWM")} at most`);
  print("reads during it", `${latenciesMs.length}, p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`);
  const stopMs = performance.now();
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));
  const stored = readdirSync(join(root, "var", "forecasts"), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const bytes = stored.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  print("stored forecasts", `${(bytes / 1e6).toFixed(2)} MB a tick`);
  print("stop", `${((performance.now() - stopMs) / 1000).toFixed(1)} s`);
}

/** User and system time of a process, from /proc. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function print(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(18)} ${figure}\n`);
}

try {
  mkdirSync(join(root, "models"), { recursive: true });
  cpSync(flags.model, join(root, "models", basename(flags.model)), { recursive: true });
  await fill();
  await measure();
} finally {
  rmSync(root, { recursive: true });
}
