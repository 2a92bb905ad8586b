// Arithmetic and bytes of a graph, operator by operator, as ONNX Runtime's profile tells their shapes; and the time that
// a machine of given rates would need for them.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSession, type TensorData } from "../src/graph/index.ts";
import type { MachineRates } from "./machine-rates.ts";

/** What one run of one operator costs. */
export interface OperatorCost {
  operator: string;
  flops: number;
  bytes: number;
  /** Time of its kernel in the profile, which adds a little of its own. */
  micros: number;
}

interface Event {
  cat: string;
  name: string;
  dur: number;
  args: {
    node_index: string;
    op_name: string;
    activation_size: string;
    parameter_size: string;
    output_size: string;
    input_type_shape: Record<string, number[]>[];
    output_type_shape: Record<string, number[]>[];
  };
}

/** Runs a model a few times under ONNX Runtime's profiler. */
export async function operatorCosts(
  model: Uint8Array,
  inputs: TensorData,
  outputs: readonly string[],
): Promise<OperatorCost[]> {
  const directory = mkdtempSync(join(tmpdir(), "forewarn-profile-"));
  try {
    const options = { threads: 1, optimisation: "disabled", profilePrefix: join(directory, "profile") } as const;
    const session = await openSession(model, options);
    for (let run = 0; run < 4; run++) await session.run(inputs, outputs);
    await session.close();
    const [file] = readdirSync(directory);
    return costsOf(readEvents(readFileSync(join(directory, file!), "utf8")));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Milliseconds of a step at the machine's rates: each operator takes its arithmetic or its bytes, whichever is longer. */
export function floorMs(costs: readonly OperatorCost[], { matmulGflops, memoryGbps }: MachineRates): number {
  return costs.reduce((sum, { flops, bytes }) => sum + Math.max(flops / matmulGflops, bytes / memoryGbps) / 1e6, 0);
}

/** Sums of the costs of all operators. */
export function totalCost(costs: readonly OperatorCost[]): { flops: number; bytes: number } {
  return costs.reduce((sum, { flops, bytes }) => ({ flops: sum.flops + flops, bytes: sum.bytes + bytes }), {
    flops: 0,
    bytes: 0,
  });
}

/** The profile is a JSON array, whose end is missing when the worker was ended first. */
function readEvents(text: string): Event[] {
  const lines = text.split("\n").map((line) => line.replace(/^\[|,$/g, ""));
  return lines.filter((line) => line.startsWith("{") && line.endsWith("}")).map((line) => JSON.parse(line) as Event);
}

/** Operators that only give a tensor another shape or name. */
const FREE = ["Reshape", "Unsqueeze", "Identity"];

/** One entry a node: its shapes never change, and its last run is warm. */
function costsOf(events: readonly Event[]): OperatorCost[] {
  const costs = new Map<string, OperatorCost>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
    costs.set(args.node_index, {
      operator: args.op_name,
      flops: flopsOf(args),
      bytes: FREE.includes(args.op_name)
        ? 0
        : Number(args.activation_size) + Number(args.parameter_size) + Number(args.output_size),
      micros: dur,
    });
  }
  return [...costs.values()];
}

/** Arithmetic of products; everything else counts by its bytes. */
function flopsOf({ op_name, input_type_shape, output_type_shape }: Event["args"]): number {
  const shape = (list: Record<string, number[]>[], i: number): number[] => Object.values(list[i] ?? {})[0] ?? [];
  const size = (dims: number[]): number => dims.reduce((a, b) => a * b, 1);
  if (["MatMul", "Gemm", "FusedMatMul"].includes(op_name)) {
    const output = shape(output_type_shape, 0);
    const inner = size(shape(input_type_shape, 0).slice(-2)) / output.at(-2)!;
    return 2 * size(output) * inner;
  }
  if (op_name === "LSTM") {
    const [steps, batch] = shape(input_type_shape, 0) as [number, number];
    return 2 * steps * batch * (size(shape(input_type_shape, 1)) + size(shape(input_type_shape, 2)));
  }
  return 0;
}
