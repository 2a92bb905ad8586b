import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, HTTPMethods } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FakeServices, fakeServices, NOW_MS } from "../../test/support/fake-services.ts";
import { requireDeclaredScope } from "./auth.ts";
import { assertBindAllowed, createApp, openKeyRing, SCOPES, type Scope } from "./index.ts";

interface Route {
  method: HTTPMethods;
  url: string;
  scope: Scope | "public";
}

/** Routes whose errors are those of their protocol and no problem documents. */
const SENDER_PATHS = ["/api/v1/write", "/v1/metrics", "/api/v1/otlp/v1/metrics"];

/** Every route of the router, and a path that it matches. */
const ROUTES: Route[] = [
  ...["/-/healthy", "/livez", "/-/ready", "/readyz"].map((url) => ({ method: "GET", url, scope: "public" }) as const),
  ...["/api/v1/rows", ...SENDER_PATHS].map((url) => ({ method: "POST", url, scope: "ingest" }) as const),
  ...[
    ...["/api/v1/fleet", "/api/v1/status", "/api/v1/servers", "/api/v1/servers/a", "/api/v1/servers/a/history"],
    ...["/api/v1/servers/a/forecast", "/api/v1/servers/a/forecasts", "/api/v1/forecasts", "/api/v1/breaches"],
    ...["/api/v1/alerts", "/api/v1/alerts/closed", "/api/v1/quiet-times", "/api/v1/scoreboard", "/api/v1/models"],
    ...[
      "/api/v1/models/tft_1",
      "/api/v1/models/tft_1/report",
      "/api/v1/contract",
      "/metrics",
      "/openapi.json",
      "/problems/not_found",
      "/docs/",
    ],
    ...["/docs/static/index.css", "/docs/json", "/docs/yaml", "/api/v1/stream", "/api/v1/ws"],
    ...["/api/v1/fleet/columns", "/api/v1/servers/a/explanation", "/api/v1/servers/a/ahead", "/api/v1/servers/a/csv"],
    ...["/api/v1/servers/a/events", "/api/v1/alerts/replay", "/api/v1/demo"],
    ...["/metrics/forecasts", "/prometheus/api/v1/label/server/values", "/prometheus/api/v1/metadata"],
    ...["/prometheus/api/v1/rules", "/prometheus/api/v1/alerts", "/prometheus/api/v1/status/buildinfo"],
  ].map((url) => ({ method: "GET", url, scope: "read" }) as const),
  ...["query", "query_range", "query_exemplars", "series", "labels"].flatMap((path) =>
    ["GET", "POST"].map(
      (method) => ({ method: method as "GET" | "POST", url: `/prometheus/api/v1/${path}`, scope: "read" }) as const,
    ),
  ),
  { method: "POST", url: "/api/v1/stream/tickets", scope: "read" },
  { method: "POST", url: "/api/v1/alerts/acknowledge", scope: "operate" },
  { method: "POST", url: "/api/v1/quiet-times", scope: "operate" },
  { method: "DELETE", url: "/api/v1/quiet-times/x", scope: "operate" },
  ...[
    "/api/v1/models/tft_0/activate",
    "/api/v1/models/rollback",
    "/-/reload",
    "/-/backup",
    "/api/v1/demo/scenario",
  ].map((url) => ({ method: "POST", url, scope: "admin" }) as const),
  { method: "PUT", url: "/-/reload", scope: "admin" },
];

const ALLOWED: Record<Scope, readonly (Scope | "public")[]> = {
  ingest: ["public", "ingest"],
  read: ["public", "read"],
  operate: ["public", "read", "operate"],
  admin: ["public", "read", "operate", "admin"],
};

let services: FakeServices;
let app: FastifyInstance;
let keys: Record<Scope | "revoked" | "expired", string>;
beforeAll(async () => {
  services = fakeServices();
  const add = (scope: Scope, expiresAtMs?: number) => services.keys.add(`${scope} key`, [scope], { expiresAtMs });
  const revoked = add("admin");
  const scoped = Object.fromEntries(SCOPES.map((scope) => [scope, add(scope).key])) as Record<Scope, string>;
  keys = { ...scoped, revoked: revoked.key, expired: add("admin", NOW_MS).key };
  services.keys.revoke(revoked.info.id);
  app = await createApp(services, { requestsPerMinute: 100_000, parallelQueries: 1000 });
});
afterAll(() => app.close());

const call = ({ method, url }: Pick<Route, "method" | "url">, authorization?: string, headers = {}) =>
  app.inject({ method: method as "GET", url, headers: { ...headers, ...(authorization && { authorization }) } });

/** A stream never ends, so its answer is not waited for. */
const isEndless = ({ url }: Route, status: "refused" | "allowed") => url === "/api/v1/stream" && status === "allowed";

describe("every route asks for its scope", () => {
  const callers = ["none", "malformed", "unknown", "revoked", "expired", ...SCOPES] as const;
  const cases = ROUTES.flatMap((route) => callers.map((caller) => ({ ...route, caller })));

  test.each(cases)("$method $url for $caller", async ({ caller, ...route }) => {
    const isKey = (SCOPES as readonly string[]).includes(caller);
    const isAllowed = route.scope === "public" || (isKey && ALLOWED[caller as Scope].includes(route.scope));
    const others = { none: undefined, malformed: "Bearer", unknown: `Bearer fw_${"0".repeat(16)}_${"0".repeat(64)}` };
    const authorization = caller in others ? others[caller as "none"] : `Bearer ${keys[caller as Scope]}`;
    if (isEndless(route, isAllowed ? "allowed" : "refused")) return;
    const response = await call(route, authorization);
    if (isAllowed) expect([401, 403]).not.toContain(response.statusCode);
    else {
      expect(response.statusCode).toBe(isKey ? 403 : 401);
      if (!SENDER_PATHS.includes(route.url)) {
        expect(response.json().code).toBe(isKey ? "forbidden" : "unauthenticated");
      }
      if (!isKey) expect(response.headers["www-authenticate"]).toContain("Bearer");
    }
  });

  test("and the table above has every route", async () => {
    const { paths } = (await call({ method: "GET", url: "/openapi.json" }, `Bearer ${keys.read}`)).json();
    const documented = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
    const inTable = ROUTES.map(({ method, url }) => `${method} ${patternOf(url)}`);
    expect(documented.length).toBeGreaterThan(25);
    expect(documented.filter((route) => !inTable.includes(route))).toEqual([]);
  });

  test("a route without a scope stops the start", async () => {
    const other = await createApp(fakeServices());
    other.get("/forgotten", async () => "");
    await expect(other.ready()).rejects.toThrow("/forgotten");
    await other.close();
    expect(() => requireDeclaredScope({ method: "GET", url: "/x", handler: () => undefined })).toThrow("config.scope");
  });
});

function patternOf(url: string): string {
  return url
    .replace(/servers\/a/, "servers/:server")
    .replace(/models\/tft_\d/, "models/:id")
    .replace(/quiet-times\/x/, "quiet-times/:id")
    .replace(/label\/server/, "label/:name")
    .replace(/problems\/\w+/, "problems/:code");
}

describe("a ticket", () => {
  const issue = async (scope: Scope = "read"): Promise<string> => {
    const response = await call({ method: "POST", url: "/api/v1/stream/tickets" }, `Bearer ${keys[scope]}`);
    expect([response.statusCode, response.headers["cache-control"]]).toEqual([201, "no-store"]);
    return response.json().ticket;
  };

  test("stands for its key on streams alone", async () => {
    for (const { method, url } of ROUTES.filter(
      ({ scope, url }) => scope !== "public" && !/\/(stream|ws)$/.test(url),
    )) {
      expect([url, (await call({ method, url: `${url}?ticket=${await issue("admin")}` })).statusCode]).toEqual([
        url,
        401,
      ]);
    }
  });

  test.each(["/api/v1/stream", "/api/v1/ws"])(
    "that is none does not open %s, nor does a key beside it",
    async (url) => {
      const spent = await issue();
      // Without an upgrade the socket refuses with 404, but only after the ticket was taken.
      await call({ method: "GET", url: `/api/v1/ws?ticket=${spent}` });
      for (const ticket of [spent, "", "x".repeat(43), keys.read, `${await issue()}&ticket=${await issue()}`]) {
        const response = await call({ method: "GET", url: `${url}?ticket=${ticket}` }, `Bearer ${keys.read}`);
        expect([response.statusCode, response.json().code]).toEqual([401, "unauthenticated"]);
      }
    },
  );
});

describe("tricks with paths and methods", () => {
  test.each([
    ...["//api/v1/fleet", "/./api/v1/fleet", "/api/v1/../v1/fleet", "/-/healthy/../../api/v1/fleet", "/api/v1/fleet;x"],
    ...["/api/v1/%2e%2e/v1/fleet", "/api%2fv1%2ffleet", "/api/v1/fleet%00", "/API/V1/FLEET", "/api/v1/models/:id"],
    ...[
      "/-/ready/..%2f..%2fmetrics",
      "/docs/static/../../metrics",
      "/docs/static/%2e%2e/package.json",
      "/api/v1/fleet?",
    ],
  ])("%s does not get past the keys", async (url) => {
    expect([401, 404, 400]).toContain((await call({ method: "GET", url })).statusCode);
    const before = [...services.calls];
    const headers = { "x-http-method-override": "POST", "x-original-url": "/-/reload", "x-rewrite-url": "/-/reload" };
    await call({ method: "GET", url: "/-/healthy" }, undefined, headers);
    expect(services.calls).toEqual(before);
  });

  test.each(["HEAD", "OPTIONS", "PATCH", "TRACE"] as const)("%s answers no more than GET", async (method) => {
    const { statusCode, body } = await call({ method, url: "/api/v1/fleet" });
    expect([401, 404]).toContain(statusCode);
    expect(body).not.toContain("modelId");
  });
});

test("no key is in a log, an answer or the audit log", async () => {
  const fake = fakeServices();
  const { key } = fake.keys.add("k", ["admin"]);
  const lines: string[] = [];
  const logger = { level: "trace", stream: { write: (line: string) => void lines.push(line) } };
  const server = await createApp(fake, { logger });
  for (const authorization of [
    `Bearer ${key}`,
    `Basic ${Buffer.from(`u:${key}`).toString("base64")}`,
    `Bearer x${key}`,
  ]) {
    for (const [method, url] of [
      ["GET", "/api/v1/ws?ticket=secretticket"],
      ["GET", "/api/v1/stream?%74icket=secretticket"],
      ["POST", "/-/reload"],
      ["GET", "/metrics"],
      ["GET", "/nowhere"],
    ] as const) {
      const { body } = await server.inject({ method, url, headers: { authorization } });
      expect(body).not.toContain(key.slice(-64));
    }
  }
  await server.close();
  const text = lines.join("") + readFileSync(fake.auditFile, "utf8");
  expect(lines.length).toBeGreaterThan(5);
  for (const secret of ["secretticket", key.slice(-64), Buffer.from(`u:${key}`).toString("base64").slice(8, 40)]) {
    expect(text).not.toContain(secret);
  }
});

test("nothing is changed that cannot be recorded", async () => {
  const fake = fakeServices();
  const server = await createApp(fake);
  fake.audit.close();
  const response = await server.inject({ method: "POST", url: "/-/reload" });
  expect([response.statusCode, fake.calls]).toEqual([500, []]);
  await server.close();
});

describe("keys", () => {
  const fleet = { method: "GET", url: "/api/v1/fleet" } as const;

  test("work as Bearer and as password of Basic", async () => {
    const basic = `Basic ${Buffer.from(`grafana:${keys.read}`).toString("base64")}`;
    for (const authorization of [`Bearer ${keys.read}`, `bearer ${keys.read}`, basic]) {
      expect((await call(fleet, authorization)).statusCode).toBe(200);
    }
    for (const bad of [
      keys.read,
      `Bearer ${keys.read}x`,
      `Digest ${keys.read}`,
      `Basic ${keys.read}`,
      `Bearer ${"x".repeat(9999)}`,
    ]) {
      expect((await call(fleet, bad)).statusCode).toBe(401);
    }
  });

  test("are stored as hashes, in a file of their owner", () => {
    const file = join(services.directory, "keys.json");
    const text = readFileSync(file, "utf8");
    for (const key of Object.values(keys)) expect(text).not.toContain(key.slice(-64));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(services.keys.list())).not.toContain("sha256");
  });

  test("of before keys were bound to servers still count", async () => {
    const fake = fakeServices();
    const { key } = fake.keys.add("k", ["ingest"]);
    const path = join(fake.directory, "keys.json");
    const older = JSON.parse(readFileSync(path, "utf8"));
    for (const entry of older.keys) delete entry.servers;
    writeFileSync(path, JSON.stringify({ ...older, formatVersion: 1 }));
    const ring = openKeyRing(path, () => NOW_MS);
    expect(ring.find(key)).toMatchObject({ name: "k", servers: null });
    ring.add("bound", ["ingest"], { servers: ["web-*"] });
    expect(
      openKeyRing(path, () => NOW_MS)
        .list()
        .map(({ servers }) => servers),
    ).toEqual([null, ["web-*"]]);
  });

  test("that another process adds or revokes are known within a second", async () => {
    const other = openKeyRing(join(services.directory, "keys.json"), () => NOW_MS);
    const { key, info } = other.add("late", ["read"]);
    services.clock.nowMs += 1000;
    expect((await call(fleet, `Bearer ${key}`)).statusCode).toBe(200);
    expect([other.revoke(info.id), other.revoke(info.id), other.revoke("x")]).toEqual([true, false, false]);
    services.clock.nowMs += 1000;
    expect((await call(fleet, `Bearer ${key}`)).statusCode).toBe(401);
  });

  test("a damaged file lets nobody in", async () => {
    const fake = fakeServices();
    const { key } = fake.keys.add("k", ["read"]);
    const server = await createApp(fake);
    writeFileSync(join(fake.directory, "keys.json"), "{}");
    const response = await server.inject({ url: "/api/v1/fleet", headers: { authorization: `Bearer ${key}` } });
    expect(response.json()).toMatchObject({ status: 503, code: "keys_invalid" });
    await server.close();
  });
});

describe("without any key", () => {
  const fake = fakeServices();
  const server = createApp(fake);
  afterAll(async () => (await server).close());
  const status = async (options: object) =>
    (await (await server).inject({ url: "/api/v1/fleet", ...options })).statusCode;

  test("the daemon is open to this machine alone, by its own names", async () => {
    expect(await status({ headers: { host: "localhost:8000" } })).toBe(200);
    expect(await status({ headers: { host: "[::1]:8000" } })).toBe(200);
    expect(await status({ remoteAddress: "10.0.0.7", headers: { host: "localhost" } })).toBe(401);
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"]) {
      expect(await status({ headers: { host } }), host).toBe(401);
    }
  });

  test("it may only bind to this machine", () => {
    for (const host of ["127.0.0.1", "::1", "localhost"]) assertBindAllowed(host, fake.keys);
    for (const host of ["0.0.0.0", "::", "10.0.0.7", "example.org"]) {
      expect(() => assertBindAllowed(host, fake.keys)).toThrow("API keys");
    }
    assertBindAllowed("0.0.0.0", services.keys);
  });

  test("revoking the last key does not open it", async () => {
    const { info } = fake.keys.add("only", ["read"]);
    fake.keys.revoke(info.id);
    expect(await status({ headers: { host: "localhost" } })).toBe(401);
  });
});

describe("foreign pages", () => {
  const reload = { method: "POST", url: "/-/reload" } as const;
  test.each<[string, Record<string, string>, number]>([
    ["no browser", {}, 200],
    ["the own origin", { origin: "http://localhost:80" }, 200],
    ["the same site by metadata", { "sec-fetch-site": "same-origin" }, 200],
    ["another site by metadata", { "sec-fetch-site": "cross-site" }, 403],
    ["another host", { origin: "http://evil.example" }, 403],
    ["another port", { origin: "http://localhost:81" }, 403],
    ["another scheme", { origin: "https://localhost:80" }, 403],
    ["null", { origin: "null" }, 403],
    ["a suffix", { origin: "http://localhost:80.evil.example" }, 403],
  ])("a change asked for by %s", async (_, headers, status) => {
    const response = await call(reload, `Bearer ${keys.admin}`, { host: "localhost:80", ...headers });
    expect(response.statusCode).toBe(status);
    expect(response.headers["access-control-allow-origin"]).toBeUndefined();
  });
});

describe("limits of one caller", () => {
  test("requests at the same time: some more wait, the rest is 503, and none is lost", async () => {
    const fake = fakeServices();
    const server = await createApp(fake, { parallelIngest: 2 });
    const { write } = fake.store;
    let [running, most] = [0, 0];
    fake.store.write = async (batch) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return write(batch);
    };
    const row = (n: number) => ({ timestamp: NOW_MS / 1000, server: `s${n}`, cpu_pct: 1, mem_pct: 1 });
    const send = (n: number) => server.inject({ method: "POST", url: "/api/v1/rows", payload: [row(n)] });
    const answers = await Promise.all(Array.from({ length: 80 }, (_, n) => send(n)));
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    expect(refused.map((answer) => answer.json().code)).toEqual(new Array(80 - 64 - 2).fill("overloaded"));
    expect([most, fake.stored.length]).toEqual([2, 3 + 66]);
    expect((await send(100)).statusCode).toBe(200);
    await server.close();
  });

  test("requests in a minute, as 503 and not 429, and probes do not count", async () => {
    const server = await createApp(fakeServices(), { requestsPerMinute: 3 });
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push((await server.inject("/api/v1/contract")).statusCode);
    expect(statuses).toEqual([200, 200, 200, 503, 503]);
    for (let n = 0; n < 5; n++) expect((await server.inject("/-/ready")).statusCode).toBe(200);
    await server.close();
  });
});
