// Long short-term memory over a sequence. Forward is ONNX Runtime's LSTM kernel. Backward recomputes the gates of all
// steps in two matrix products and runs only what is truly recurrent step by step, unrolled into small operators:
// two per step for the cell states and six for the gradients (a Scan costs several times more per step). WebGPU has no
// LSTM kernel: there the forward pass is unrolled as well.
import { applyAll, type Emitter, type Operator, type Shape, type Tensor } from "../tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { zeros } from "./leaves.ts";
import { gemm, matmul } from "./matmul.ts";
import { sumTo } from "./reduce.ts";
import { concat, emitConcat, emitSlice, reshape, slice, split } from "./shape.ts";
import { sigmoid, tanh } from "./unary.ts";

/** What an LSTM returns: hidden states of all steps, last hidden and last cell state. */
export interface LstmStates {
  sequence: Tensor; // [steps, batch, hidden]
  hidden: Tensor; // [batch, hidden]
  cell: Tensor; // [batch, hidden]
}

const lstmOperator: Operator = {
  name: "lstm",
  infer: ([x, , recurrent]) => {
    const [steps, batch] = x!.shape as [number, number];
    const hidden = recurrent!.shape[1]!;
    return [
      [steps, batch, hidden],
      [batch, hidden],
      [batch, hidden],
    ].map((shape) => ({ shape, type: "float32" }));
  },
  emit: (node, inputs, emitter) => {
    if (emitter.device === "webgpu") return emitUnrolled(node.inputs[0]!.shape, inputs, emitter);
    const [x, weight, recurrent, bias, hidden0, cell0] = inputs;
    const [steps, batch] = node.inputs[0]!.shape as [number, number];
    const hidden = node.inputs[2]!.shape[1]!;
    const lift = (name: string) => emitter.node("Unsqueeze", [name, emitter.int64([0])])[0]!;
    const fullBias = emitter.node("Concat", [bias!, emitter.float32(new Float32Array(4 * hidden))], {
      attributes: { axis: 0 },
    });
    const [sequence, lastHidden, lastCell] = emitter.node(
      "LSTM",
      [x!, lift(weight!), lift(recurrent!), lift(fullBias[0]!), "", lift(hidden0!), lift(cell0!)],
      { attributes: { hidden_size: hidden }, outputs: 3 },
    );
    const shaped = (name: string, shape: number[]) => emitter.node("Reshape", [name, emitter.int64(shape)])[0]!;
    return [
      shaped(sequence!, [steps, batch, hidden]),
      shaped(lastHidden!, [batch, hidden]),
      shaped(lastCell!, [batch, hidden]),
    ];
  },
  gradient: (node, [dSequence, dLastHidden, dLastCell]) => {
    const [x, weight, recurrent, bias, hidden0, cell0] = node.inputs as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const [steps, batch, width] = x.shape as [number, number, number];
    const hidden = recurrent.shape[1]!;
    const rows = steps * batch;
    const perStep = new Array<number>(steps).fill(1);

    const sequence = node.outputs[0]!;
    const previous =
      steps > 1 ? concat([reshape(hidden0, [1, batch, hidden]), slice(sequence, 0, 0, steps - 1)], 0) : hidden0;
    const previousRows = reshape(previous, [rows, hidden]);
    const inputRows = reshape(x, [rows, width]);
    const gates = gemm(inputRows, weight, gemm(previousRows, recurrent, bias, true), true); // [rows, 4 hidden], i o f g
    const [input, output, forget] = split(sigmoid(slice(gates, 1, 0, 3 * hidden)), 1, [hidden, hidden, hidden]) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const candidate = tanh(slice(gates, 1, 3 * hidden, 4 * hidden));

    const byStep = (t: Tensor) =>
      split(
        t,
        0,
        perStep.map(() => batch),
      ); // steps times [batch, ...]
    const forgetSteps = byStep(forget);
    const gainSteps = byStep(mul(input, candidate));
    const cells: Tensor[] = [cell0];
    for (let t = 0; t < steps; t++) cells.push(add(mul(forgetSteps[t]!, cells[t]!), gainSteps[t]!));
    const cell = concat(cells.slice(1), 0); // [rows, hidden]
    const cellBefore = concat(cells.slice(0, steps), 0);

    // Slopes of the four gates, so that a step's gradient is [dc, dh, dc, dc] times them.
    const squashed = tanh(cell);
    const slope = (s: Tensor) => sub(s, mul(s, s));
    const gateSlopes = byStep(
      concat(
        [
          mul(candidate, slope(input)),
          mul(squashed, slope(output)),
          mul(cellBefore, slope(forget)),
          sub(input, mul(input, mul(candidate, candidate))),
        ],
        1,
      ),
    );
    const cellSlopes = byStep(sub(output, mul(output, mul(squashed, squashed))));
    const outer = dSequence ? byStep(reshape(dSequence, [rows, hidden])) : undefined;

    let dHidden = dLastHidden ?? zeros([batch, hidden]);
    let dCell = dLastCell;
    const dGates: Tensor[] = [];
    for (let t = steps - 1; t >= 0; t--) {
      const later = dGates[0];
      const own = outer?.[t];
      if (later) dHidden = own ? gemm(later, recurrent, own) : matmul(later, recurrent);
      else if (own) dHidden = dLastHidden ? add(own, dHidden) : own;
      const through = mul(dHidden, cellSlopes[t]!);
      const carried = dCell && (later ? mul(dCell, forgetSteps[t + 1]!) : dCell);
      dCell = carried ? add(through, carried) : through;
      dGates.unshift(mul(concat([dCell, dHidden, dCell, dCell], 1), gateSlopes[t]!));
    }
    const dRows = concat(dGates, 0); // [rows, 4 hidden]
    return [
      x.requiresGradient ? reshape(matmul(dRows, weight), x.shape) : undefined,
      matmul(dRows, inputRows, true),
      matmul(dRows, previousRows, true),
      sumTo(dRows, bias.shape),
      hidden0.requiresGradient ? matmul(dGates[0]!, recurrent) : undefined,
      cell0.requiresGradient ? mul(dCell!, forgetSteps[0]!) : undefined,
    ];
  },
};

/** The forward pass step by step, for devices without an LSTM kernel. */
function emitUnrolled(shape: Shape, inputs: readonly string[], emitter: Emitter): string[] {
  const [x, weight, recurrent, bias, hidden0, cell0] = inputs as [string, string, string, string, string, string];
  const [steps, batch, width] = shape as [number, number, number];
  const one = (opType: string, ...operands: string[]): string => emitter.node(opType, operands)[0]!;
  const product = (...operands: string[]): string => emitter.node("Gemm", operands, { attributes: { transB: 1 } })[0]!;
  const ofInputs = product(one("Reshape", x, emitter.int64([steps * batch, width])), weight, bias);
  let [hidden, cell] = [hidden0, cell0];
  const sequence: string[] = [];
  for (let t = 0; t < steps; t++) {
    const gates = product(hidden, recurrent, emitSlice(ofInputs, 0, t * batch, (t + 1) * batch, emitter));
    const [input, output, forget, candidate] = emitter.node("Split", [gates], {
      attributes: { axis: 1 },
      outputs: 4,
    }) as [string, string, string, string];
    const gain = one("Mul", one("Sigmoid", input), one("Tanh", candidate));
    cell = one("Add", one("Mul", one("Sigmoid", forget), cell), gain);
    hidden = one("Mul", one("Sigmoid", output), one("Tanh", cell));
    sequence.push(hidden);
  }
  const states = one("Reshape", emitConcat(sequence, 0, emitter), emitter.int64([steps, batch, -1]));
  return [states, hidden, cell];
}

/**
 * LSTM over time-major input (Hochreiter and Schmidhuber 1997), gates in ONNX's order input, output, forget, cell.
 * @param x         [steps, batch, width]
 * @param weight    [4 hidden, width]
 * @param recurrent [4 hidden, hidden]
 * @param bias      [4 hidden]
 * @param hidden0   [batch, hidden]
 * @param cell0     [batch, hidden]
 */
export function lstm(
  x: Tensor,
  weight: Tensor,
  recurrent: Tensor,
  bias: Tensor,
  hidden0: Tensor,
  cell0: Tensor,
): LstmStates {
  const [sequence, hidden, cell] = applyAll(lstmOperator, [x, weight, recurrent, bias, hidden0, cell0]);
  return { sequence: sequence!, hidden: hidden!, cell: cell! };
}
