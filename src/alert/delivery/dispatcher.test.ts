// Whatever fails and whenever it restarts: every receiver ends with the newest state of every alert, and never sees an
// older state after a newer one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { INTERVAL, notification } from "../../../test/support/alerts.ts";
import { createRng } from "../../base/index.ts";
import type { Notification } from "../notification.ts";
import { openOutbox } from "../outbox.ts";
import type { Destination } from "../schema.ts";
import { createChannels } from "./channels.ts";
import { createDispatcher } from "./dispatcher.ts";
import type { PostOutcome } from "./post.ts";

const DESTINATIONS: Destination[] = [
  { kind: "webhook", name: "hook", url: "http://example.com/", secret: "x", allowPrivate: false },
  { kind: "alertmanager", name: "peer", url: "http://example.com/", allowPrivate: false },
];
const STATES = ["predicted", "confirmed", "resolved"] as const;

type Step = { put: number } | { run: boolean[] } | "restart";
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ put: fc.nat(3) }) },
    { weight: 4, arbitrary: fc.record({ run: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }) }) },
    { weight: 1, arbitrary: fc.constant("restart" as const) },
  ),
  { minLength: 5, maxLength: 30 },
);

it("delivers in order and to the end", async () => {
  const property = fc.asyncProperty(steps, async (list: Step[]) => {
    const directory = mkdtempSync(join(tmpdir(), "forewarn-order-"));
    const open = () => openOutbox(join(directory, "outbox.ndjson"), ["hook", "peer"], nowMs);
    let nowMs = Date.UTC(2026, 0, 1);
    let answers: boolean[] = [];
    /** Place in `STATES` and beginning of each alert now, by server. */
    const current = new Map<string, { begin: number; state: number; changedAtMs: number }>();
    const seen: Record<string, Map<string, number[]>> = { hook: new Map(), peer: new Map() };
    const post = async ({ name }: { name: string }, _headers: object, body: string): Promise<PostOutcome> => {
      if (answers.shift() === false) return { kind: "failed", reason: "503", retryAfterMs: null };
      const document = JSON.parse(body);
      for (const { labels, startsAt, endsAt } of (document.alerts ?? document) as Record<string, string>[]) {
        const { server } = labels as unknown as { server: string };
        const isOver = !endsAt!.startsWith("0001") && Date.parse(endsAt!) <= nowMs;
        const order = 2 * Date.parse(startsAt!) + (isOver ? 1 : 0);
        seen[name]!.set(server, [...(seen[name]!.get(server) ?? []), order]);
      }
      return { kind: "taken" };
    };
    const start = () => {
      const channels = createChannels(DESTINATIONS, { externalUrl: "", intervalMs: INTERVAL, post });
      return createDispatcher({ channels, outbox, now: () => nowMs, rng: createRng(1), onProblem: () => undefined });
    };
    const notifications = () =>
      [...current].map(([server, { begin, state, changedAtMs }]): Notification => {
        return notification(server, STATES[state]!, begin, changedAtMs);
      });
    let outbox = open();
    let dispatcher = start();
    for (const step of list) {
      nowMs += 60_000;
      if (step === "restart") {
        outbox.close();
        outbox = open();
        dispatcher = start();
      } else if ("put" in step) {
        const server = `s${step.put}`;
        const { begin, state } = current.get(server) ?? { begin: 0, state: 2 };
        current.set(server, { begin: state === 2 ? nowMs : begin, state: (state + 1) % 3, changedAtMs: nowMs });
        outbox.put(notifications(), nowMs);
      } else {
        answers = [...step.run];
        await dispatcher.run();
      }
    }
    answers = [];
    outbox.put(notifications(), nowMs);
    for (let i = 0; i < 10; i++, nowMs += 60_000) await dispatcher.run();
    outbox.close();
    rmSync(directory, { recursive: true });
    for (const orders of Object.values(seen)) {
      for (const [server, { begin, state }] of current) {
        const told = orders.get(server)!;
        expect(told).toEqual([...told].sort((a, b) => a - b));
        expect(told.at(-1)).toBe(2 * begin + (state === 2 ? 1 : 0));
      }
    }
  });
  await fc.assert(property, { numRuns: 40 });
});
