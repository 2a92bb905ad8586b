// The models of the daemon: which one serves, which one stands by for a rollback, and how others come into service.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  BACKTEST_FILE,
  type BrokenModel,
  findModel,
  listModels,
  MODEL_FILES,
  type ModelDirectory,
  type ReadyModel,
} from "../artifact/index.ts";
import { ForewarnError, fileError } from "../base/index.ts";
import type { ModelDesk, ModelEntry } from "../server/index.ts";
import type { LoadModel } from "./loaded-model.ts";
import { readModelPointer, writeModelPointer } from "./model-pointer.ts";
import { createModelSlot, type ModelLease, type ModelSlot } from "./model-slot.ts";

/** What a desk needs. */
export interface ModelDeskOptions {
  /** Directory of the models. */
  root: string;
  /** File that remembers the choice. */
  pointerFile: string;
  /** Model that must serve; null is the one that was activated last, or the newest. */
  active: string | null;
  load: LoadModel;
  now: () => number;
  /** Called when another model serves, and when one is refused: broken on the disk, or no model that may serve. */
  onChange: (modelId: string) => void;
  onRefused: (modelId: string, refusal: { code: string; message: string }) => void;
}

/** The desk with what only the daemon may do. */
export interface OwnModelDesk extends ModelDesk {
  /** Loads the first model: the configured one, or the last choice, or the newest that can be served. */
  open(): Promise<void>;
  /** The serving model as it is now; null without one. */
  model(): ModelDirectory | null;
  /** The serving model for one tick; null without one. */
  lease(): ModelLease | null;
  /**
   * Looks for a model that is newer than the serving one and activates it.
   * @returns Whether there was one.
   * @throws ForewarnError when it cannot be served; the old one goes on.
   */
  reload(): Promise<boolean>;
  /** Loads the serving model anew: its worker thread died or hangs. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

/** Makes a desk without a model; {@link OwnModelDesk.open} comes next. */
export function createModelDesk(options: ModelDeskOptions): OwnModelDesk {
  const { root, pointerFile, load, now } = options;
  let serving: ModelSlot | null = null;
  let standby: ModelSlot | null = null;
  let missing: string | null = "not loaded yet";
  /** Why a model whose files are whole may not serve. */
  const refusals = new Map<string, string>();
  /** What was wrong with a directory when it was last told. */
  const toldBroken = new Map<string, string>();
  // Readers of the API must not learn where things lie; the log says it.
  const withoutPlace = (text: string): string => text.replaceAll(root, "models");
  const failWithoutPlace = (error: unknown): never => {
    if (!(error instanceof ForewarnError)) throw error;
    const { code, message, hint, issues, cause } = error;
    throw new ForewarnError(code, withoutPlace(message), { ...(hint && { hint: withoutPlace(hint) }), issues, cause });
  };
  /** One change at a time. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work).catch(failWithoutPlace);
    turn = result.catch(() => undefined);
    return result;
  };

  /** Tells what is wrong with a directory, once. */
  const noteBroken = (modelId: string, code: string, message: string): void => {
    if (toldBroken.get(modelId) !== message) options.onRefused(modelId, { code, message });
    toldBroken.set(modelId, message);
  };
  /** Tells of every directory whose files are broken. */
  const lookForBroken = (): BrokenModel[] => {
    const found = modelsOf(root).filter((entry) => entry.status === "broken");
    for (const { modelId, code, reason } of found) noteBroken(modelId, code, reason);
    const names = new Set(found.map(({ modelId }) => modelId));
    for (const modelId of toldBroken.keys()) if (!names.has(modelId)) toldBroken.delete(modelId);
    return found;
  };
  const findReady = (modelId: string): ReadyModel => {
    try {
      return findModel(root, modelId);
    } catch (error) {
      const isBroken = error instanceof ForewarnError && !["usage_invalid", "model_unavailable"].includes(error.code);
      if (isBroken) noteBroken(modelId, error.code, error.message);
      throw error;
    }
  };
  const loadSlot = async ({ modelId, directory }: Pick<ReadyModel, "modelId" | "directory">): Promise<ModelSlot> => {
    try {
      const slot = createModelSlot(await load(directory), now());
      refusals.delete(modelId);
      return slot;
    } catch (error) {
      if (!(error instanceof ForewarnError)) throw error;
      refusals.set(modelId, withoutPlace(error.message));
      options.onRefused(modelId, error);
      throw error;
    }
  };
  const swapTo = async (next: ModelSlot, previous: ModelSlot | null): Promise<void> => {
    const given = [serving, standby].filter((slot) => slot !== null && slot !== next && slot !== previous);
    [serving, standby, missing] = [next, previous, null];
    next.sinceMs = now();
    options.onChange(next.modelId);
    for (const slot of given) await slot?.retire();
  };
  const activate = async (modelId: string): Promise<ModelEntry> => {
    if (serving?.modelId !== modelId) {
      const next = standby?.modelId === modelId ? standby : await loadSlot(findReady(modelId));
      // The choice is on the disk before it counts.
      writeModelPointer(pointerFile, { modelId, previousId: serving?.modelId ?? null });
      await swapTo(next, serving);
    }
    return entryOf(modelId);
  };

  const stateOf = (modelId: string): ModelEntry["state"] => {
    if (serving?.modelId === modelId) return "serving";
    if (standby?.modelId === modelId) return "standby";
    return refusals.has(modelId) ? "refused" : "available";
  };
  const entries = (): ModelEntry[] =>
    modelsOf(root).map((entry) => {
      const { modelId, directory } = entry;
      const state = stateOf(modelId);
      if (entry.status === "ready") {
        const { createdAt, contractHash } = entry;
        return { modelId, directory, createdAt, contractHash, state, reason: refusals.get(modelId) ?? null };
      }
      // What serves from memory goes on, whatever became of its files.
      const { reason } = entry;
      const shown = state === "available" ? "refused" : state;
      return { modelId, directory, createdAt: null, contractHash: null, state: shown, reason: withoutPlace(reason) };
    });
  const entryOf = (modelId: string): ModelEntry => {
    const known = entries().find((entry) => entry.modelId === modelId);
    if (known !== undefined) return known;
    // Its directory is gone, but it serves from memory.
    const { directory, contractHash } = serving!.model;
    return { modelId, directory, createdAt: null, contractHash, state: stateOf(modelId), reason: null };
  };

  /** Ready models in the order in which they are tried. */
  const candidates = (): ReadyModel[] => {
    if (options.active !== null) return [findReady(options.active)];
    const ready = readyModels(root).reverse();
    const chosen = readModelPointer(pointerFile)?.modelId;
    return [...ready.filter(({ modelId }) => modelId === chosen), ...ready.filter(({ modelId }) => modelId !== chosen)];
  };
  /** Serves the first candidate that can be served. */
  const openFirst = async (): Promise<void> => {
    const [first, ...more] = lookForBroken().map(({ reason }) => reason);
    missing = "no model in the directory of models";
    if (first !== undefined)
      missing += ` that can be used: ${first}${more.length > 0 ? `, and ${more.length} more` : ""}`;
    try {
      for (const candidate of candidates()) {
        const slot = await loadSlot(candidate).catch((error: unknown) => {
          if (!(error instanceof ForewarnError)) throw error;
          missing = error.message;
          return null;
        });
        if (slot !== null) return await swapTo(slot, null);
      }
    } catch (error) {
      if (!(error instanceof ForewarnError)) throw error;
      missing = error.message;
    }
  };

  return {
    serving: () =>
      serving && { modelId: serving.modelId, directory: serving.model.directory, sinceMs: serving.sinceMs },
    missing: () => (missing === null ? null : withoutPlace(missing)),
    list: async () => entries(),
    activate: (modelId) => inTurn(() => activate(modelId)),
    rollback: () =>
      inTurn(async () => {
        const previousId = standby?.modelId ?? readModelPointer(pointerFile)?.previousId ?? null;
        if (previousId !== null) return activate(previousId);
        throw new ForewarnError("model_unavailable", `${root}: Expected a model that served before, but there is none`);
      }),
    documents: async (modelId) => readDocuments(findModel(root, modelId).directory),
    open: () => inTurn(openFirst),
    model: () => serving?.model ?? null,
    lease: () => serving?.lend() ?? null,
    reload: () =>
      inTurn(async () => {
        if (serving === null) {
          await openFirst();
          return serving !== null;
        }
        lookForBroken();
        const newest = readyModels(root).at(-1);
        if (newest === undefined || newest.modelId === serving.modelId) return false;
        const { createdAt } = serving.model.metadata;
        if (Date.parse(createdAt) >= Date.parse(newest.createdAt)) return false;
        await activate(newest.modelId);
        return true;
      }),
    revive: () =>
      inTurn(async () => {
        const broken = serving;
        if (broken === null) return;
        try {
          serving = await loadSlot({ modelId: broken.modelId, directory: broken.model.directory });
        } catch (error) {
          if (!(error instanceof ForewarnError)) throw error;
          [serving, missing] = [null, error.message];
        }
        await broken.retire();
      }),
    close: () =>
      inTurn(async () => {
        await serving?.retire();
        await standby?.retire();
        [serving, standby, missing] = [null, null, "stopped"];
      }),
  };
}

function modelsOf(root: string) {
  return existsSync(root) ? listModels(root) : [];
}

/** Usable models, oldest first. */
function readyModels(root: string): ReadyModel[] {
  return modelsOf(root).filter((entry) => entry.status === "ready");
}

async function readDocuments(directory: string) {
  const text = (name: string): string | null => {
    const path = join(directory, name);
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      // A document that is not there, or a directory that is removed while it is read.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw fileError(error, path);
    }
  };
  const json = (name: string): unknown => JSON.parse(text(name) ?? "null");
  return {
    evaluation: json(MODEL_FILES.evaluation),
    backtest: json(BACKTEST_FILE),
    trainingMetadata: json(MODEL_FILES.metadata),
    modelCard: text(MODEL_FILES.card),
  };
}
