// The same samples in a real Prometheus: a thousand queries are answered alike, and what it refuses is refused.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { instantQuery, memorySource, type QueryData, queryErrorType, rangeQuery } from "../../src/promql/index.ts";
import { arbitraryQuery } from "../support/promql-arbitrary.ts";
import { DATA_END_MS, DATA_START_MS, openMetricsText, promqlData } from "../support/promql-data.ts";
import { COMPARED_QUERIES } from "../support/promql-queries.ts";

const isThere = ["prometheus", "promtool"].every((name) => spawnSync(name, ["--version"]).status === 0);
if (!isThere) console.log("skipped: no Prometheus (install prometheus)");

/** Relative difference that sums in another order may make; Prometheus 2 does not compensate all of them. */
const TOLERANCE = 1e-9;
const RANDOM_QUERIES = process.env["FOREWARN_LONG"] === "1" ? 5000 : 400;
/** Off every sample and every step of a subquery: Prometheus 2 counts what lies on the left end of a range, 3 does not. */
const PHASE_MS = 4007;
const INSTANTS_MS = [DATA_START_MS + 47 * 60_000 + PHASE_MS, DATA_END_MS + 120_000 + PHASE_MS];
const RANGE = {
  startMs: DATA_START_MS - 60_000 + PHASE_MS,
  endMs: DATA_END_MS + 120_000 + 2 * PHASE_MS,
  stepMs: 67_000,
};

/** An answer reduced to what must agree: values by labels and time, values in their order, or that there was an error. */
type Answer = { error: string } | { resultType: string; points: Map<string, string>; order: string[] };

describe.skipIf(!isThere)("Prometheus", () => {
  const source = memorySource(promqlData(11));
  let directory = "";
  let url = "";
  let stop = async () => {};

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "forewarn-promql-"));
    writeFileSync(join(directory, "data.om"), openMetricsText(promqlData(11)));
    writeFileSync(join(directory, "prometheus.yml"), "global: {}\n");
    const data = join(directory, "data");
    const made = spawnSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", join(directory, "data.om"), data]);
    if (made.status !== 0) throw new Error(`promtool: ${made.stderr}`);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const child = spawn(
      "prometheus",
      [
        `--config.file=${join(directory, "prometheus.yml")}`,
        `--storage.tsdb.path=${data}`,
        "--storage.tsdb.retention.time=50y",
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore" },
    );
    const ended = new Promise((resolve) => child.on("close", resolve));
    stop = async () => {
      child.kill();
      await ended;
    };
    while (
      !(await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (child.exitCode !== null) throw new Error("prometheus ended before it was ready");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  afterAll(async () => {
    await stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const theirs = async (path: string, parameters: Record<string, string>): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1/${path}`, { method: "POST", body: new URLSearchParams(parameters) });
    const answer = (await response.json()) as { data?: QueryData; errorType?: string };
    return answer.data === undefined ? { error: `${answer.errorType}` } : reduce(answer.data);
  };
  const differences = async (query: string): Promise<string[]> => {
    const found: string[] = [];
    for (const timeMs of INSTANTS_MS) {
      const ours = await answerOf(instantQuery(query, source, timeMs));
      const real = await theirs("query", { query, time: String(timeMs / 1000) });
      found.push(...compare(ours, real));
      if (/^(?:sort|sort_desc|topk|bottomk)\(/.test(query)) found.push(...compareOrder(ours, real));
    }
    const ours = await answerOf(rangeQuery(query, source, RANGE));
    const { startMs, endMs, stepMs } = RANGE;
    const range = { start: String(startMs / 1000), end: String(endMs / 1000), step: String(stepMs / 1000) };
    found.push(...compare(ours, await theirs("query_range", { query, ...range })));
    return found;
  };

  const wrongAnswers = async (queries: readonly string[]): Promise<Record<string, string[]>> => {
    const wrong: Record<string, string[]> = {};
    for (const query of queries) {
      const found = await differences(query);
      if (found.length > 0) wrong[query] = found.slice(0, 4);
    }
    return wrong;
  };

  it(`answers ${COMPARED_QUERIES.length} queries alike, at two instants and over a range`, async () => {
    expect(await wrongAnswers(COMPARED_QUERIES)).toEqual({});
  });

  it(`answers ${RANDOM_QUERIES} random queries alike`, async () => {
    expect(await wrongAnswers(fc.sample(arbitraryQuery, { numRuns: RANDOM_QUERIES, seed: 5 }))).toEqual({});
  });
});

async function answerOf(data: Promise<QueryData>): Promise<Answer> {
  try {
    return reduce(await data);
  } catch (error) {
    const type = queryErrorType(error);
    if (type === null) throw error;
    return { error: type.errorType };
  }
}

function reduce(data: QueryData): Answer {
  const points = new Map<string, string>();
  const order: string[] = [];
  if (data.resultType === "scalar" || data.resultType === "string") points.set(String(data.result[0]), data.result[1]);
  else {
    for (const item of data.result) {
      const labels = JSON.stringify(Object.entries(item.metric).sort());
      for (const [seconds, value] of "value" in item ? [item.value] : item.values) {
        points.set(`${labels} ${seconds}`, value);
        order.push(value);
      }
    }
  }
  return { resultType: data.resultType, points, order };
}

function compare(ours: Answer, theirs: Answer): string[] {
  if ("error" in ours || "error" in theirs) {
    if ("error" in ours && "error" in theirs && ours.error === theirs.error) return [];
    return [`ours: ${"error" in ours ? ours.error : "answer"}, theirs: ${"error" in theirs ? theirs.error : "answer"}`];
  }
  if (ours.resultType !== theirs.resultType) return [`ours: ${ours.resultType}, theirs: ${theirs.resultType}`];
  const keys = new Set([...ours.points.keys(), ...theirs.points.keys()]);
  return [...keys].flatMap((key) => {
    const [a, b] = [ours.points.get(key), theirs.points.get(key)];
    return a === b || isClose(a, b) ? [] : [`${key}: ours ${a}, theirs ${b}`];
  });
}

/** Equal values may stand in any order. */
function compareOrder(ours: Answer, theirs: Answer): string[] {
  if ("error" in ours || "error" in theirs) return [];
  const isSame = ours.order.every((value, i) => value === theirs.order[i] || isClose(value, theirs.order[i]));
  return isSame ? [] : [`order: ours ${ours.order}, theirs ${theirs.order}`];
}

function isClose(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return Math.abs(Number(a) - Number(b)) <= TOLERANCE * Math.max(Math.abs(Number(a)), Math.abs(Number(b)));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
