// A model on its way into service: read, verified, compared with the contract, and warmed up. Only then may it forecast.
import {
  type ModelDirectory,
  networkRunner,
  networkTensors,
  readModelDirectory,
  verifyOutputs,
} from "../artifact/index.ts";
import { ForewarnError } from "../base/index.ts";
import { assertSameContract, type Contract } from "../contract/index.ts";
import { prepareSeries } from "../dataset/index.ts";
import { type Forecaster, openForecaster } from "../forecast/index.ts";

/** A model that may serve. */
export interface LoadedModel {
  model: ModelDirectory;
  forecaster: Forecaster;
}

/** How a network runs. */
export interface NetworkOptions {
  batchSize: number;
  threads: number;
}

/** Loads a model that may serve under a contract. */
export type LoadModel = (directory: string) => Promise<LoadedModel>;

/**
 * Makes the loader: every file is checked, the weights must reproduce the stored probe and drive every output, the
 * contract must be the daemon's, and a first forecast must be finite.
 * @returns A function that throws ForewarnError: what the artifact room throws, `contract_mismatch`, `output_invalid`.
 */
export function modelLoader(contract: Contract, options: NetworkOptions): LoadModel {
  return async (directory) => {
    const model = readModelDirectory(directory, networkTensors);
    assertSameContract(contract, model.contract, `model ${model.modelId}`);
    const failed = (await verifyOutputs(model, networkRunner(model))).find(({ ok }) => !ok);
    if (failed !== undefined) {
      throw new ForewarnError(failed.code ?? "model_invalid", `${directory}: ${failed.name}: ${failed.detail}`);
    }
    const forecaster = await openForecaster(model, { ...options, inBackground: true });
    try {
      await warmUp(forecaster);
    } catch (error) {
      await forecaster[Symbol.asyncDispose]();
      throw error;
    }
    return { model, forecaster };
  };
}

/** Forecasts a server that never changes, so that the first tick does not pay for the first run. */
async function warmUp({ model, forecast }: Forecaster): Promise<void> {
  const { contract, config } = model;
  const steps = config.inputs.contextSteps;
  const values = contract.metrics.map(({ min, max }) =>
    new Float32Array(steps).fill(max === null ? (min ?? 0) + 1 : ((min ?? 0) + max) / 2),
  );
  const labels = Object.fromEntries(contract.labels.map(({ name }) => [name, null]));
  const prepared = prepareSeries(config.inputs, { server: "warm-up", labels, startMs: 0, steps, values });
  const [answer] = await forecast([{ prepared, origin: steps - 1 }]);
  if (answer!.quantiles.every(Number.isFinite) && answer!.breaches.every(Number.isFinite)) return;
  throw new ForewarnError(
    "output_invalid",
    `model ${model.modelId}: Expected a finite forecast, got NaN or an infinity`,
  );
}
