// Training on a GPU through ONNX Runtime's WebGPU provider, which is experimental: its loss of the first batch must be
// the CPU's before it is trusted.
import { ForewarnError } from "../base/index.ts";
import { copyOf, openSingle } from "./single-trainer.ts";
import type { Trainer, TrainerOptions } from "./trainer.ts";

/** Losses further apart than this share of the CPU's are not rounding. */
const TOLERANCE = 1e-3;

/**
 * Opens a trainer on the GPU.
 * @throws ForewarnError `device_unavailable` when there is no adapter; its first step throws it when its loss is not the
 *   CPU's.
 */
export async function openOnGpu(options: TrainerOptions): Promise<Trainer> {
  const trainer = await openSingle(options).catch((cause: Error) => {
    const reason = /adapter/i.test(cause.message) ? "none" : cause.message;
    throw new ForewarnError("device_unavailable", `--device webgpu: Expected a GPU adapter, got ${reason}`, {
      hint: "install the GPU's Vulkan driver and see that vulkaninfo lists it, or train with --device cpu",
      cause,
    });
  });
  let isChecked = false;
  return {
    ...trainer,
    async step(batch, rates) {
      if (isChecked) return trainer.step(batch, rates);
      const expected = await firstLossOnCpu(options, batch, rates);
      const loss = await trainer.step(batch, rates);
      if (!(Math.abs(loss - expected) <= TOLERANCE * Math.abs(expected))) {
        const found = `Expected ${expected} as on the CPU, got ${loss}`;
        throw new ForewarnError("device_unavailable", `--device webgpu: loss of the first batch: ${found}`, {
          hint: "this GPU or its driver does not compute what the network needs: train with --device cpu",
        });
      }
      isChecked = true;
      return loss;
    },
  };
}

/** The loss of a batch with the first weights, which the CPU computes on a copy. */
async function firstLossOnCpu(options: TrainerOptions, ...[batch, rates]: Parameters<Trainer["step"]>) {
  await using trainer = await openSingle({ ...options, device: "cpu" });
  return await trainer.step(batch.map(copyOf), rates);
}
