import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeServices, fakeServices, NOW_MS } from "../../../test/support/fake-services.ts";
import { ForewarnError } from "../../base/index.ts";
import { createApp } from "../index.ts";
import { splitArray, splitLines } from "./split-rows.ts";
import { createTimestampParser, parseTimestamp } from "./timestamp.ts";

let services: FakeServices;
let app: FastifyInstance;
beforeEach(async () => {
  services = fakeServices();
  services.stored = [];
  app = await createApp(services);
});
afterEach(() => app.close());

const TIME = new Date(NOW_MS).toISOString();
const good = { timestamp: TIME, server: "a", profile: "database", state: "healthy", cpu_pct: 1, mem_pct: 2 };

function send(payload: string | Buffer, headers: Record<string, string> = {}) {
  const all = { "content-type": "application/json", ...headers };
  return app.inject({ method: "POST", url: "/api/v1/rows", payload, headers: all });
}

describe("rows that fit the contract", () => {
  test("are stored as they are, as an array or as lines, plain or gzip", async () => {
    const rows = [
      { ...good, notes: 'hé "quoted" {[', container_oom: true, latency_ms: null },
      { timestamp: NOW_MS / 1000 - 300, server: "b", cpu_pct: null, mem_pct: 0 },
    ];
    const first = await send(JSON.stringify(rows));
    expect(first.json()).toEqual({ accepted: 2, duplicates: 0, conflicts: 0, rejected: 0, errors: [] });
    const lines = rows.map((row) => JSON.stringify(row)).join("\r\n\n");
    const again = await send(gzipSync(lines), { "content-type": "application/x-ndjson", "content-encoding": "gzip" });
    expect(again.json()).toEqual({ accepted: 0, duplicates: 2, conflicts: 0, rejected: 0, errors: [] });
    expect(services.stored).toEqual([
      {
        ...{ server: "a", timestampMs: NOW_MS, labels: { profile: "database" }, state: "healthy" },
        metrics: { cpu_pct: 1, mem_pct: 2, container_oom: 1 },
        texts: { notes: 'hé "quoted" {[' },
      },
      {
        ...{ server: "b", timestampMs: NOW_MS - 300_000, labels: { profile: null }, state: null },
        ...{ metrics: { mem_pct: 0 }, texts: { notes: null } },
      },
    ]);
  });

  test("an empty request is fine", async () => {
    for (const body of ["[]", " [ ] \n"]) expect((await send(body)).json()).toMatchObject({ accepted: 0, errors: [] });
    expect((await send("\n\n", { "content-type": "application/x-ndjson" })).statusCode).toBe(200);
  });

  test("another value for a stored time is a conflict that is reported, and the first stays", async () => {
    await send(JSON.stringify([good]));
    const response = await send(
      JSON.stringify([
        { ...good, server: "b" },
        { ...good, cpu_pct: 9 },
      ]),
    );
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: "rows_rejected", accepted: 1, conflicts: 1, rejected: 0 });
    expect(response.json().errors).toMatchObject([{ index: 1, code: "row_conflict" }]);
    expect(services.stored[0]!.metrics["cpu_pct"]).toBe(1);
  });
});

test("a key that is bound to servers sends rows of these alone; each other row is rejected by itself", async () => {
  const bound = services.keys.add("agent", ["ingest"], { servers: ["web-*", "db-1"] }).key;
  const free = services.keys.add("collector", ["ingest"]).key;
  const names = ["web-1", "db-1", "db-10", "a-web-1", "web-"];
  const body = JSON.stringify(names.map((server) => ({ ...good, server })));
  const response = await send(body, { authorization: `Bearer ${bound}` });
  expect(response.json()).toMatchObject({ status: 400, code: "rows_rejected", accepted: 3, rejected: 2 });
  expect(response.json().errors).toEqual([
    {
      ...{ index: 2, code: "server_forbidden", path: "server" },
      message: 'Expected a server that this key is for, got "db-10"',
    },
    expect.objectContaining({ index: 3, code: "server_forbidden" }),
  ]);
  expect(services.stored.map(({ server }) => server)).toEqual(["web-1", "db-1", "web-"]);
  expect(services.metrics.text()).toContain('forewarn_ingest_rows_refused_total{code="server_forbidden"} 2\n');
  const all = await send(body, { authorization: `Bearer ${free}` });
  expect(all.json()).toMatchObject({ accepted: 2, duplicates: 3, rejected: 0 });
});

test("a row of more names than any contract has is not built", async () => {
  const names = Array.from({ length: 10_001 }, (_, i) => `"${i}":0`).join(",");
  const response = await send(`[{${names}},${JSON.stringify(good)}]`);
  expect(response.json()).toMatchObject({ accepted: 1, errors: [{ index: 0, code: "row_unreadable" }] });
});

const year = 365 * 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString();

test.each<[string, string, string, string]>([
  ["an unknown metric", '{"gpu_pct":1}', "column_unknown", "gpu_pct"],
  ["the truth of a simulator", '{"problem_child":1}', "column_excluded", "problem_child"],
  ["a text for a number", '{"cpu_pct":"50"}', "column_type", "cpu_pct"],
  ["a list", '{"cpu_pct":[1]}', "row_unreadable", ""],
  ["a nested object", '{"cpu_pct":{"a":1}}', "row_unreadable", ""],
  ["a truth value for a gauge", '{"cpu_pct":true}', "column_type", "cpu_pct"],
  ["1e400", '{"cpu_pct":1e400}', "value_not_finite", "cpu_pct"],
  ["more than single precision holds", '{"latency_ms":1e39}', "value_out_of_range", "latency_ms"],
  ["NaN", '{"cpu_pct":NaN}', "row_unreadable", ""],
  ["above the range", '{"cpu_pct":100.1}', "value_out_of_range", "cpu_pct"],
  ["below the range", '{"mem_pct":-1}', "value_out_of_range", "mem_pct"],
  ["a flag of 2", '{"container_oom":2}', "value_out_of_range", "container_oom"],
  ["an unknown category", '{"profile":"toaster"}', "category_unknown", "profile"],
  ["an unknown state", '{"state":"fine"}', "category_unknown", "state"],
  ["a number as category", '{"profile":1}', "column_type", "profile"],
  ["no server", '{"server":null}', "server_missing", "server"],
  ["an empty server", '{"server":""}', "server_missing", "server"],
  ["a number as server", '{"server":1}', "column_type", "server"],
  ["a server with a line feed", '{"server":"a\\nb"}', "column_type", "server"],
  ["half of a surrogate pair", '{"server":"\\ud800"}', "column_type", "server"],
  ["a long server", `{"server":"${"x".repeat(257)}"}`, "column_type", "server"],
  ["a long note", `{"notes":"${"x".repeat(4097)}"}`, "column_type", "notes"],
  ["a future time", `{"timestamp":"${iso(NOW_MS + 600_001)}"}`, "timestamp_out_of_window", "timestamp"],
  ["an ancient time", `{"timestamp":"${iso(NOW_MS - year)}"}`, "timestamp_out_of_window", "timestamp"],
  ["milliseconds for seconds", `{"timestamp":${NOW_MS}}`, "timestamp_out_of_window", "timestamp"],
  ["a huge time", '{"timestamp":1e300}', "timestamp_out_of_window", "timestamp"],
  ["an infinite time", '{"timestamp":1e999}', "timestamp_out_of_window", "timestamp"],
  ["a time without a zone", '{"timestamp":"2026-01-05T12:00:00"}', "timestamp_invalid", "timestamp"],
  ["a day that is none", '{"timestamp":"2026-02-30T12:00:00Z"}', "timestamp_invalid", "timestamp"],
  ["no time", '{"timestamp":null}', "timestamp_invalid", "timestamp"],
  ["a key that pollutes", '{"__proto__":{"polluted":1}}', "row_unreadable", ""],
  ["a flat key that pollutes", '{"__proto__":1}', "column_unknown", "__proto__"],
  ["the constructor", '{"constructor":1}', "column_unknown", "constructor"],
  ["a name twice", '{"cpu_pct":1,"cpu_pct":2}', "row_unreadable", ""],
  ["nothing", "{}", "", ""],
])("%s rejects its row alone", async (_, change, code, path) => {
  const { cpu_pct, mem_pct, ...rest } = good;
  const changed = change.slice(1, -1);
  const known = new Set([...change.matchAll(/"(\w+)":/g)].map((match) => match[1]!));
  const others = Object.entries({ ...rest, cpu_pct, mem_pct }).filter(([name]) => !known.has(name));
  const members = [changed, ...others.map(([name, value]) => `"${name}":${JSON.stringify(value)}`)].filter(Boolean);
  const bad = `{${members.join(",")}}`;
  const rows = [
    { ...good, server: "x" },
    { ...good, server: "y" },
  ].map((row) => JSON.stringify(row));
  for (const [type, body] of [
    ["application/json", `[${rows[0]},${bad},${rows[1]}]`],
    ["application/x-ndjson", `${rows[0]}\n${bad}\n${rows[1]}`],
  ] as const) {
    services.stored = [];
    const response = await send(body, { "content-type": type });
    const errors = code === "" ? [] : [expect.objectContaining({ index: 1, code, path })];
    expect(response.statusCode, response.body).toBe(code === "" ? 200 : 400);
    expect(response.json().errors ?? []).toEqual(errors);
    expect(response.json()).toMatchObject({ accepted: code === "" ? 3 : 2, rejected: errors.length });
    expect(services.stored.filter(({ server }) => server === "x" || server === "y")).toHaveLength(2);
  }
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("a required column that is absent is reported", async () => {
  const { mem_pct: _, ...rest } = good;
  expect((await send(JSON.stringify([rest]))).json().errors).toMatchObject([
    { code: "column_missing", path: "mem_pct" },
  ]);
  const { server: __, ...nameless } = good;
  expect((await send(JSON.stringify([nameless]))).json().errors).toMatchObject([{ code: "server_missing" }]);
});

test("a rejected row leaves nothing behind in the next one", async () => {
  const bad = { ...good, notes: "bad", latency_ms: 5, state: "fine" };
  const { profile: _, state: __, ...sparse } = good;
  await send(JSON.stringify([bad, sparse]));
  expect(services.stored).toMatchObject([{ labels: { profile: null }, state: null, texts: { notes: null } }]);
  expect(services.stored[0]!.metrics).toEqual({ cpu_pct: 1, mem_pct: 2 });
});

const row = JSON.stringify(good);

test.each<[string, string | Buffer, Record<string, string>, number, string]>([
  ["an object", row, {}, 400, "body_unreadable"],
  ["an empty body", "", {}, 400, "body_unreadable"],
  ["an array that ends early", `[${row}`, {}, 400, "body_unreadable"],
  ["a row that ends early", `[${row.slice(0, -1)}`, {}, 400, "body_unreadable"],
  ["text after the array", `[${row}] x`, {}, 400, "body_unreadable"],
  ["a comma too many", `[${row},]`, {}, 400, "body_unreadable"],
  ["no comma", `[${row}${row}]`, {}, 400, "body_unreadable"],
  ["broken UTF-8", Buffer.from([0x5b, 0xff, 0x5d]), {}, 400, "body_unreadable"],
  ["something that is not gzip", row, { "content-encoding": "gzip" }, 400, "body_unreadable"],
  [
    "gzip that ends early",
    gzipSync(`[${row}]`).subarray(0, 40),
    { "content-encoding": "gzip" },
    400,
    "body_unreadable",
  ],
  ["another encoding", row, { "content-encoding": "br" }, 415, "media_type_unsupported"],
  ["two encodings", row, { "content-encoding": "gzip, gzip" }, 415, "media_type_unsupported"],
  ["another type", row, { "content-type": "text/plain" }, 415, "media_type_unsupported"],
  ["deep JSON", `[${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}]`, {}, 400, "rows_rejected"],
  ["deep JSON that never closes", "[".repeat(1_000_000), {}, 400, "body_unreadable"],
  ["a million rows", `[${"{},".repeat(999_999)}{}]`, {}, 413, "body_too_large"],
  ["too many bytes", Buffer.alloc((8 << 20) + 1, 32), {}, 413, "body_too_large"],
  ["a gzip bomb", gzipSync(Buffer.alloc(1 << 28, 32)), { "content-encoding": "gzip" }, 413, "body_too_large"],
])("%s is refused as a whole", async (_, body, headers, status, code) => {
  const response = await send(body, headers);
  expect(response.statusCode, response.body).toBe(status);
  expect(response.headers["content-type"]).toContain("application/problem+json");
  expect(response.json()).toMatchObject({ code, status, type: `/problems/${code}` });
  expect(services.stored).toEqual([]);
});

describe("when rows cannot be stored", () => {
  const { daemon } = fakeServices();
  test.each<[string, Partial<FakeServices>, string]>([
    ["overload", { writeError: new ForewarnError("overloaded", "busy") }, "overloaded"],
    ["a full disk", { storeState: "read_only" }, "store_read_only"],
    ["stopping", { daemon: { ...daemon, stopping: true } }, "not_ready"],
  ])("%s is 503 with Retry-After", async (_, change, code) => {
    Object.assign(services, change);
    const response = await send(`[${row}]`);
    expect(response.statusCode).toBe(503);
    expect(response.json().code).toBe(code);
    expect(Number(response.headers["retry-after"])).toBeGreaterThan(0);
  });

  test("an own bug is 500 without a word about it, and the daemon is told", async () => {
    const told: unknown[] = [];
    const fake = fakeServices();
    const other = await createApp(fake, { onInternalError: (error, request) => told.push([error, request]) });
    const headers = { "content-type": "application/json", "x-request-id": "mine" };
    fake.writeError = new Error("secret detail");
    const response = await other.inject({ method: "POST", url: "/api/v1/rows", payload: `[${row}]`, headers });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain("secret");
    expect(told).toEqual([[fake.writeError, { id: "mine", method: "POST", route: "/api/v1/rows" }]]);
    await other.close();
  });

  test("a missing model is no reason", async () => {
    services.model = null;
    services.daemon = { ...services.daemon, ready: false, reasons: ["no model"] };
    expect((await send(`[${row}]`)).statusCode).toBe(200);
  });
});

describe("splitting", () => {
  const flat = fc.dictionary(fc.string(), fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null)));

  test("finds the rows of any JSON, with the members that they have", () => {
    const rows = fc.array(flat, { maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.constantFrom(0, 2), (given, indent) => {
        const expected = given.map((one) => JSON.parse(JSON.stringify(one)) as object);
        const check = (text: string, spans: { begin: number; end: number; members: number }[]) => {
          expect(spans.map(({ begin, end }) => JSON.parse(text.slice(begin, end)))).toEqual(expected);
          expect(spans.map(({ members }) => members)).toEqual(expected.map((one) => Object.keys(one).length));
        };
        const array = JSON.stringify(given, null, indent);
        check(array, splitArray(array, 5));
        const lines = given.map((one) => JSON.stringify(one)).join("\n");
        check(lines, splitLines(lines, 5));
      }),
    );
  });

  test("throws nothing but a ForewarnError on any text", () => {
    const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'[]{},:"\\ \n1a') }));
    fc.assert(
      fc.property(texts, (text) => {
        for (const split of [splitArray, splitLines]) {
          try {
            for (const { begin, end } of split(text, 100)) expect(end).toBeGreaterThan(begin);
          } catch (error) {
            expect(error).toBeInstanceOf(ForewarnError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("timestamps", () => {
  test.each<[unknown, number]>([
    ["2026-01-05T12:00:00Z", NOW_MS],
    ["2026-01-05t12:00:00.123456789z", NOW_MS + 123],
    ["2026-01-05T14:30:00+02:30", NOW_MS],
    ["2026-01-05 07:00:00-05:00", NOW_MS],
    [1767614400, 1767614400000],
    [1767614400.123, 1767614400123],
    [-1.5, -1500],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
    ["2025-02-29T00:00:00Z", Number.NaN],
    ["2025-13-01T00:00:00Z", Number.NaN],
    ["2025-01-01T24:00:00Z", Number.NaN],
    ["2025-01-01T00:00:60Z", Number.NaN],
    ["2025-01-01T00:00:00+24:00", Number.NaN],
    ["2025-01-01", Number.NaN],
    ["1767614400", Number.NaN],
    ["", Number.NaN],
    [null, Number.NaN],
    [{}, Number.NaN],
  ])("%s is %s", (value, expected) => {
    const remember = createTimestampParser();
    for (const parse of [parseTimestamp, remember, remember]) expect(parse(value)).toBe(expected);
  });

  test("every instant until 2100 is read back to the millisecond", () => {
    const [min, max] = [new Date("1970-01-01T00:00:00Z"), new Date("2100-01-01T00:00:00Z")];
    const date = fc.date({ min, max, noInvalidDate: true });
    fc.assert(
      fc.property(date, (one) => {
        expect(parseTimestamp(one.toISOString())).toBe(one.getTime());
        expect(parseTimestamp(one.getTime() / 1000)).toBe(one.getTime());
      }),
    );
  });
});
