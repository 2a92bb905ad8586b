import { expect, test } from "vitest";
import { decodeProbe, encodeProbe, type Probe } from "./probe.ts";
import { encodeSafetensors, type Tensor } from "./safetensors.ts";

const scalar = (value: number): Tensor & { data: Float32Array } => ({
  dtype: "F32",
  shape: [1],
  data: Float32Array.of(value),
});

test("a probe is read as it was written, outputs in order", () => {
  const outputs = Array.from({ length: 11 }, (_, index) => ({ shape: [1], data: Float32Array.of(index) }));
  const probe: Probe = { inputs: new Map([["past", scalar(1)]]), outputs };
  expect(decodeProbe(encodeProbe(probe), "probe")).toEqual(probe);
});

test.each<[string, [string, Tensor][]]>([
  ["nothing", []],
  ["no outputs", [["input.past", scalar(1)]]],
  ["no inputs", [["output.0", scalar(1)]]],
  [
    "a gap",
    [
      ["input.past", scalar(1)],
      ["output.1", scalar(1)],
    ],
  ],
  [
    "another tensor",
    [
      ["input.past", scalar(1)],
      ["output.0", scalar(1)],
      ["x", scalar(1)],
    ],
  ],
  [
    "an output without windows",
    [
      ["input.past", scalar(1)],
      ["output.0", { dtype: "F32", shape: [0], data: new Float32Array(0) }],
    ],
  ],
  [
    "an output of bytes",
    [
      ["input.past", scalar(1)],
      ["output.0", { dtype: "U8", shape: [1], data: Uint8Array.of(1) }],
    ],
  ],
])("a probe with %s is refused", (_name, tensors) => {
  const bytes = encodeSafetensors(new Map(tensors));
  expect(() => decodeProbe(bytes, "probe")).toThrow(expect.objectContaining({ code: "safetensors_invalid" }));
});
