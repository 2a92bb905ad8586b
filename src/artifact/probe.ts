// probe.safetensors: one small batch of inputs and the outputs that the model gave for it when it was trained. Running
// it again shows that weights, graph and machine still agree.
import { ForewarnError } from "../base/index.ts";
import { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.ts";

/** An output of the model: [windows, ...]. */
export interface ProbeOutput {
  shape: readonly number[];
  data: Float32Array;
}

/** A stored batch. Inputs by the name of their field in an InputBatch; outputs in the order of the model's outputs. */
export interface Probe {
  inputs: ReadonlyMap<string, Tensor>;
  outputs: readonly ProbeOutput[];
}

/** Encodes a probe; tensors are named `input.<name>` and `output.<index>`. */
export function encodeProbe(probe: Probe): Uint8Array<ArrayBuffer> {
  const inputs = [...probe.inputs].map(([name, tensor]) => [`input.${name}`, tensor] as const);
  const outputs = probe.outputs.map((output, index) => [`output.${index}`, { dtype: "F32", ...output }] as const);
  return encodeSafetensors(new Map<string, Tensor>([...inputs, ...outputs]));
}

/**
 * Decodes a probe.
 * @throws ForewarnError `safetensors_invalid` if it is damaged or its tensors are not inputs and F32 outputs of at least
 *   one window.
 */
export function decodeProbe(bytes: Uint8Array, where: string): Probe {
  const { tensors } = decodeSafetensors(bytes, where);
  const inputs = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith("input.")) inputs.set(name.slice("input.".length), tensor);
  }
  const outputs: ProbeOutput[] = [];
  for (let index = 0; index < tensors.size - inputs.size; index++) {
    const tensor = tensors.get(`output.${index}`);
    if (!(tensor?.data instanceof Float32Array) || tensor.data.length === 0) {
      const text = `${where}: Expected output.${index} of F32 with at least one window, got ${tensor?.dtype ?? "none"}`;
      throw new ForewarnError("safetensors_invalid", text);
    }
    outputs.push({ shape: tensor.shape, data: tensor.data });
  }
  if (outputs.length === 0 || inputs.size === 0) {
    throw new ForewarnError(
      "safetensors_invalid",
      `${where}: Expected inputs and outputs, got ${tensors.size} tensors`,
    );
  }
  return { inputs, outputs };
}
