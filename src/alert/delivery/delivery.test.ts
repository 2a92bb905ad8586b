// Delivery over real HTTP to sinks that answer badly or not at all, with a clock of the test.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HOUR, INTERVAL, MINUTE, notification } from "../../../test/support/alerts.ts";
import { type Sink, startSink } from "../../../test/support/sink.ts";
import { createRng } from "../../base/index.ts";
import { type Outbox, openOutbox } from "../outbox.ts";
import type { Destination } from "../schema.ts";
import { createChannels } from "./channels.ts";
import { createDispatcher, type DeliveryProblem, type Dispatcher } from "./dispatcher.ts";
import { createPost } from "./post.ts";
import { signatureHeaders } from "./webhook.ts";

const BEGIN = Date.UTC(2026, 0, 1);
let sink: Sink;
let directory: string;
let outbox: Outbox;
let nowMs: number;
let problems: DeliveryProblem[];

beforeEach(async () => {
  sink = await startSink();
  directory = mkdtempSync(join(tmpdir(), "forewarn-delivery-"));
  [nowMs, problems] = [BEGIN, []];
});
afterEach(async () => {
  outbox.close();
  rmSync(directory, { recursive: true });
  await sink.close();
});

/** @param timeoutMs How long the sink may take; short only for those that never answer. */
function start(
  kind: Destination["kind"],
  more: Partial<Pick<Destination, "url" | "allowPrivate" | "headers" | "ca">> = {},
  timeoutMs = 10_000,
): Dispatcher {
  const target = { name: "out", url: sink.url, allowPrivate: true, ...more };
  const destination: Destination =
    kind === "webhook" ? { kind, secret: "whsec_c2VjcmV0", ...target } : { kind, authorization: "Bearer x", ...target };
  outbox = openOutbox(join(directory, "outbox.ndjson"), ["out"], nowMs);
  const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
  const post = createPost({ resolve, now: () => nowMs, connectTimeoutMs: timeoutMs, totalTimeoutMs: timeoutMs });
  return createDispatcher({
    channels: createChannels([destination], { externalUrl: "http://forewarn", intervalMs: INTERVAL, post }),
    outbox,
    now: () => nowMs,
    rng: createRng(1),
    onProblem: (problem) => problems.push(problem),
  });
}

const put = (...notifications: Parameters<Outbox["put"]>[0]) => outbox.put(notifications, nowMs);
const bodies = () => sink.requests.map(({ body }) => JSON.parse(body));

describe("webhook", () => {
  it("sends Alertmanager's body, signed", async () => {
    const dispatcher = start("webhook");
    put(notification("a", "predicted", nowMs, nowMs), notification("b", "confirmed", nowMs, nowMs));
    await dispatcher.run();
    const [request] = sink.requests;
    const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature } = request!.headers;
    expect(signature).toBe(
      signatureHeaders("whsec_c2VjcmV0", id as string, BEGIN / 1000, request!.body)["webhook-signature"],
    );
    expect(time).toBe(`${BEGIN / 1000}`);
    expect(bodies()[0]).toMatchObject({
      version: "4",
      status: "firing",
      receiver: "out",
      truncatedAlerts: 0,
      groupLabels: { alertname: "cpu_soon" },
      commonLabels: { alertname: "cpu_soon", severity: "page" },
      alerts: [
        {
          status: "firing",
          startsAt: "2026-01-01T00:00:00.000Z",
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        },
        {},
      ],
    });
    await dispatcher.run();
    expect([sink.requests.length, dispatcher.nextDueMs()]).toEqual([1, Infinity]);
  });

  it.each([
    ["500", 500],
    ["408", 408],
    ["a redirect", (response) => response.writeHead(302, { location: `${sink.url}/other` }).end()],
    ["a connection reset", (response) => response.destroy()],
    ["no answer", () => undefined],
    ["a byte now and then", (response) => response.socket?.write("H")],
  ] satisfies [string, Sink["answers"][number]][])("tries again after %s, under the same id", async (name, answer) => {
    sink.answers.push(answer);
    const isSilent = name === "no answer" || name === "a byte now and then";
    const dispatcher = start("webhook", {}, isSilent ? 1000 : undefined);
    put(notification("a", "predicted", nowMs, nowMs));
    await dispatcher.run();
    expect(problems).toMatchObject([{ kind: "failed", alerts: 1 }]);
    expect([sink.requests.length, outbox.oldestPendingMs("out")]).toEqual([1, BEGIN]);
    nowMs = dispatcher.nextDueMs();
    expect(nowMs - BEGIN).toBeGreaterThanOrEqual(500);
    await dispatcher.run();
    expect(new Set(sink.requests.map(({ headers, url }) => `${headers["webhook-id"]} ${url}`)).size).toBe(1);
    expect([sink.requests.length, outbox.oldestPendingMs("out")]).toEqual([2, null]);
  });

  it("waits as long as it is told to", async () => {
    sink.answers.push((response) => response.writeHead(429, { "retry-after": "77" }).end());
    const dispatcher = start("webhook");
    put(notification("a", "predicted", nowMs, nowMs));
    await dispatcher.run();
    expect(dispatcher.nextDueMs()).toBe(BEGIN + 77_000);
    nowMs += 76_000;
    await dispatcher.run();
    expect(sink.requests).toHaveLength(1);
  });

  it("drops what is refused, and says so", async () => {
    sink.answers.push(400);
    const dispatcher = start("webhook");
    put(notification("a", "predicted", nowMs, nowMs));
    await dispatcher.run();
    expect(problems).toEqual([{ destination: "out", kind: "refused", reason: "400", alerts: 1, delayMs: null }]);
    expect(dispatcher.status()).toMatchObject([{ taken: 0, refused: 1, oldestPendingMs: null }]);
  });

  it("trusts the authorities that it is given, and no others then; sends the headers that it is given", async () => {
    const key = join(directory, "key.pem");
    const made = spawnSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key],
      ...["-subj", "/CN=forewarn", "-addext", "subjectAltName=IP:127.0.0.1"],
    ]);
    if (made.error !== undefined || made.status !== 0) {
      console.warn("skipped: a private authority needs openssl");
      outbox = openOutbox(join(directory, "outbox.ndjson"), ["out"], nowMs);
      return;
    }
    const ca = made.stdout.toString();
    const secure = await startSink({ cert: ca, key: readFileSync(key, "utf8") });
    for (const trusted of [undefined, ca]) {
      const headers = { "X-Scope-OrgID": "team", "Content-Type": "text/plain", Authorization: "none" };
      const dispatcher = start("alertmanager", { url: secure.url, headers, ca: trusted });
      put(notification("a", "predicted", nowMs, nowMs));
      await dispatcher.run();
      if (trusted === undefined) outbox.close();
    }
    expect(problems.map(({ reason }) => reason)).toEqual(["DEPTH_ZERO_SELF_SIGNED_CERT"]);
    expect(secure.requests).toHaveLength(1);
    expect(secure.requests[0]!.headers).toMatchObject({
      ...{ "x-scope-orgid": "team", authorization: "Bearer x", "content-type": "application/json" },
    });
    await secure.close();
  });

  it("does not call a private address that a name resolves to", async () => {
    sink.url = sink.url.replace("127.0.0.1", "example.com");
    const dispatcher = start("webhook", { allowPrivate: false });
    put(notification("a", "predicted", nowMs, nowMs));
    await dispatcher.run();
    expect(problems[0]?.reason).toContain("Expected a public address");
    expect(sink.requests).toHaveLength(0);
  });

  it("after an hour of outage delivers the newest state of every alert, once", async () => {
    sink.answers.push(...Array(1000).fill(503));
    let dispatcher = start("webhook");
    put(...Array.from({ length: 20 }, (_, i) => notification(`s${i}`, "predicted", BEGIN, BEGIN)));
    for (; nowMs < BEGIN + HOUR; nowMs = Math.max(dispatcher.nextDueMs(), nowMs + 1)) {
      await dispatcher.run();
      if (nowMs > BEGIN + 20 * MINUTE) put(notification("s0", "resolved", BEGIN, BEGIN + 20 * MINUTE));
      if (nowMs > BEGIN + 30 * MINUTE) put(notification("s1", "confirmed", BEGIN, BEGIN + 30 * MINUTE));
    }
    expect(sink.requests.length).toBeLessThan(40); // pauses grow to 5 minutes
    outbox.close();
    dispatcher = start("webhook");
    [sink.answers.length, sink.requests.length] = [0, 0];
    for (let i = 0; i < 5; i++) await dispatcher.run();
    const keys = bodies().flatMap(({ alerts }) =>
      (alerts as { labels: Record<string, string>; status: string }[]).map(
        ({ labels, status }) => `${labels["server"]} ${status}`,
      ),
    );
    expect(keys.sort()).toEqual(
      Array.from({ length: 20 }, (_, i) => `s${i} ${i === 0 ? "resolved" : "firing"}`).sort(),
    );
  });
});

describe.each(["webhook", "alertmanager"] as const)("%s", (kind) => {
  it("holds back what was silenced before it was sent, without calling that late", async () => {
    const dispatcher = start(kind);
    const told = notification("a", "predicted", nowMs, nowMs);
    put(told);
    outbox.silence([told.fingerprint], nowMs);
    await dispatcher.run();
    expect([sink.requests.length, outbox.oldestPendingMs("out"), dispatcher.nextDueMs()]).toEqual([0, null, Infinity]);
    outbox.silence([], nowMs);
    expect(outbox.oldestPendingMs("out")).toBe(BEGIN);
    await dispatcher.run();
    expect(sink.requests).toHaveLength(1);
  });
});

describe("alertmanager", () => {
  it("repeats what stands each minute while evaluations go on, and what is resolved for 15 minutes", async () => {
    const dispatcher = start("alertmanager");
    const minutes: Record<string, number[]> = { firing: [], resolved: [] };
    for (let minute = 0; minute < 70; minute++, nowMs += MINUTE) {
      const at = BEGIN + 11 * MINUTE;
      // Evaluated every 5 minutes up to minute 45.
      if (minute % 5 === 0 && minute <= 45) {
        put(
          notification("a", "predicted", BEGIN, BEGIN),
          notification("b", nowMs < at ? "predicted" : "resolved", BEGIN, nowMs < at ? BEGIN : at),
        );
      }
      sink.requests.length = 0;
      await dispatcher.run();
      for (const { labels, endsAt } of bodies().flat() as { labels: Record<string, string>; endsAt: string }[]) {
        const isOver = Date.parse(endsAt) <= nowMs;
        if (labels["server"] === "b") minutes[isOver ? "resolved" : "firing"]!.push(minute);
        else expect(Date.parse(endsAt)).toBe(BEGIN + Math.min(45, Math.floor(minute / 5) * 5) * MINUTE + 4 * INTERVAL);
      }
      expect(sink.requests.length).toBe(minute < 65 ? 1 : 0);
      if (minute < 65)
        expect(sink.requests[0]).toMatchObject({ url: "/api/v2/alerts", headers: { authorization: "Bearer x" } });
    }
    expect(minutes["firing"]).toEqual(Array.from({ length: 15 }, (_, i) => i));
    expect(minutes["resolved"]).toEqual(Array.from({ length: 12 }, (_, i) => 15 + i));
  });

  it("sends at most 256 alerts in a request, to every peer that answers, and to one that was away within a minute", async () => {
    const away = await startSink();
    const peers = [sink.url, away.url].map((url, at): Destination => {
      return { kind: "alertmanager", name: `am${at}`, url, allowPrivate: true };
    });
    const names = peers.map(({ name }) => name);
    outbox = openOutbox(join(directory, "peers.ndjson"), names, nowMs);
    const post = createPost({ resolve: async () => [], now: () => nowMs });
    const dispatcher = createDispatcher({
      channels: createChannels(peers, { externalUrl: "", intervalMs: INTERVAL, post }),
      ...{ outbox, now: () => nowMs, rng: createRng(1), onProblem: (problem) => problems.push(problem) },
    });
    away.answers.push(...Array(100).fill(503));
    const alerts = Array.from({ length: 600 }, (_, at) => notification(`s${at}`, "predicted", BEGIN, BEGIN));
    for (; nowMs < BEGIN + 10 * MINUTE; nowMs += 1000) {
      if ((nowMs - BEGIN) % INTERVAL === 0) outbox.put(alerts, nowMs);
      await dispatcher.run();
    }
    expect(bodies().map((body) => body.length)).toEqual(Array(10).fill([256, 256, 88]).flat());
    expect(problems.map(({ destination }) => destination)).toEqual(Array(problems.length).fill("am1"));
    expect(Math.max(...problems.map(({ delayMs }) => delayMs!))).toBeLessThanOrEqual(MINUTE);
    away.answers.length = 0;
    const backMs = nowMs;
    while (outbox.oldestPendingMs("am1") !== null) {
      nowMs += 1000;
      await dispatcher.run();
    }
    expect(nowMs - backMs).toBeLessThanOrEqual(MINUTE);
    await away.close();
  });

  it("ends what is silenced at once, repeats that for 15 minutes, and begins anew when the silence is over", async () => {
    const dispatcher = start("alertmanager");
    const [told, other] = [notification("a", "predicted", nowMs, nowMs), notification("b", "predicted", nowMs, nowMs)];
    const sent: Record<string, string>[] = [];
    for (let minute = 0; minute < 40; minute++, nowMs += MINUTE) {
      const isSilenced = minute >= 2 && minute < 30;
      // The book does not tell of what is silenced.
      if (minute % 5 === 0 || minute === 2) put(...(isSilenced ? [other] : [told, other]));
      outbox.silence(isSilenced ? [told.fingerprint] : [], nowMs);
      sink.requests.length = 0;
      await dispatcher.run();
      const alerts = bodies().flat() as { labels: Record<string, string>; endsAt: string }[];
      const endOf = ({ endsAt }: (typeof alerts)[number]) =>
        Date.parse(endsAt) <= nowMs ? `over since ${(Date.parse(endsAt) - BEGIN) / MINUTE}` : "stands";
      sent.push(Object.fromEntries(alerts.map((alert) => [alert.labels["server"]!, endOf(alert)])));
    }
    const ofA = sent.map(({ a }) => a);
    expect(sent.every(({ b }) => b === "stands")).toBe(true);
    expect(ofA.slice(0, 2)).toEqual(["stands", "stands"]);
    expect(ofA.slice(2, 17)).toEqual(Array(15).fill("over since 2"));
    expect(ofA.slice(17, 30)).toEqual(Array(13).fill(undefined));
    expect(ofA.slice(30)).toEqual(Array(10).fill("stands"));
  });

  it("ends what is silenced also when its newest state was not sent yet", async () => {
    const dispatcher = start("alertmanager");
    put(notification("a", "predicted", nowMs, nowMs));
    await dispatcher.run();
    nowMs += MINUTE;
    const newer = notification("a", "confirmed", BEGIN, nowMs);
    put(newer);
    outbox.silence([newer.fingerprint], nowMs);
    await dispatcher.run();
    expect(bodies().map((alerts) => (alerts as { endsAt: string }[])[0]!.endsAt)).toEqual([
      new Date(BEGIN + 4 * INTERVAL).toISOString(),
      new Date(nowMs).toISOString(),
    ]);
  });

  it("sends at most 256 alerts in one request", async () => {
    const dispatcher = start("alertmanager");
    put(...Array.from({ length: 600 }, (_, i) => notification(`s${i}`, "predicted", nowMs, nowMs)));
    await dispatcher.run();
    expect(bodies().map((alerts) => (alerts as unknown[]).length)).toEqual([256, 256, 88]);
  });

  it("sends nothing after a restart before the first evaluation: nobody knows what still stands", async () => {
    let dispatcher = start("alertmanager");
    put(notification("a", "predicted", nowMs, nowMs));
    await dispatcher.run();
    outbox.close();
    nowMs += HOUR;
    dispatcher = start("alertmanager");
    await dispatcher.run();
    expect(sink.requests).toHaveLength(1);
    put(notification("a", "resolved", BEGIN, nowMs));
    await dispatcher.run();
    expect(bodies().at(-1)).toMatchObject([{ endsAt: new Date(nowMs).toISOString() }]);
  });
});
