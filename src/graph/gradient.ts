// Reverse-mode differentiation: a graph in, a graph of its gradients out.
import { add } from "./operators/arithmetic.ts";
import { constant } from "./operators/leaves.ts";
import { type Node, sizeOf, type Tensor } from "./tensor.ts";

/** Nodes that `tensors` depend on, each after its inputs. */
export function topologicalOrder(tensors: readonly Tensor[]): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  const stack = tensors.map(({ node }) => ({ node, next: 0 })).reverse();
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const input = done.has(top.node) ? undefined : top.node.inputs[top.next++];
    if (input) {
      if (!done.has(input.node)) stack.push({ node: input.node, next: 0 });
      continue;
    }
    stack.pop();
    if (!done.has(top.node)) {
      done.add(top.node);
      order.push(top.node);
    }
  }
  return order;
}

/**
 * Gradients of a scalar with respect to tensors.
 * @param loss A tensor of one element.
 * @returns One tensor per entry of `wanted`, of its shape.
 * @throws Error when a wanted tensor does not influence the loss, or an operator on the way has no gradient.
 */
export function gradients(loss: Tensor, wanted: readonly Tensor[]): Tensor[] {
  if (sizeOf(loss.shape) !== 1) throw new Error(`gradients: Expected a scalar loss, got [${loss.shape}]`);
  const table = new Map<Node, (Tensor | undefined)[]>();
  const accumulate = (tensor: Tensor, gradient: Tensor): void => {
    const slots = table.get(tensor.node) ?? tensor.node.outputs.map(() => undefined);
    const before = slots[tensor.index];
    slots[tensor.index] = before ? add(before, gradient) : gradient;
    table.set(tensor.node, slots);
  };
  accumulate(loss, constant([1], loss.shape));
  for (const node of topologicalOrder([loss]).reverse()) {
    const outputGradients = table.get(node);
    if (!outputGradients || !node.operator.gradient || !node.inputs.some((t) => t.requiresGradient)) continue;
    for (const [i, gradient] of node.operator.gradient(node, outputGradients).entries()) {
      const input = node.inputs[i]!;
      if (gradient && input.requiresGradient) accumulate(input, gradient);
    }
  }
  return wanted.map((tensor) => {
    const gradient = table.get(tensor.node)?.[tensor.index];
    if (gradient) return gradient;
    const name = String(tensor.node.attributes["name"] ?? tensor.node.operator.name);
    throw new Error(`${name}: does not influence the loss, so it would never be trained`);
  });
}
