// Parameters are declared once, and start from their seed alone.
import { expect, test } from "vitest";
import { candidateCase } from "../../test/support/tft.ts";
import { createRng } from "../base/index.ts";
import { declareParameters } from "./graphs.ts";
import { createParameters, startValues } from "./parameters.ts";

test("a name is declared once", () => {
  const parameters = createParameters();
  parameters.scope("a").declare("b", [2], "ones");
  expect(() => parameters.declare("a.b", [2], "ones")).toThrow("a.b is declared twice");
});

test("starts are what the declaration says", () => {
  const parameters = createParameters();
  parameters.declare("gain", [3], "ones");
  parameters.declare("bias", [2], "zeros");
  parameters.declare("steps", [4], { fill: (i) => 10 * i });
  parameters.declare("matrix", [20, 30], "glorot");
  parameters.declare("stack", [400, 2], { glorot: [4, 2] });
  const values = startValues(parameters.declarations, createRng(1));
  expect([...values.get("gain")!]).toEqual([1, 1, 1]);
  expect([...values.get("bias")!]).toEqual([0, 0]);
  expect([...values.get("steps")!]).toEqual([0, 10, 20, 30]);
  // Uniform in +-sqrt(6 / (fan-in + fan-out)): all inside, and the largest of hundreds close to the end.
  for (const [name, limit] of [
    ["matrix", Math.sqrt(6 / 50)],
    ["stack", 1],
  ] as const) {
    const largest = Math.max(...values.get(name)!.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(0.95 * limit);
  }
});

test("a seed gives the same start, another seed another, and no two tensors the same one", () => {
  const declarations = declareParameters(candidateCase.architecture, candidateCase.dimensions);
  const start = (seed: number) => startValues(declarations, createRng(seed));
  expect(start(4)).toEqual(start(4));
  const name = "attention.query.weight";
  expect(start(4).get(name)).not.toEqual(start(5).get(name));
  expect(start(4).get(name)).not.toEqual(start(4).get("attention.key.weight"));
});

test("parameters do not depend on the size of a batch or on the number of tokens", () => {
  const { architecture, dimensions } = candidateCase;
  const shapes = (tokens: number) =>
    declareParameters(architecture, { ...dimensions, pastTokens: tokens }).map(({ name, shape }) => [name, shape]);
  expect(shapes(4)).toEqual(shapes(40));
});
