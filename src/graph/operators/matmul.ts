// Matrix products. Transposes are folded into the product: Gemm for matrices, ONNX Runtime's FusedMatMul for batches.
import { apply, broadcastShapes, type Emitter, type Operator, type Shape, sameShape, type Tensor } from "../tensor.ts";
import { sumTo } from "./reduce.ts";
import { transpose } from "./shape.ts";

interface MatmulAttributes {
  transposeA: boolean;
  transposeB: boolean;
  alpha: number;
}

const matmulOperator: Operator = {
  name: "matmul",
  infer: ([a, b], attributes) => {
    const { transposeA, transposeB } = attributes as unknown as MatmulAttributes;
    const [m, k] = lastTwo(a!.shape, transposeA);
    const [k2, n] = lastTwo(b!.shape, transposeB);
    if (k !== k2) throw new Error(`matmul: inner lengths ${k} and ${k2} differ, [${a!.shape}] by [${b!.shape}]`);
    return [{ shape: [...broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m, n], type: "float32" }];
  },
  emit: (node, inputs, emitter) => {
    const { transposeA, transposeB, alpha } = node.attributes as unknown as MatmulAttributes;
    if (!transposeA && !transposeB && alpha === 1) return emitter.node("MatMul", inputs);
    const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: alpha } };
    if (node.inputs.every(({ shape }) => shape.length === 2)) return emitter.node("Gemm", inputs, { attributes });
    if (!emitter.portable) return emitter.node("FusedMatMul", inputs, { domain: "com.microsoft", attributes });
    const operands = inputs.map((name, i) =>
      (i === 0 ? transposeA : transposeB) ? swapLastTwo(name, node.inputs[i]!.shape.length, emitter) : name,
    );
    const product = emitter.node("MatMul", operands);
    return alpha === 1 ? product : emitter.node("Mul", [...product, emitter.float32([alpha], [])]);
  },
  gradient: (node, [dy]) => {
    const [a, b] = node.inputs as [Tensor, Tensor];
    const { transposeA: ta, transposeB: tb, alpha } = node.attributes as unknown as MatmulAttributes;
    const da = () => (ta ? matmul(b, dy!, tb, true, alpha) : matmul(dy!, b, false, !tb, alpha));
    const db = () => (tb ? matmul(dy!, a, true, ta, alpha) : matmul(a, dy!, !ta, false, alpha));
    return [
      a.requiresGradient ? sumTo(da(), a.shape) : undefined,
      b.requiresGradient ? sumTo(db(), b.shape) : undefined,
    ];
  },
};

const gemmOperator: Operator = {
  name: "gemm",
  infer: ([x, w, c], attributes) => {
    const transposeB = attributes["transposeB"] as boolean;
    const [k, n] = lastTwo(w!.shape, transposeB);
    if (x!.shape.length !== 2 || w!.shape.length !== 2 || x!.shape[1] !== k)
      throw new Error(`gemm: [${x!.shape}] does not fit [${w!.shape}]`);
    const shape = [x!.shape[0]!, n];
    if (!sameShape(broadcastShapes(c!.shape, shape), shape)) throw new Error(`gemm: [${c!.shape}] is not [${shape}]`);
    return [{ shape, type: "float32" }];
  },
  emit: (node, inputs, emitter) =>
    emitter.node("Gemm", inputs, { attributes: { transB: Number(node.attributes["transposeB"] as boolean) } }),
  gradient: (node, [dy]) => {
    const [x, w, c] = node.inputs as [Tensor, Tensor, Tensor];
    const tb = node.attributes["transposeB"] as boolean;
    return [
      x.requiresGradient ? matmul(dy!, w, false, !tb) : undefined,
      w.requiresGradient ? (tb ? matmul(dy!, x, true) : matmul(x, dy!, true)) : undefined,
      c.requiresGradient ? sumTo(dy!, c.shape) : undefined,
    ];
  },
};

/** From this many rows on, a matrix is transposed once and for all instead of within every product that wants it so. */
const LONG = 512;
const turnedMatrices = new WeakMap<Tensor, Tensor>();

/** The transposed matrix: one node, however often it is asked for. */
function turned(x: Tensor): Tensor {
  const known = turnedMatrices.get(x);
  if (known) return known;
  const result = transpose(x, [1, 0]);
  turnedMatrices.set(x, result);
  return result;
}

/** Batched matrix product alpha * op(a) op(b); op transposes the last two axes. [..., m, k] by [..., k, n] */
export function matmul(a: Tensor, b: Tensor, transposeA = false, transposeB = false, alpha = 1): Tensor {
  if (transposeA && a.shape.length === 2 && a.shape[0]! >= LONG) return matmul(turned(a), b, false, transposeB, alpha);
  return apply(matmulOperator, [a, b], { transposeA, transposeB, alpha });
}

/** x w + c for matrices, the addend broadcast: [m, k] [k, n] + [n] or [m, n]. `transposeB` reads w as [n, k]. */
export function gemm(x: Tensor, w: Tensor, c: Tensor, transposeB = false): Tensor {
  return apply(gemmOperator, [x, w, c], { transposeB });
}

function swapLastTwo(name: string, rank: number, emitter: Emitter): string {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return emitter.node("Transpose", [name], { attributes: { perm } })[0]!;
}

function lastTwo(shape: Shape, transposed: boolean): [number, number] {
  const rows = shape.at(-2);
  const columns = shape.at(-1);
  if (rows === undefined || columns === undefined) throw new Error(`matmul: Expected a matrix, got [${shape}]`);
  return transposed ? [columns, rows] : [rows, columns];
}
