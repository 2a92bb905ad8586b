// The library: what programs may import from the package.
export { ForewarnError } from "./base/index.ts";
export { type Contract, contractHash, fleetContract, parseContract } from "./contract/index.ts";
export {
  type Daemon,
  type DaemonOptions,
  listenHttp,
  loadConfig,
  realWorld,
  startDaemon,
  type World,
} from "./daemon/index.ts";
export { type FleetForecast, forecastDataSet, loadModel } from "./forecast/index.ts";
export { importData } from "./ingest/index.ts";
export { simulateToDataSet } from "./simulate/index.ts";
export { openDataSet } from "./store/index.ts";
export { DEFAULT_TRAIN_OPTIONS, recipeFor, train } from "./train/index.ts";
