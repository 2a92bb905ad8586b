import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const SCRIPT = new URL("../../test/support/gpu-losses.ts", import.meta.url).pathname;

// The losses on a GPU against the CPU's: test/real/gpu-training.test.ts.
test.runIf(process.platform === "linux")("training on a GPU without an adapter is refused with what to do", () => {
  const noAdapter = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
  const text = execFileSync(process.execPath, ["--import", "tsx", SCRIPT], {
    env: { ...process.env, ...noAdapter },
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
  });
  expect(JSON.parse(text)).toEqual({
    error: {
      code: "device_unavailable",
      message: "--device webgpu: Expected a GPU adapter, got none",
      hint: expect.stringContaining("--device cpu"),
    },
  });
});
