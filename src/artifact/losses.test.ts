import { expect, test } from "vitest";
import { lossesCsv, lossesSvg } from "./losses.ts";

const rows = [
  { epoch: 1, train: 0.9, validation: 1 },
  { epoch: 2, train: 0.5, validation: null },
  { epoch: 3, train: 0.4, validation: 0.6 },
];

test("losses as CSV", () => {
  expect(lossesCsv(rows)).toBe("epoch,train,validation\n1,0.9,1\n2,0.5,\n3,0.4,0.6\n");
});

test("the plot spans epochs and losses, and leaves out epochs without validation", () => {
  const svg = lossesSvg(rows);
  const [train, validation] = [...svg.matchAll(/points="([^"]*)"/g)].map((match) => match[1]);
  // 640 pixels for two epochs from 64; 280 pixels from 320 upwards for the losses 0.4 to 1.
  expect(train).toBe("64,86.7 384,273.3 704,320");
  expect(validation).toBe("64,40 704,226.7");
});

test.each([[[]], [[{ epoch: 1, train: 0.5, validation: null }]]])("plots %j without NaN", (few) => {
  expect(lossesSvg(few)).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  expect(lossesSvg(few)).not.toContain("NaN");
});
