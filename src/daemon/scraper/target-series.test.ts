import { expect, test } from "vitest";
import { samplesOf } from "../../../test/support/memory-receiver.ts";
import { createLabelCache, type LabelCache, parseExposition } from "../../wire/index.ts";
import { createTargetSeries } from "./target-series.ts";

const TARGET = [
  ["job", "node"],
  ["instance", "a:9100"],
] as const;

/** The page of a text in format 0.0.4. */
function pageOf(text: string, timeMs: number, cache: LabelCache) {
  return parseExposition(Buffer.from(`${text}\n`), cache, { format: "prometheus", scrapeTimeMs: timeMs });
}

/** Samples as text, `name{labels} value time`, without those that say how the scrape went. */
function linesOf(block: Parameters<typeof samplesOf>[0]): string[] {
  return samplesOf(block)
    .map(({ labels, timeMs, value }) => {
      const { __name__: name, job: _, instance: __, ...rest } = Object.fromEntries(labels);
      return `${name}${JSON.stringify(rest)} ${value} ${timeMs}`;
    })
    .filter((line) => !/^(up|scrape_)/.test(line));
}

test("a scrape has the labels of its target and tells how it went", () => {
  const series = createTargetSeries(TARGET);
  const page = pageOf('load 1.5\ncpu{mode="user"} 7', 1000, createLabelCache());
  const { block, rejected } = series.samplesOf({ timeMs: 1000, seconds: 0.25, page });
  expect(rejected).toBe(0);
  const target = { job: "node", instance: "a:9100" };
  expect(samplesOf(block).map(({ labels, ...rest }) => ({ ...Object.fromEntries(labels), ...rest }))).toEqual([
    { __name__: "load", ...target, timeMs: 1000, value: 1.5 },
    { __name__: "cpu", mode: "user", ...target, timeMs: 1000, value: 7 },
    { __name__: "up", ...target, timeMs: 1000, value: 1 },
    { __name__: "scrape_duration_seconds", ...target, timeMs: 1000, value: 0.25 },
    { __name__: "scrape_samples_scraped", ...target, timeMs: 1000, value: 2 },
  ]);
  const down = series.samplesOf({ timeMs: 2000, seconds: 10, page: null });
  expect(samplesOf(down.block).map(({ labels, value }) => [Object.fromEntries(labels)["__name__"], value])).toEqual([
    ["up", 0],
    ["scrape_duration_seconds", 10],
    ["scrape_samples_scraped", 0],
  ]);
});

test("labels of the page that the target has, too, are kept as exported_", () => {
  const page = pageOf('x{job="own",exported_job="taken",instance="i",z="1"} 1', 0, createLabelCache());
  const { block } = createTargetSeries(TARGET).samplesOf({ timeMs: 0, seconds: 0, page });
  expect(Object.fromEntries(samplesOf(block)[0]!.labels)).toEqual({
    ...{ __name__: "x", job: "node", instance: "a:9100", z: "1" },
    ...{ exported_job: "taken", exported_exported_job: "own", exported_instance: "i" },
  });
});

test("a series that vanishes ends with one stale marker, and all of them when the target is down", () => {
  const series = createTargetSeries(TARGET);
  const cache = createLabelCache();
  const scrape = (timeMs: number, text: string | null, isStored = true): string[] => {
    const page = text === null ? null : pageOf(text, timeMs, cache);
    const { block, keep } = series.samplesOf({ timeMs, seconds: 0, page });
    if (isStored) keep();
    return linesOf(block);
  };
  expect(scrape(1, "a 1\nb 2")).toEqual(["a{} 1 1", "b{} 2 1"]);
  expect(scrape(2, "b 3\nc 4")).toEqual(["b{} 3 2", "c{} 4 2", "a{} stale 2"]);
  expect(scrape(3, "b 3\nc 4")).toEqual(["b{} 3 3", "c{} 4 3"]);
  // What was not stored ends nothing: the next one does.
  expect(scrape(4, null, false)).toEqual(["b{} stale 4", "c{} stale 4"]);
  expect(scrape(5, null)).toEqual(["b{} stale 5", "c{} stale 5"]);
  expect(scrape(6, null)).toEqual([]);
  expect(scrape(7, "c 5")).toEqual(["c{} 5 7"]);
});

test("samples with a time of their own keep it and never end", () => {
  const series = createTargetSeries(TARGET);
  const cache = createLabelCache();
  const first = series.samplesOf({ timeMs: 5000, seconds: 0, page: pageOf("a 1 4000\nb 2", 5000, cache) });
  first.keep();
  expect(linesOf(first.block)).toEqual(["a{} 1 4000", "b{} 2 5000"]);
  const second = series.samplesOf({ timeMs: 6000, seconds: 0, page: pageOf("", 6000, cache) });
  expect(linesOf(second.block)).toEqual(["b{} stale 6000"]);
});

test("series keep their label sets from scrape to scrape, and end only once when the cache forgets them", () => {
  const series = createTargetSeries(TARGET);
  const cache = createLabelCache();
  const setsOf = (given: LabelCache, timeMs: number) => {
    const { block, keep } = series.samplesOf({ timeMs, seconds: 0, page: pageOf("a 1\nb 2", timeMs, given) });
    keep();
    return block.series;
  };
  const first = setsOf(cache, 1);
  const again = setsOf(cache, 2);
  expect(again.every((set, index) => set === first[index])).toBe(true);
  const forgotten = setsOf(createLabelCache(), 3);
  expect(forgotten).toEqual(first);
});

test("a series that breaks the limits under the labels of the target is left out and counted", () => {
  const labels = Array.from({ length: 38 }, (_, at) => `l${at}="x"`).join(",");
  const page = pageOf(`a{${labels}} 1\nb 2`, 0, createLabelCache());
  expect(page.rejected).toEqual([]);
  const { block, rejected } = createTargetSeries(TARGET).samplesOf({ timeMs: 0, seconds: 0, page });
  expect([linesOf(block), rejected]).toEqual([["b{} 2 0"], 1]);
});
