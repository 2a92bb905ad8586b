// What lies where in the data directory.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { latestModel, MODEL_FILES } from "../artifact/index.ts";
import { ForewarnError, writeFileAtomic } from "../base/index.ts";
import { assertSameContract, type Contract, parseContract, readContract } from "../contract/index.ts";
import { readMapping } from "../prometheus/index.ts";
import type { DaemonConfig } from "./config-schema.ts";

/** Paths below a data directory. */
export function dataPaths(dataDir: string) {
  return {
    contract: join(dataDir, "contract.json"),
    store: join(dataDir, "store"),
    received: join(dataDir, "received"),
    forecasts: join(dataDir, "forecasts"),
    leads: join(dataDir, "leads"),
    scoreboard: join(dataDir, "scoreboard.ndjson"),
    modelPointer: join(dataDir, "active-model.json"),
    keys: join(dataDir, "keys.json"),
    audit: join(dataDir, "audit.ndjson"),
    backups: join(dataDir, "backups"),
    writeBack: join(dataDir, "write-back"),
  };
}

/**
 * The contract to serve: that of the mapping where rows come out of a database, else the configured one, or that of the data directory, of the newest model, or of the mapping of
 * received samples.
 * @throws ForewarnError `usage_invalid` when there is none of them; what reading a contract throws.
 */
export function chooseContract({
  store,
  models,
  receive,
}: Pick<DaemonConfig, "store" | "models" | "receive">): Contract {
  if (store.kind === "prometheus") return contractOfMapping(store);
  if (store.contract !== null) return readContract(store.contract);
  const kept = dataPaths(store.dataDir).contract;
  if (existsSync(kept)) return readContract(kept);
  try {
    const path = join(latestModel(models.directory).directory, MODEL_FILES.contract);
    return parseContract(JSON.parse(readFileSync(path, "utf8")), path);
  } catch (cause) {
    if (!(cause instanceof ForewarnError) || cause.code !== "model_unavailable") throw cause;
    if (receive.mapping !== null) return readMapping(receive.mapping).contract;
    throw new ForewarnError("usage_invalid", "contract: Expected one, or a model that has one, got neither", {
      hint: "give --contract fleet or a file; a model can come later",
      cause,
    });
  }
}

/** Rows out of a database are of the contract of their mapping. */
function contractOfMapping({ contract, prometheus }: DaemonConfig["store"]): Contract {
  const mapped = readMapping(prometheus.mapping).contract;
  if (contract !== null)
    assertSameContract(readContract(contract), mapped, "store.contract and store.prometheus.mapping");
  return mapped;
}

/** Keeps the contract of a data directory, so that it starts without a model too. */
export function keepContract(dataDir: string, contract: Contract): void {
  const path = dataPaths(dataDir).contract;
  if (!existsSync(path)) writeFileAtomic(path, `${JSON.stringify(contract, null, 2)}\n`);
}
