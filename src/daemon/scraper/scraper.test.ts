import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { memoryReceiver } from "../../../test/support/memory-receiver.ts";
import { ForewarnError } from "../../base/index.ts";
import { createMetricsRegistry } from "../../server/index.ts";
import { fetchPage } from "./fetch-page.ts";
import { scrapeTargetSchema, scrapeTargets } from "./scrape-config.ts";
import { startScraper } from "./scraper.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A target on the loopback. */
async function serveTarget(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  closers.push(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const targetsOf = (...entries: object[]) => scrapeTargets(entries.map((entry) => scrapeTargetSchema.parse(entry)));

describe("a page", () => {
  const never = new AbortController().signal;
  const fetchFrom = (url: string, timeoutMs = 5000) =>
    fetchPage(fetch, { url, authorization: "Bearer secret", timeoutMs }, never);

  test("is asked for with the formats, the limit of time and the key", async () => {
    const seen: Record<string, unknown>[] = [];
    const url = await serveTarget(({ headers }, response) => {
      seen.push(headers);
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4", "content-encoding": "gzip" });
      response.end(gzipSync("up 1\n"));
    });
    const { bytes, format } = await fetchFrom(url);
    expect([Buffer.from(bytes).toString(), format]).toEqual(["up 1\n", "prometheus"]);
    expect(seen[0]).toMatchObject({
      ...{ accept: expect.stringContaining("application/openmetrics-text"), authorization: "Bearer secret" },
      ...{ "x-prometheus-scrape-timeout-seconds": "5", "accept-encoding": expect.stringContaining("gzip") },
    });
  });

  test.each<[string, RequestListener, RegExp]>([
    ["status 500", (_, response) => response.writeHead(500).end("x"), /Expected status 200, got 500/],
    ["HTML", (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>"), /"text\/html"/],
    ["a connection that ends", ({ socket }) => socket.destroy(), /closed|ECONNRESET|socket/],
    [
      "an answer that breaks off",
      (_, response) => response.writeHead(200).write("a 1\n", () => response.destroy()),
      /./,
    ],
    [
      "40 MiB in 40 KiB",
      (_, response) =>
        response
          .writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" })
          .end(gzipSync(Buffer.alloc(40 << 20, 32))),
      /Expected at most 33554432 bytes/,
    ],
  ])("that is %s is an error that says so", async (_, answer, text) => {
    await expect(fetchFrom(await serveTarget(answer))).rejects.toThrow(text);
  });

  test("that does not come in time is an error", async () => {
    const url = await serveTarget((_, response) =>
      response.writeHead(200, { "content-type": "text/plain" }).write("a"),
    );
    await expect(fetchFrom(url, 100)).rejects.toThrow("Expected a page within 0.1 s");
  });

  test("elsewhere is not fetched: the key goes nowhere", async () => {
    let asked = 0;
    const other = await serveTarget((_, response) => {
      asked++;
      response.end("up 1\n");
    });
    for (const status of [301, 302, 307, 308]) {
      const url = await serveTarget((_, response) => response.writeHead(status, { location: other }).end());
      await expect(fetchFrom(url)).rejects.toThrow(`Expected status 200, got ${status}`);
    }
    expect(asked).toBe(0);
  });

  test("of nobody who listens names the reason", async () => {
    await expect(fetchFrom("http://127.0.0.1:9")).rejects.toThrow(/ECONNREFUSED|bad port/);
  });
});

describe("configured targets", () => {
  test("have a job, an instance with its port, and a phase that no restart changes", () => {
    const entries = [
      { url: "http://10.0.0.7:9100/metrics" },
      { url: "https://web.example/m?k=secret", every: "5s", labels: { job: "web", instance: "web-1" } },
    ];
    const [plain, named] = targetsOf(...entries) as [ReturnType<typeof targetsOf>[0], ReturnType<typeof targetsOf>[0]];
    expect(plain).toMatchObject({ name: "10.0.0.7:9100", everyMs: 30_000, timeoutMs: 10_000 });
    expect(plain.labels).toEqual([
      ["job", "forewarn"],
      ["instance", "10.0.0.7:9100"],
    ]);
    expect(named).toMatchObject({
      name: "web.example:443",
      timeoutMs: 5000,
      labels: [
        ["job", "web"],
        ["instance", "web-1"],
      ],
    });
    expect(targetsOf(...entries).map(({ phaseMs }) => phaseMs)).toEqual([plain.phaseMs, named.phaseMs]);
    const phases = targetsOf(...Array.from({ length: 300 }, (_, at) => ({ url: `http://host-${at}:1/` })));
    for (const third of [0, 1, 2]) {
      const inThird = phases.filter(({ phaseMs }) => Math.floor(phaseMs / 10_000) === third);
      expect(inThird.length).toBeGreaterThan(60);
    }
  });

  test.each<[string, object[], RegExp]>([
    ["a user in the URL", [{ url: "http://u:p@a/" }], /no user in the URL/],
    ["every 100ms", [{ url: "http://a/", every: "100ms" }], /receive.scrape\[0\].every: Expected at least 1s/],
    ["the same labels twice", [{ url: "http://a/x" }, { url: "http://a/y" }], /receive.scrape\[1\].labels/],
  ])("with %s are refused", (_, entries, text) => {
    expect(() => targetsOf(...entries)).toThrow(text);
  });

  test.each([
    ...[{ url: "ftp://a/" }, { url: "a:9100" }, { url: "http://a/", labels: { __name__: "x" } }],
    ...[
      { url: "http://a/", labels: { "a-b": "x" } },
      { url: "http://a/", labels: { a: "" } },
    ],
    ...[
      { url: "http://a/", every: "soon" },
      { url: "http://a/", authorization: "a\nb" },
      { url: "http://a/", x: 1 },
    ],
  ])("%j is no target", (entry) => {
    expect(scrapeTargetSchema.safeParse(entry).success).toBe(false);
  });
});

describe("the scraper", () => {
  /** A clock that runs to the next waiter until a time, and answers by what a test says. */
  function fakeWorld() {
    const state = { nowMs: 1_000_000_000, untilMs: 1_000_000_000 };
    const logged: string[] = [];
    let wake = (): void => undefined;
    return {
      state,
      logged,
      now: () => state.nowMs,
      log: (level: string, message: string, fields = {}) =>
        void logged.push(`${level} ${message} ${JSON.stringify(fields)}`),
      async wait(ms: number, signal: AbortSignal) {
        while (state.nowMs + ms > state.untilMs && !signal.aborted) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener("abort", () => resolve(), { once: true });
          });
        }
        if (!signal.aborted) state.nowMs += ms;
      },
      /** Lets time pass. */
      async run(ms: number) {
        state.untilMs += ms;
        wake();
        for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }

  const [target] = targetsOf({ url: "http://a:1/metrics", every: "10s" }) as [ReturnType<typeof targetsOf>[0]];

  function start(answer: (signal: AbortSignal) => Response | Promise<Response>) {
    const world = fakeWorld();
    const receiver = memoryReceiver(world.state.nowMs);
    const metrics = createMetricsRegistry();
    const asked: number[] = [];
    const scraper = startScraper({
      ...{ targets: [target], receiver, metrics, world: world as never },
      async fetch(_, init) {
        asked.push(world.state.nowMs);
        return answer(init!.signal!);
      },
    });
    closers.push(() => scraper.stop());
    const valuesOf = (name: string) =>
      [...receiver.series].filter(([key]) => key.includes(`"${name}"`)).flatMap(([, times]) => [...times.values()]);
    return { world, receiver, metrics, asked, scraper, valuesOf };
  }

  const page = (text: string) => new Response(text, { headers: { "content-type": "text/plain" } });

  test("scrapes at the phase of the target, not at the start, and tells once when it goes down and comes back", async () => {
    const answers = [
      page("load 1\n"),
      page("load 2\n"),
      new Response("", { status: 503 }),
      new Response("", { status: 503 }),
      page("load 3\n"),
    ];
    const { world, asked, valuesOf, metrics } = start(() => answers.shift() ?? page("load 4\n"));
    await world.run(0);
    expect(asked).toEqual([]);
    await world.run(50_000);
    expect(asked).toHaveLength(5);
    expect(asked.every((timeMs) => timeMs % 10_000 === target.phaseMs)).toBe(true);
    expect(new Set(asked.map((timeMs) => Math.floor(timeMs / 10_000))).size).toBe(5);
    expect(valuesOf("load")).toEqual([1, 2, "stale", 3]);
    expect(valuesOf("up")).toEqual([1, 1, 0, 0, 1]);
    expect(world.logged).toEqual([
      'info target up {"target":"a:1"}',
      'warn target down {"target":"a:1","reason":"Expected status 200, got 503"}',
      'info target up {"target":"a:1"}',
    ]);
    expect(metrics.text()).toContain("forewarn_scrape_targets_up 1");
    expect(metrics.text()).toContain('forewarn_scrapes_total{outcome="stored"} 3');
    expect(metrics.text()).toContain('forewarn_scrapes_total{outcome="down"} 2');
  });

  test("a page that is cut off, or nonsense, is no page", async () => {
    const answers = [page("load 1\n"), page("load 2\nloa"), page("<html>\n")];
    const { world, valuesOf } = start(() => answers.shift() ?? page(""));
    await world.run(30_000);
    expect(valuesOf("load")).toEqual([1, "stale"]);
    expect(valuesOf("up")).toEqual([1, 0, 0]);
  });

  test("what cannot be stored is told once, and the series ends when it can be again", async () => {
    const answers = [page("load 1\n")];
    const { world, receiver, valuesOf } = start(() => answers.shift() ?? page("other 1\n"));
    await world.run(10_000);
    receiver.error = new ForewarnError("store_read_only", "full");
    await world.run(20_000);
    receiver.error = null;
    await world.run(10_000);
    expect(valuesOf("load")).toEqual([1, "stale"]);
    expect(world.logged.filter((line) => line.startsWith("error"))).toEqual([
      'error scrapes not stored {"target":"a:1","code":"store_read_only","message":"full"}',
    ]);
  });

  test("stops at once, also amid a scrape, and stores nothing of it", async () => {
    const { world, receiver, scraper, asked } = start(
      (signal) => new Promise((_, failed) => signal.addEventListener("abort", () => failed(signal.reason))),
    );
    await world.run(10_000);
    expect(asked).toHaveLength(1);
    await scraper.stop();
    await scraper.ended;
    expect([receiver.series.size, world.logged]).toEqual([0, []]);
  });

  test("a fault of the program ends it", async () => {
    const { world, receiver, scraper } = start(() => page("load 1\n"));
    receiver.error = new Error("bug");
    const ended = expect(scraper.ended).rejects.toThrow("bug");
    await world.run(10_000);
    await ended;
  });
});
