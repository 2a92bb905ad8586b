// Training steps on a real WebGPU adapter have the losses of the CPU. Chromium's software adapter will do, or one that
// VK_ICD_FILENAMES names. The provider writes to the console as it likes, so it runs in a process of its own.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";

const SCRIPT = new URL("../support/gpu-losses.ts", import.meta.url).pathname;
const CHROMIUM_ADAPTER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const MOST_MS = 180_000;

interface Outcome {
  cpu?: number[];
  gpu?: number[];
  error?: { message: string };
}

function outcome(): Outcome {
  const adapter = process.env["VK_ICD_FILENAMES"] ?? (existsSync(CHROMIUM_ADAPTER) ? CHROMIUM_ADAPTER : undefined);
  const text = execFileSync(process.execPath, ["--import", "tsx", SCRIPT], {
    env: { ...process.env, ...(adapter === undefined ? {} : { VK_ICD_FILENAMES: adapter }) },
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
    timeout: MOST_MS,
  });
  return JSON.parse(text) as Outcome;
}

test("training steps on a GPU have the losses of the CPU", { timeout: MOST_MS }, ({ skip }) => {
  const { cpu, gpu, error } = outcome();
  if (error) skip(`${error.message}: Chromium brings a software adapter, VK_ICD_FILENAMES can name another`);
  expect(gpu).toHaveLength(3);
  for (const [step, loss] of gpu!.entries()) expect(loss).toBeCloseTo(cpu![step]!, 4);
});
