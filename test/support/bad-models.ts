// Directories that look like models and must not serve: damaged, incomplete, of another contract, or with weights that
// are none.
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Rng } from "../../src/base/index.ts";
import { fastContract, writeFastModel } from "../helpers/fast-model.ts";

type Damage = (directory: string, file: string, rng: Rng) => void;

const damages: Record<string, Damage> = {
  "a flipped bit": (directory, file, rng) => {
    const bytes = readFileSync(join(directory, file));
    bytes[Math.floor(rng.uniform() * bytes.length)]! ^= 1 << Math.floor(rng.uniform() * 8);
    writeFileSync(join(directory, file), bytes);
  },
  "a torn file": (directory, file, rng) => {
    const path = join(directory, file);
    truncateSync(path, Math.floor(rng.uniform() * statSync(path).size));
  },
  "a missing file": (directory, file) => rmSync(join(directory, file)),
  "a file that grew": (directory, file) => appendFileSync(join(directory, file), "x"),
  "a file of another name": (directory, file) => renameSync(join(directory, file), join(directory, `${file}.old`)),
  "an unlisted file": (directory, file) => copyFileSync(join(directory, file), join(directory, "plugin.mjs")),
  "a link instead of a file": (directory, file) => {
    renameSync(join(directory, file), `${directory}.${file}`);
    symlinkSync(`${directory}.${file}`, join(directory, file));
  },
  "an empty directory": (directory) => {
    rmSync(directory, { recursive: true });
    mkdirSync(directory);
  },
};

type Making = Parameters<typeof writeFastModel>[2];
const [cpu, ...others] = fastContract.metrics;
/** Whole directories under manifests of their own: no check sum tells them from good ones. */
const makings: Record<string, Making> = {
  "another unit": { contract: { ...fastContract, metrics: [{ ...cpu!, unit: "ratio" }, ...others] } },
  "another version of the contract": { contract: { ...fastContract, version: "4.1" } },
  "weights that are not finite": {
    change: (_, weights) => weights.map((weight, i) => (i === 0 ? Number.NaN : weight)),
  },
  "weights that are all zero": { change: (_, weights) => weights.map(() => 0) },
  "weights of another training": { change: (_, weights) => weights.map((weight) => weight + 0.01) },
};

/** Names of all ways in which a directory can be bad. */
export const BAD_MODELS: readonly string[] = [...Object.keys(damages), ...Object.keys(makings)];

/** Writes a bad model into a directory of models, in the way that `kind` names and at a place that `rng` chooses. */
export async function writeBadModel(root: string, modelId: string, kind: string, rng: Rng): Promise<void> {
  const directory = await writeFastModel(root, modelId, { createdAt: "2027-01-01T00:00:00.000Z", ...makings[kind] });
  const files = readdirSync(directory);
  damages[kind]?.(directory, files[Math.floor(rng.uniform() * files.length)]!, rng);
}
