// model: the Temporal Fusion Transformer, its heads and losses, written on graph/; and what turns its outputs into
// forecasts.
export { type Architecture, DEFAULT_ARCHITECTURE, type ModelDimensions } from "./architecture.ts";
export { type Calibration, decodeBreaches, decodeQuantiles, neutralCalibration } from "./decode.ts";
export { modelDimensions } from "./dimensions.ts";
export {
  declareParameters,
  gradientGraph,
  inferenceGraph,
  lossGraph,
  trainingGraph,
  updateGraph,
  type VectorGraph,
} from "./graphs.ts";
export { type Declaration, startValues } from "./parameters.ts";
export {
  type Explanation,
  networkInputs,
  networkOutputs,
  openPredictor,
  type Prediction,
  type Predictor,
  runExportedModel,
} from "./predictor.ts";
export { DROPOUT_SITES } from "./tft.ts";
export { packWeights, unpackWeights } from "./weight-vector.ts";
