// Imports go one way: a room imports only rooms of a layer to its left, and only through their index.ts.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Rooms from left to right; rooms of one layer do not import each other. The public API, src/index.ts, is the last. */
const LAYERS = [
  ["base"],
  ["contract", "sheet", "wire"],
  ["store", "graph", "promql"],
  ["simulate", "ingest", "prometheus", "dataset", "measure"],
  ["receive", "model"],
  ["artifact"],
  ["train", "forecast"],
  ["evaluate"],
  ["alert"],
  ["server"],
  ["daemon"],
  ["cli"],
  ["index.ts"],
];

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), "..", "src");

/**
 * Why `file` must not import `specifier`, or null if it may.
 * @param file Path below src, with slashes.
 */
function importFault(file: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  const target = posix.join(posix.dirname(file), specifier);
  if (target.startsWith("../")) return file.endsWith(".test.ts") ? null : `${file}: imports ${target}, outside of src`;
  const [room, targetRoom] = [roomOf(file), roomOf(target)];
  if (room === targetRoom) return null;
  if (layerOf(targetRoom) >= layerOf(room)) return `${file}: room ${room} must not import room ${targetRoom}`;
  if (target !== `${targetRoom}/index.ts`) return `${file}: imports ${target} past ${targetRoom}/index.ts`;
  return null;
}

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
}

function roomOf(path: string): string {
  return path.split("/")[0]!;
}

function layerOf(room: string): number {
  const layer = LAYERS.findIndex((rooms) => rooms.includes(room));
  if (layer < 0) throw new Error(`src/${room}: Expected one of the rooms ${LAYERS.flat().join(", ")}`);
  return layer;
}

test("every import of src follows the layers", () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.[jt]s$/.test(file));
  expect(files.length).toBeGreaterThan(10);
  const faults = files.flatMap((file) =>
    importsOf(readFileSync(join(SOURCE, file), "utf8")).map((specifier) => importFault(file, specifier)),
  );
  expect(faults.filter((fault) => fault !== null)).toEqual([]);
});

test.each([
  ["model/tft.ts", "../graph/index.ts", null],
  ["model/tft.ts", "./layers.ts", null],
  ["cli/commands/train.ts", "../io.ts", null],
  ["cli/commands/train.ts", "../../train/index.ts", null],
  ["graph/tensor.ts", "node:fs", null],
  ["graph/tensor.test.ts", "../../test/helpers/close.ts", null],
  ["graph/tensor.ts", "../../test/helpers/close.ts", "outside of src"],
  ["graph/tensor.ts", "../model/index.ts", "room graph must not import room model"],
  ["graph/tensor.ts", "../store/index.ts", "room graph must not import room store"],
  ["graph/tensor.test.ts", "../model/index.ts", "room graph must not import room model"],
  ["model/tft.ts", "../graph/tensor.ts", "past graph/index.ts"],
  ["cli/main.ts", "../index.ts", "room cli must not import room index.ts"],
])("%s importing %s: %s", (file, specifier, fault) => {
  if (fault === null) expect(importFault(file, specifier)).toBeNull();
  else expect(importFault(file, specifier)).toContain(fault);
});

test("finds every form of import", () => {
  const text = `import a from "./a.ts";\nimport {\n  b,\n} from "./b.ts";\nexport { c } from "./c.ts";\nimport "./d.ts";
const e = await import("./e.ts");\nimport type { F } from "./f.ts";\ntype G = import("./g.ts").G;`;
  expect(importsOf(text)).toEqual(["./a.ts", "./b.ts", "./c.ts", "./d.ts", "./e.ts", "./f.ts", "./g.ts"]);
});
