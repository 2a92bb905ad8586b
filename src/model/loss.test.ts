// Both losses against numbers worked out by hand; the masks leave out what they should, whatever stands there.
import { expect, test } from "vitest";
import "../../test/support/allclose.ts";
import { evaluate } from "../../test/support/evaluate.ts";
import { gradients, input, parameter } from "../graph/index.ts";
import { pinballLoss, survivalLoss } from "./loss.ts";

interface PinballCase {
  quantiles: number[]; // [1, 1, 1, 2 levels, 2 steps]
  target: number[];
  weight: number[];
}

/** Loss of one window with one token of two steps, and its gradient in the quantiles. */
async function pinball({ quantiles, target, weight }: PinballCase) {
  const forecast = parameter("quantiles", [1, 1, 1, 2, 2]);
  const shape = [1, 1, 1, 2];
  const loss = pinballLoss(forecast, input("target", shape), input("weight", shape), [0.1, 0.9]);
  const results = await evaluate({ loss, slope: gradients(loss, [forecast])[0]! }, { quantiles, target, weight });
  return { loss: results.loss[0]!, slope: results.slope };
}

test.each<[string, PinballCase, number]>([
  // Level 0.1: 0.1 * 2 = 0.2 and 0.9 * 1 = 0.9. Level 0.9: 0.1 * 1 = 0.1 and 0.1 * 3 = 0.3. Twice the mean of 4.
  ["both sides", { quantiles: [1, 2, 4, 4], target: [3, 1], weight: [1, 1] }, (2 * (0.2 + 0.9 + 0.1 + 0.3)) / 4],
  ["a step without truth", { quantiles: [1, 2, 4, 4], target: [3, 1], weight: [1, 0] }, (2 * (0.2 + 0.1)) / 2],
  ["unequal weights", { quantiles: [1, 2, 4, 4], target: [3, 1], weight: [3, 1] }, (2 * (3 * 0.3 + 1.2)) / 8],
  ["a perfect forecast", { quantiles: [3, 1, 3, 1], target: [3, 1], weight: [1, 1] }, 0],
  ["no truth at all", { quantiles: [1, 2, 4, 4], target: [0, 0], weight: [0, 0] }, 0],
])("pinball loss of %s", async (_, values, expected) => {
  expect((await pinball(values)).loss).toBeCloseTo(expected, 5);
});

test("pinball loss pulls each level to its own share of the truth, and masked steps not at all", async () => {
  // Below the truth a level q is pulled up by q, above it down by 1 - q; times 2 / (2 levels * weight 1).
  const { slope } = await pinball({ quantiles: [1, 2, 4, 4], target: [3, 1], weight: [1, 0] });
  expect(slope).toBeAllclose([-0.1, 0, 0.1, 0]);
});

test("pinball loss without any truth has a gradient of zeros", async () => {
  const { slope } = await pinball({ quantiles: [1, 2, 4, 4], target: [0, 0], weight: [0, 0] });
  expect(slope).toBeAllclose([0, 0, 0, 0]);
});

test("pinball loss pairs windows, tokens, targets and steps", async () => {
  // [tokens 3, batch 2, T 2, Q 1, P 2]: a forecast equal to the truth of its place, moved by 1 in one place only.
  const [tokens, batch, targets, steps] = [3, 2, 2, 2];
  const truth = Array.from({ length: tokens * batch * targets * steps }, (_, i) => 10 * i);
  const quantiles: number[] = [];
  for (let token = 0; token < tokens; token++) {
    for (let window = 0; window < batch; window++) {
      const start = (window * tokens + token) * targets * steps;
      quantiles.push(...truth.slice(start, start + targets * steps));
    }
  }
  quantiles[5]! -= 1;
  const shape = [batch, tokens, targets, steps];
  const loss = pinballLoss(
    input("quantiles", [tokens, batch, targets, 1, steps]),
    input("target", shape),
    input("weight", shape),
    [0.5],
  );
  const results = await evaluate({ loss }, { quantiles, target: truth, weight: truth.map(() => 1) });
  expect(results.loss[0]).toBeCloseTo((2 * 0.5) / truth.length, 5);
});

/** Survival loss of one rule and its gradient in the logits. */
async function survival(logits: number[], event: number[], atRisk: number[]) {
  const shape = [1, 1, logits.length];
  const forecast = parameter("logits", shape);
  const loss = survivalLoss(forecast, input("event", shape), input("atRisk", shape));
  const results = await evaluate({ loss, slope: gradients(loss, [forecast])[0]! }, { logits, event, atRisk });
  return { loss: results.loss[0]!, slope: results.slope };
}

/** The logit of a probability. */
const logit = (p: number) => Math.log(p / (1 - p));

test.each<[string, number[], number[], number[], number]>([
  // Survived the first group with hazard 0.25, began in the second with hazard 0.5; out of sight after that.
  ["an onset", [logit(0.25), logit(0.5), 5], [0, 1, 0], [1, 1, 0], -(Math.log(0.75) + Math.log(0.5)) / 2],
  ["no onset", [logit(0.1), logit(0.2)], [0, 0], [1, 1], -(Math.log(0.9) + Math.log(0.8)) / 2],
  ["one group at risk", [logit(0.5), 5], [0, 0], [1, 0], -Math.log(0.5)],
  ["a window in breach", [1, 2], [0, 0], [0, 0], 0],
  ["logits beyond the range of exp", [120, -120], [0, 1], [1, 1], 240 / 2],
])("survival loss of %s", async (_, logits, event, atRisk, expected) => {
  expect((await survival(logits, event, atRisk)).loss).toBeCloseTo(expected, 5);
});

test("survival loss moves hazards by their error, and groups out of sight not at all", async () => {
  const { slope } = await survival([logit(0.25), logit(0.5), 5], [0, 1, 0], [1, 1, 0]);
  expect(slope).toBeAllclose([0.25 / 2, -0.5 / 2, 0]);
});
