// The status matrix of remote write, and the receiver cases of prometheus/compliance that end in an answer.
import { request } from "node:http";
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { doubleField, field, hex, varint, varintField } from "../../../test/helpers/bytes.ts";
import { type FakeServices, fakeServices, NOW_MS } from "../../../test/support/fake-services.ts";
import { type MemoryReceiver, memoryReceiver } from "../../../test/support/memory-receiver.ts";
import { ForewarnError } from "../../base/index.ts";
import { compressSnappy, type Label, REMOTE_WRITE_1_TYPE, REMOTE_WRITE_2_TYPE } from "../../wire/index.ts";
import { createApp } from "../index.ts";

let services: FakeServices;
let receiver: MemoryReceiver;
let app: FastifyInstance;
beforeEach(async () => {
  services = fakeServices();
  receiver = memoryReceiver(NOW_MS);
  services.receiver = receiver;
  app = await createApp(services, { validateResponses: true });
});
afterEach(() => app.close());

type Version = 1 | 2;
type Samples = readonly (readonly [value: number, timeMs: number | bigint])[];
interface Series {
  labels: readonly Label[];
  samples: Samples;
  more?: Uint8Array;
}

const up = (instance: string): Label[] => [
  ["__name__", "up"],
  ["instance", instance],
];
const one = (samples: Samples = [[1, NOW_MS]], instance = "a:9100"): Series => ({ labels: up(instance), samples });

/** The same series as a message of either version. */
function messageOf(version: Version, series: readonly Series[]): Buffer {
  const samplesOf = ({ samples, more = Buffer.alloc(0) }: Series) => [
    ...samples.map(([value, timeMs]) =>
      field(2, doubleField(1, value), varintField(2, BigInt.asUintN(64, BigInt(timeMs)))),
    ),
    more,
  ];
  if (version === 1) {
    return Buffer.concat(
      series.map((one) =>
        field(1, ...one.labels.map(([name, value]) => field(1, field(1, name), field(2, value))), ...samplesOf(one)),
      ),
    );
  }
  const symbols = ["", ...new Set(series.flatMap(({ labels }) => labels.flat()))];
  return Buffer.concat([
    ...symbols.map((symbol) => field(4, symbol)),
    ...series.map((one) =>
      field(5, field(1, ...one.labels.flat().map((text) => varint(symbols.indexOf(text)))), ...samplesOf(one)),
    ),
  ]);
}

const bodyOf = (version: Version, ...series: readonly Series[]) =>
  Buffer.from(compressSnappy(messageOf(version, series)));
const typeOf = (version: Version) => (version === 1 ? REMOTE_WRITE_1_TYPE : REMOTE_WRITE_2_TYPE);

async function send(version: Version, payload: Buffer, headers: Record<string, string | undefined> = {}) {
  const all: Record<string, string | undefined> = {
    ...{ "content-type": typeOf(version), "content-encoding": "snappy" },
    ...headers,
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  return app.inject({ method: "POST", url: "/api/v1/write", payload, headers: given });
}

const NAMES = ["samples", "histograms", "exemplars"].map((name) => `x-prometheus-remote-write-${name}-written`);

/** The confirmed counts, or null when the answer has none. */
function writtenOf({ headers }: Awaited<ReturnType<typeof send>>): number[] | null {
  const counts = NAMES.map((name) => headers[name]);
  return counts.every((count) => count === undefined) ? null : counts.map(Number);
}

const DAY_MS = 86_400_000;
const histogram = (version: Version) => field(version === 1 ? 4 : 3, varintField(1, 5));
const exemplar = (version: Version) =>
  version === 1
    ? field(3, field(1, field(1, "trace_id"), field(2, "x")), doubleField(2, 1))
    : field(4, field(1, hex("0102")), doubleField(2, 1));

/** What is sent, its status, and how many samples are confirmed to version 2; null for no such headers. */
type Case = [what: string, body: (version: Version) => Buffer, status: number, written: number | null, text?: string];

const CASES: Case[] = [
  ["samples", (v) => bodyOf(v, one([[1, NOW_MS]]), one([[2, NOW_MS - 1000]], "b:9100")), 204, 2],
  ["no series", (v) => bodyOf(v), 204, 0],
  ["samples out of order", (v) => bodyOf(v, one([1, 5, 3].map((ago) => [ago, NOW_MS - ago * 1000]))), 204, 3],
  ["the same sample twice", (v) => bodyOf(v, one(), one()), 204, 2],
  ["10 minutes ahead", (v) => bodyOf(v, one([[1, NOW_MS + 599_000]])), 204, 1],
  ["exemplars", (v) => bodyOf(v, { ...one(), more: exemplar(v) }), 204, 1],
  ["special values", (v) => bodyOf(v, one([Infinity, NaN, -0, 5e-324].map((x, at) => [x, NOW_MS + at]))), 204, 4],
  ["a sample more than 10 minutes ahead", (v) => bodyOf(v, one([[1, NOW_MS + 601_000]])), 400, 0, "too_far_ahead"],
  ["a sample older than the retention", (v) => bodyOf(v, one([[1, NOW_MS - 91 * DAY_MS]])), 400, 0, "too_old"],
  ["the last int64 as a time", (v) => bodyOf(v, one([[1, 2n ** 63n - 1n]])), 400, 0, "too_far_ahead"],
  ["the first int64 as a time", (v) => bodyOf(v, one([[1, -(2n ** 63n)]])), 400, 0, "too_old"],
  [
    "another value for one time",
    (v) =>
      bodyOf(
        v,
        one([
          [1, NOW_MS],
          [2, NOW_MS],
        ]),
      ),
    400,
    1,
    "other_value",
  ],
  ["no __name__", (v) => bodyOf(v, { ...one(), labels: [["job", "a"]] }, one()), 400, 1, "name_missing: 1 series"],
  ["a repeated label", (v) => bodyOf(v, { ...one(), labels: [...up("a"), ["instance", "b"]] }), 400, 0, "repeated"],
  ["an empty value", (v) => bodyOf(v, { ...one(), labels: up("") }), 400, 0, "label_empty"],
  ["41 labels", (v) => bodyOf(v, { ...one(), labels: manyLabels(41) }, one()), 400, 1, "label_limit"],
  ["a native histogram", (v) => bodyOf(v, { ...one([]), more: histogram(v) }, one()), 400, 1, "native_histogram"],
  ["nothing", () => Buffer.alloc(0), 400, 0, "snappy"],
  ["no snappy", () => Buffer.from("0no block"), 400, 0, "snappy"],
  ["snappy's framed format", () => hex("ff060000734e61507059"), 400, 0, "framed"],
  ["a block that is cut off", (v) => bodyOf(v, one()).subarray(0, -3), 400, 0, "snappy"],
  ["a message that is cut off", (v) => snappy(messageOf(v, [one()]).subarray(0, -3)), 400, 0, "body"],
  ["the other version", (v) => bodyOf(v === 1 ? 2 : 1, one()), 400, 0, "Expected"],
  ["a body that says it has 4 GB", () => hex("ffffffff0f 00"), 400, null, "at most"],
  ["64 MiB in 3 MiB", () => snappy(Buffer.alloc(64 << 20)), 400, null, "at most"],
  ["a body of more than 8 MiB", () => Buffer.alloc((8 << 20) + 1), 400, null, "at most"],
  ["10,001 series", (v) => bodyOf(v, ...Array.from({ length: 10_001 }, () => one([]))), 400, null, "series"],
];

function manyLabels(count: number): Label[] {
  return [["__name__", "up"], ...Array.from({ length: count - 1 }, (_, at): Label => [`l${at + 10}`, "x"])];
}

function snappy(message: Uint8Array): Buffer {
  return Buffer.from(compressSnappy(message));
}

describe.each([1, 2] as const)("version %i", (version) => {
  test.each(CASES)("%s", async (_, body, status, written, text) => {
    const response = await send(version, body(version));
    expect(response.statusCode, response.body).toBe(status);
    expect(writtenOf(response)).toEqual(version === 2 && written !== null ? [written, 0, 0] : null);
    if (status === 204) expect([response.body, response.headers["content-type"]]).toEqual(["", undefined]);
    else {
      expect(response.headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(response.body).toContain(text);
      expect(response.body.length).toBeLessThan(1000);
    }
    // What is confirmed is what is there, each sample once.
    const stored = [...receiver.series.values()].reduce((sum, times) => sum + times.size, 0);
    expect(stored).toBe(status === 204 && _ === "the same sample twice" ? 1 : (written ?? 0));
  });

  test.each<[string, Record<string, string | undefined>]>([
    ["JSON", { "content-type": "application/json" }],
    ["an image", { "content-type": "image/png" }],
    ["an unknown message", { "content-type": "application/x-protobuf;proto=io.prometheus.write.v3.Request" }],
    ["a name of Object", { "content-type": "application/x-protobuf;proto=constructor" }],
    ["no media type", { "content-type": "protobuf" }],
    ["gzip", { "content-encoding": "gzip" }],
    ["deflate", { "content-encoding": "deflate" }],
    ["two encodings", { "content-encoding": "snappy, snappy" }],
    ["no encoding at all", { "content-encoding": "identity" }],
  ])("%s is 415", async (_, headers) => {
    const response = await send(version, Buffer.from("0"), headers);
    expect([response.statusCode, writtenOf(response)]).toEqual([415, null]);
    expect(response.headers["content-type"]).toContain("text/plain");
    expect(receiver.series.size).toBe(0);
  });

  test.each<[string, (fake: FakeServices) => void, string]>([
    ["overload", () => (receiver.error = new ForewarnError("overloaded", "busy")), "busy"],
    ["a full disk", (fake) => (fake.storeState = "read_only"), "disk full"],
    ["a full journal", () => (receiver.error = new ForewarnError("store_read_only", "journal full")), "journal full"],
    ["stopping", (fake) => (fake.daemon = { ...fake.daemon, stopping: true }), "stopping"],
    ["an own bug", () => (receiver.error = new Error("secret detail")), "internal error"],
    ["an error that is not foreseen", () => (receiver.error = new ForewarnError("config_invalid", "x")), "internal"],
  ])("%s is 503 with Retry-After", async (_, change, text) => {
    change(services);
    const response = await send(version, bodyOf(version, one()));
    expect([response.statusCode, response.body]).toEqual([503, expect.stringContaining(text)]);
    expect(Number(response.headers["retry-after"])).toBeGreaterThan(0);
    expect(writtenOf(response)).toEqual(version === 2 ? [0, 0, 0] : null);
    expect(response.body).not.toContain("secret");
    expect(response.headers["content-type"]).toContain("text/plain");
  });

  test("sent again it is harmless, whatever the answer was", async () => {
    const body = bodyOf(version, one(), { ...one(), labels: [["job", "a"]] }, one([[3, NOW_MS + 601_000]], "b"));
    const answers = [await send(version, body), await send(version, body), await send(version, body)];
    for (const response of answers) {
      expect([response.statusCode, writtenOf(response)]).toEqual([400, version === 2 ? [1, 0, 0] : null]);
    }
    receiver.error = new Error("crash");
    expect((await send(version, body)).statusCode).toBe(503);
    receiver.error = null;
    expect((await send(version, body)).body).toBe(answers[0]!.body);
    expect([...receiver.series.get(JSON.stringify(up("a:9100")))!]).toEqual([[NOW_MS, 1]]);
  });

  test("texts of others stay text", async () => {
    const evil = `<img src=x onerror=alert(1)>"\n\r\u202e${"x".repeat(3000)}`;
    const labels: Label[] = [...up("a"), [evil.slice(0, 40), evil]];
    const response = await send(version, bodyOf(version, { labels, samples: [[1, NOW_MS]] }));
    expect(response.statusCode).toBe(400);
    expect(response.headers).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringContaining("default-src 'self'"),
    });
    expect(response.body).not.toMatch(/\r|x{100}/);
  });
});

describe("the message", () => {
  test.each<[string, string | undefined]>([
    ["no type", undefined],
    ["the bare type", "application/x-protobuf"],
    ["blanks and another case", "Application/X-Protobuf ; proto=prometheus.WriteRequest"],
    ["a quoted parameter", 'application/x-protobuf;charset=x;proto="prometheus.WriteRequest"'],
  ])("%s is version 1", async (_, type) => {
    const response = await send(1, bodyOf(1, one()), { "content-type": type, "content-encoding": undefined });
    expect([response.statusCode, writtenOf(response)]).toEqual([204, null]);
    expect(receiver.series.size).toBe(1);
  });

  test("is told by the media type and not by the version header", async () => {
    const first = await send(1, bodyOf(1, one()), { "x-prometheus-remote-write-version": "2.0.0" });
    expect([first.statusCode, writtenOf(first)]).toEqual([204, null]);
    const second = await send(2, bodyOf(2, one()), { "x-prometheus-remote-write-version": "0.1.0" });
    expect([second.statusCode, writtenOf(second)]).toEqual([204, [1, 0, 0]]);
  });

  test("of version 1 goes on as it came, unless a part of it was rejected", async () => {
    const body = bodyOf(1, one());
    await send(1, body);
    await send(1, bodyOf(1, one(), { ...one(), labels: [["job", "a"]] }));
    await send(2, bodyOf(2, one()));
    expect(receiver.bodies.map((each) => each && Buffer.from(each))).toEqual([body, undefined, undefined]);
  });

  test("keeps stale markers", async () => {
    const marker = field(2, hex("09 02000000 0000f07f"), varintField(2, NOW_MS));
    for (const version of [1, 2] as const) {
      expect((await send(version, bodyOf(version, { ...one([]), more: marker }))).statusCode).toBe(204);
    }
    expect([...receiver.series.values()].map((times) => [...times])).toEqual([[[NOW_MS, "stale"]]]);
  });

  test("may take labels of any UTF-8", async () => {
    const labels: Label[] = [
      ["__name__", "resource.cpu usage"],
      ["job.name", "test\njob\u{1f30d}"],
      ["\u6d4b\u8bd5", "__proto__"],
    ];
    expect((await send(2, bodyOf(2, { labels, samples: [[1, NOW_MS]] }))).statusCode).toBe(204);
    expect(receiver.series.has(JSON.stringify(labels))).toBe(true);
  });
});

test("without a mapping the answer is 404, after which senders stop, and says what to configure", async () => {
  services.receiver = null;
  for (const version of [1, 2] as const) {
    const response = await send(version, bodyOf(version, one()));
    expect([response.statusCode, writtenOf(response)]).toEqual([404, null]);
    expect(response.body).toContain("receive.mapping");
  }
});

test("keys: none is 401 with a challenge, another scope 403, and so is one for certain servers", async () => {
  const key = (scope: "ingest" | "read", servers?: string[]) => services.keys.add("k", [scope], { servers }).key;
  const [own, reader, bound] = [key("ingest"), key("read"), key("ingest", ["web-*"])];
  const basic = `Basic ${Buffer.from(`user:${own}`).toString("base64")}`;
  const cases: [authorization: string | undefined, status: number][] = [
    [undefined, 401],
    ["Bearer fw_wrong", 401],
    [`Bearer ${reader}`, 403],
    [`Bearer ${bound}`, 403],
    [`Bearer ${own}`, 204],
    [basic, 204],
  ];
  for (const [authorization, status] of cases) {
    const response = await send(2, bodyOf(2, one()), { authorization });
    expect([response.statusCode, writtenOf(response)]).toEqual([status, status === 204 ? [1, 0, 0] : null]);
    if (status === 401) expect(response.headers["www-authenticate"]).toContain("Bearer");
    if (status !== 204) expect(response.headers["content-type"]).toContain("text/plain");
  }
});

test("too many bodies at a time, of all senders together, are 503", async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const other = fakeServices();
  other.receiver = { write: async (...given) => held.then(() => receiver.write(...given)) };
  const tight = await createApp(other, { parallelIngest: 1 });
  const keys = Array.from({ length: 6 }, (_, at) => other.keys.add(`k${at}`, ["ingest"]).key);
  const answers = keys.map((key) =>
    tight.inject({
      ...{ method: "POST", url: "/api/v1/write", payload: bodyOf(2, one()) },
      headers: { "content-type": typeOf(2), authorization: `Bearer ${key}` },
    }),
  );
  await Promise.race(answers);
  release();
  const statuses = (await Promise.all(answers)).map(({ statusCode }) => statusCode).sort();
  expect(statuses).toEqual([204, 204, 204, 204, 503, 503]);
  await tight.close();
});

test("a request too many in a minute is 503 and never 429", async () => {
  const strict = await createApp({ ...fakeServices(), receiver }, { requestsPerMinute: 2 });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n++) {
    const { statusCode } = await strict.inject({
      ...{ method: "POST", url: "/api/v1/write", payload: bodyOf(1, one()) },
      headers: { "content-type": typeOf(1) },
    });
    statuses.push(statusCode);
  }
  expect(statuses).toEqual([204, 204, 503, 503]);
  await strict.close();
});

test("of any mixture of good and bad, in any pieces and repeats, what is confirmed is what is stored", async () => {
  const offset = fc.constantFrom(-91 * DAY_MS, -DAY_MS, -1000, 0, 1000, 599_000, 601_000);
  const mixed = fc.record({
    server: fc.constantFrom("a", "b", "c"),
    fault: fc.constantFrom(null, null, null, "name_missing", "label_empty"),
    offsets: fc.array(offset, { minLength: 1, maxLength: 4 }),
  });
  const seriesOf = ({
    server,
    fault,
    offsets,
  }: {
    server: string;
    fault: string | null;
    offsets: number[];
  }): Series => ({
    labels:
      fault === null ? up(server) : fault === "name_missing" ? [["instance", server]] : [...up(server), ["job", ""]],
    // The value follows from series and time, so that a repeat is the same sample.
    samples: offsets.map((ms) => [ms, NOW_MS + ms]),
  });
  const isGood = (ms: number) => ms >= -DAY_MS && ms <= 599_000;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(mixed, { maxLength: 5 }), { maxLength: 4 }), async (requests) => {
      receiver.series.clear();
      const all = new Set<string>();
      for (const entries of [...requests, ...requests.toReversed()]) {
        const response = await send(2, bodyOf(2, ...entries.map(seriesOf)));
        const count = entries.flatMap(({ offsets }) => offsets).length;
        const good = entries.flatMap(({ fault, offsets }) => (fault === null ? offsets.filter(isGood) : []));
        expect([response.statusCode, writtenOf(response)]).toEqual([
          good.length === count ? 204 : 400,
          [good.length, 0, 0],
        ]);
        if (good.length < count) {
          expect(response.body).toContain(`${good.length} samples were stored, ${count - good.length} refused`);
        }
        for (const { server, fault, offsets } of entries) {
          if (fault === null) for (const ms of offsets.filter(isGood)) all.add(`${server} ${ms}`);
        }
      }
      const stored = [...receiver.series].flatMap(([labels, times]) => [...times].map(([, value]) => [labels, value]));
      const expected = [...all].map((text) => {
        const [server, ms] = text.split(" ") as [string, string];
        return [JSON.stringify(up(server)), Number(ms)];
      });
      expect(stored.toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: 100 },
  );
});

test("over a socket: a body beyond the limit gets its answer, one that breaks off harms nobody", async () => {
  const url = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
  const begin = (length: number) => {
    const headers = { "content-type": typeOf(2), "content-length": length };
    const sender = request(new URL("/api/v1/write", url), { method: "POST", headers, agent: false });
    const answered = new Promise<number>((resolve, reject) => {
      sender.on("response", (response) => resolve(response.resume().statusCode!)).on("error", reject);
    });
    return { sender, answered };
  };
  const broken = begin(1000);
  broken.sender.write("begun", () => broken.sender.destroy());
  await expect(broken.answered).rejects.toThrow();
  const large = begin(40 << 20);
  large.sender.end(Buffer.alloc(40 << 20));
  expect(await large.answered).toBe(400);
  const good = begin(bodyOf(2, one()).length);
  good.sender.end(bodyOf(2, one()));
  expect(await good.answered).toBe(204);
});

test("what was refused is counted by protocol and reason", async () => {
  await send(2, bodyOf(2, { ...one(), labels: [["job", "a"]] }, one([[1, NOW_MS + 601_000]])));
  const text = services.metrics.text();
  const line = (reason: string) =>
    `forewarn_ingest_samples_refused_total{protocol="remote_write_2",reason="${reason}"} 1`;
  expect(text).toContain(line("name_missing"));
  expect(text).toContain(line("too_far_ahead"));
  expect(text).toContain('forewarn_ingest_decode_seconds_count{protocol="remote_write_2"} 1');
});
