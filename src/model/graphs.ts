// The model's graphs: one definition of the network, as a training step, as an evaluation of the loss and as an
// inference model.
import {
  type AdamOptions,
  adamStep,
  adamUpdate,
  add,
  type Device,
  emitModel,
  flatGradient,
  input,
  layOut,
  mul,
  type ParameterSlot,
  scalar,
  type Tensor,
} from "../graph/index.ts";
import type { Architecture, ModelDimensions } from "./architecture.ts";
import { hazardReadings, meanOf } from "./breach-head.ts";
import { pinballLoss, survivalLoss } from "./loss.ts";
import { createParameters, type Declaration } from "./parameters.ts";
import { candidateHead, directHead, orderQuantiles } from "./quantile-head.ts";
import { DROPOUT_SITES, type TftStates, temporalFusionTransformer } from "./tft.ts";

/** Weight of the survival loss beside the pinball loss. */
const BREACH_LOSS_WEIGHT = 0.2;

interface Network {
  declarations: readonly Declaration[];
  states: TftStates;
  quantiles: Tensor; // [futureTokens, batch, T, Q, P]
  hazards: Tensor[] | undefined; // readings, each [batch, R, G]
}

function buildNetwork(
  architecture: Architecture,
  dimensions: ModelDimensions,
  batch: number,
  training: boolean,
): Network {
  const parameters = createParameters();
  const sum = (widths: readonly number[]) => widths.reduce((a, b) => a + b, 0);
  const { pastTokens, futureTokens, knownWidths, targets, candidates, patchSteps, rules, groupEnds, windowOffsets } =
    dimensions;
  const states = temporalFusionTransformer(
    {
      past: input("past", [batch, pastTokens, sum(dimensions.pastWidths) + sum(knownWidths)]),
      future: input("future", [batch, futureTokens, sum(knownWidths)]),
      static: input("static", [batch, sum(dimensions.staticWidths)]),
      dropout:
        training && architecture.dropout > 0
          ? input("dropout", [DROPOUT_SITES, batch, architecture.hidden])
          : undefined,
    },
    architecture,
    dimensions,
    parameters,
  );
  const levels = architecture.quantiles.length;
  const head = parameters.scope("quantiles");
  const quantiles =
    architecture.head === "direct"
      ? directHead(states.decoder, levels, dimensions, head)
      : candidateHead(
          states.decoder,
          input("candidates", [batch, futureTokens, targets, candidates, patchSteps]),
          windowOffsets ? input("offsetUnit", [batch, targets]) : undefined,
          levels,
          dimensions,
          head,
        );
  const features = () => input("breachFeatures", [batch, rules, groupEnds.length, dimensions.breachFeatures]);
  const hazards =
    rules > 0 ? hazardReadings(states.decoder, features(), dimensions, parameters.scope("breach")) : undefined;
  return { declarations: parameters.declarations, states, quantiles, hazards };
}

/** The parameters of a model: what model.safetensors must hold, in order. */
export function declareParameters(architecture: Architecture, dimensions: ModelDimensions): readonly Declaration[] {
  return buildNetwork(architecture, dimensions, 1, false).declarations;
}

/** An emitted graph over the flat parameter vector. */
export interface VectorGraph {
  model: Uint8Array<ArrayBuffer>;
  slots: readonly ParameterSlot[];
  total: number;
  carry: Record<string, string>;
}

/** The training step: forward, backward, clipping and update in one run. Outputs: loss, gradientNorm. */
export function trainingGraph(
  architecture: Architecture,
  dimensions: ModelDimensions,
  batch: number,
  optimiser: AdamOptions,
  device: Device = "cpu",
): VectorGraph {
  const network = buildNetwork(architecture, dimensions, batch, true);
  const tensors = network.declarations.map(({ tensor }) => tensor);
  const { outputs, carry } = adamStep(lossOf(network, architecture, dimensions, batch).loss, tensors, optimiser);
  const layout = layOut(tensors);
  return {
    model: emitModel({ outputs, device, parameters: { kind: "vector", name: "p", ...layout } }),
    ...layout,
    carry,
  };
}

/**
 * A replica's part of a training step: the gradient of its windows. Its loss is the mean over the windows of all replicas
 * when pinballShare and survivalShare are its shares of their weights and of their groups at risk.
 * Outputs: loss, gradient.
 */
export function gradientGraph(architecture: Architecture, dimensions: ModelDimensions, batch: number): VectorGraph {
  const network = buildNetwork(architecture, dimensions, batch, true);
  const tensors = network.declarations.map(({ tensor }) => tensor);
  const { pinball, survival } = lossOf(network, architecture, dimensions, batch);
  const loss = weighLosses(
    mul(pinball, input("pinballShare", [])),
    survival && mul(survival, input("survivalShare", [])),
  );
  const outputs = { loss, gradient: flatGradient(loss, tensors) };
  const layout = layOut(tensors);
  return { model: emitModel({ outputs, parameters: { kind: "vector", name: "p", ...layout } }), ...layout, carry: {} };
}

/** The rest of a training step: the update by the sum of the replicas' gradients gradient0, gradient1, ... */
export function updateGraph(
  total: number,
  replicas: number,
  optimiser: AdamOptions,
): Pick<VectorGraph, "model" | "carry"> {
  const parts = Array.from({ length: replicas }, (_, rank) => input(`gradient${rank}`, [total]));
  const { outputs, carry } = adamUpdate(parts.reduce(add), optimiser);
  return { model: emitModel({ outputs, parameters: { kind: "initialisers", values: new Map() } }), carry };
}

/** The loss of a batch without training. Outputs: loss, pinball, survival (where there are breach rules). */
export function lossGraph(architecture: Architecture, dimensions: ModelDimensions, batch: number): VectorGraph {
  const network = buildNetwork(architecture, dimensions, batch, false);
  const layout = layOut(network.declarations.map(({ tensor }) => tensor));
  const outputs = lossOf(network, architecture, dimensions, batch);
  return { model: emitModel({ outputs, parameters: { kind: "vector", name: "p", ...layout } }), ...layout, carry: {} };
}

/** Options of {@link inferenceGraph}. */
export interface InferenceOptions {
  /** Also put out selection weights and attention. */
  explain?: boolean;
  /** Only operators of the ONNX standard. */
  portable?: boolean;
  metadata?: Record<string, string>;
}

/**
 * The inference model with its weights inside.
 * Outputs: quantiles [batch, horizon, T, Q] ascending in scaled space; hazardLogits [batch, R, G] where there are rules;
 * with `explain` staticWeights, pastWeights, futureWeights and attention (shapes: TftStates).
 */
export function inferenceGraph(
  architecture: Architecture,
  dimensions: ModelDimensions,
  batch: number,
  weights: ReadonlyMap<string, Float32Array>,
  { explain = false, portable = false, metadata = {} }: InferenceOptions = {},
): Uint8Array<ArrayBuffer> {
  const { states, quantiles, hazards } = buildNetwork(architecture, dimensions, batch, false);
  const { staticWeights, pastWeights, futureWeights, attention } = states;
  return emitModel({
    outputs: {
      quantiles: orderQuantiles(quantiles),
      ...(hazards ? { hazardLogits: meanOf(hazards) } : {}),
      ...(explain ? { staticWeights, pastWeights, futureWeights, attention } : {}),
    },
    parameters: { kind: "initialisers", values: weights },
    portable,
    metadata,
  });
}

function lossOf(
  { quantiles, hazards }: Network,
  { quantiles: levels }: Architecture,
  { futureTokens, targets, patchSteps, rules, groupEnds }: ModelDimensions,
  batch: number,
): { loss: Tensor; pinball: Tensor; survival?: Tensor } {
  const shape = [batch, futureTokens, targets, patchSteps];
  const pinball = pinballLoss(quantiles, input("target", shape), input("weight", shape), levels);
  if (!hazards) return { loss: pinball, pinball };
  const labels = [batch, rules, groupEnds.length];
  const [event, atRisk] = [input("breachEvent", labels), input("breachAtRisk", labels)];
  const survival = meanOf(hazards.map((logits) => survivalLoss(logits, event, atRisk)));
  return { loss: weighLosses(pinball, survival), pinball, survival };
}

function weighLosses(pinball: Tensor, survival: Tensor | undefined): Tensor {
  return survival ? add(pinball, mul(survival, scalar(BREACH_LOSS_WEIGHT))) : pinball;
}
