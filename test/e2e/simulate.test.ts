// The simulator through its commands: what comes in by another way is the same fleet, a feed is received whole, and
// Ctrl-C ends it in order.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openDataSet, type Series } from "../../src/store/index.ts";
import { startForewarn } from "../helpers/child.ts";
import { runForewarn } from "../helpers/cli.ts";

const work = mkdtempSync(join(tmpdir(), "forewarn-simulate-e2e-"));
const at = (name: string) => join(work, name);
afterAll(() => rmSync(work, { recursive: true }));

const receivers: Server[] = [];
afterEach(() => {
  for (const receiver of receivers.splice(0)) receiver.close();
});

/** A receiver of rows that answers each request with the next of `statuses`, then with 204. */
async function receive(...statuses: number[]) {
  const taken: string[] = [];
  const keys = new Set<unknown>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => {
      body += bytes;
    });
    request.on("end", () => {
      const status = statuses.shift() ?? 204;
      keys.add(request.headers["x-api-key"]);
      if (status === 204) taken.push(...body.trimEnd().split("\n"));
      response.writeHead(status, { "Retry-After": "0" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  receivers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows`, taken, keys };
}

async function readFleet(path: string): Promise<Series[]> {
  const dataSet = await openDataSet(path);
  const series = await dataSet.readSeries();
  dataSet.close();
  return series;
}

async function simulate(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await runForewarn("simulate", ...args);
  expect(exitCode, stderr).toBe(0);
}

test("a CSV with late and repeated rows is imported as the data set of the same options", async () => {
  const fleet = ["--servers", "5", "--days", "2", "--incident-rate", "3", "--scenario", "cascade"];
  await simulate(...fleet, "--out", at("set"));
  await simulate(...fleet, "--format", "csv", "--duplicates", "0.05", "--late", "0.1", "--out", at("csv"));
  const imported = await runForewarn("import", at("csv/rows.csv"), "--out", at("imported"));
  expect(imported.exitCode, imported.stderr).toBe(0);
  const [set, csv] = [await readFleet(at("set")), await readFleet(at("imported"))];
  expect(csv.map(({ server }) => server)).toEqual(set.map(({ server }) => server));
  csv.forEach(({ values }, index) => {
    values.forEach((column, metric) => {
      expect(Array.from(column)).toEqual(Array.from(set[index]!.values[metric]!));
    });
  });
});

test("a history across a change of daylight-saving time has no seam", async () => {
  await simulate("--servers", "7", "--start", "2026-03-28T12:00:00+01:00", "--days", "2", "--out", at("dst"));
  const fleet = await readFleet(at("dst"));
  for (const { values, startMs } of fleet) {
    expect(startMs).toBe(Date.UTC(2026, 2, 28, 11));
    expect(values[0]).toHaveLength(2 * 288);
    const missing = Array.from(values[0]!).filter(Number.isNaN).length;
    expect(missing / (2 * 288)).toBeLessThan(0.05);
  }
});

describe("a feed to a URL", () => {
  test("is received whole though the receiver is busy at times, and goes on where its data set ended", async () => {
    const fleet = ["--servers", "4", "--interval", "1m"];
    await simulate(...fleet, "--hours", "2", "--out", at("short"));
    const { url, taken, keys } = await receive(503, 204, 429);
    const { stdout, exitCode, stderr } = await runForewarn(
      ...["simulate", "--live", "--continue", at("short"), "--speed", "1000000", "--for", "1h"],
      ...["--to", url, "--header", "X-API-Key: k", "--json"],
    );
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ instants: 60, rows: taken.length, undelivered: 0 });
    expect(stderr).toContain("503");
    expect([...keys]).toEqual(["k"]);
    expect(JSON.parse(taken[0]!)).toMatchObject({ timestamp: "2026-01-05T02:00:00.000Z" });

    const batch = await runForewarn("simulate", ...fleet, "--hours", "3", "--out", at("long"), "--json");
    const before = await runForewarn("simulate", ...fleet, "--hours", "2", "--out", at("short again"), "--json");
    expect(taken.length).toBe(JSON.parse(batch.stdout).rows - JSON.parse(before.stdout).rows);
  });

  test("that nobody receives ends with an error, as does one that is refused", async () => {
    const { url } = await receive(403);
    const live = ["simulate", "--live", "--servers", "2", "--speed", "1000000", "--for", "1h", "--to"];
    const refused = await runForewarn(...live, url, "--json");
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.stdout).error).toMatchObject({
      code: "delivery_failed",
      message: expect.stringContaining("403 Forbidden"),
    });
    expect(refused.stderr).toContain("sent 0 of 2 rows");
    await new Promise((resolve) => receivers.pop()!.close(resolve));
    const unreachable = await runForewarn(...live, url);
    expect(unreachable.exitCode).toBe(1);
    expect(unreachable.stderr).toMatch(/error: .*Expected a receiver, got ECONNREFUSED/);
  });
});

test("Ctrl-C ends a feed with whole lines, an account of what was sent, and exit code 0", async () => {
  const feed = startForewarn(
    ...["simulate", "--live", "--servers", "3", "--interval", "1s", "--speed", "20", "--scenario", "healthy"],
  );
  await feed.said("baseline");
  feed.kill("SIGINT");
  const { stdout, stderr, exitCode } = await feed.ended;
  expect(exitCode, stderr).toBe(0);
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [, delivered, all] = /sent (\d+) of (\d+) rows/.exec(stderr)!;
  expect(rows).toHaveLength(Number(delivered));
  expect(all).toBe(delivered);
});
