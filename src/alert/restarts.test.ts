// Book, outbox and delivery over restarts and crashes between its writes: receivers see what they would have seen without.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AlertRoom, openAlertRoom } from "../../test/support/alert-room.ts";
import { alertRules, bookOptions, CPU_RULE, forecast, INTERVAL } from "../../test/support/alerts.ts";
import { createRng } from "../base/index.ts";
import type { PostOutcome } from "./delivery/post.ts";
import type { Incident } from "./track.ts";

const TICKS = 80;
const SERVERS = 12;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "forewarn-room-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Probabilities and incidents that bring alerts into every state.   [ticks][servers] */
function course() {
  const rng = createRng(7);
  const probabilities = Array.from({ length: SERVERS }, () => 0.1);
  return Array.from({ length: TICKS }, (_, step) => {
    for (let s = 0; s < SERVERS; s++) if (rng.uniform() < 0.1) probabilities[s] = rng.uniform();
    const incidents = Array.from({ length: SERVERS }, (_, s): Incident => {
      const onset = 5 * s + 3;
      return { server: `s${s}`, event: "cpu_high", onsetMs: onset * INTERVAL, endMs: (onset + 12) * INTERVAL };
    });
    const nowMs = step * INTERVAL;
    return {
      nowMs,
      forecasts: probabilities.map((probability, s) => forecast(`s${s}`, nowMs, probability)),
      incidents: incidents
        .filter(({ onsetMs, endMs }) => onsetMs + 3 * INTERVAL <= nowMs && endMs! > nowMs - INTERVAL)
        .map((incident) => ({ ...incident, endMs: incident.endMs! <= nowMs ? incident.endMs : null })),
    };
  });
}

/** Runs the course; `between` may restart the room before a tick. @returns What each message said, in order. */
async function run(
  answer: (nowMs: number) => PostOutcome,
  between: (room: AlertRoom, open: () => AlertRoom) => AlertRoom,
) {
  const told: string[] = [];
  let nowMs = 0;
  const open = () =>
    openAlertRoom({
      ...bookOptions(alertRules(CPU_RULE)),
      directory,
      destinations: [
        { kind: "webhook", name: "hook", url: "http://127.0.0.1:9000/", secret: "canary", allowPrivate: true },
      ],
      externalUrl: "",
      post: async (_target, _headers, body) => {
        const outcome = answer(nowMs);
        const { alerts } = JSON.parse(body) as { alerts: Record<string, string | Record<string, string>>[] };
        for (const { labels, status, startsAt, endsAt, annotations } of outcome.kind === "taken" ? alerts : []) {
          const [{ server }, { status: state }] = [labels, annotations] as [
            Record<string, string>,
            Record<string, string>,
          ];
          told.push(`${server} ${status} ${state} ${startsAt} ${endsAt}`);
        }
        return outcome;
      },
      now: () => nowMs,
      rng: createRng(1),
      onProblem: () => undefined,
    });
  let room = open();
  for (const tick of course()) {
    nowMs = tick.nowMs;
    room = between(room, open);
    room.evaluate(tick);
    await room.delivery.run();
  }
  nowMs += 10 * INTERVAL;
  await room.delivery.run();
  room.close();
  return told;
}

describe("receivers are told", () => {
  const always = (): PostOutcome => ({ kind: "taken" });
  const reopen = (room: AlertRoom, open: () => AlertRoom): AlertRoom => {
    room.close();
    return open();
  };
  const fresh = () => {
    rmSync(directory, { recursive: true });
    return directory;
  };

  it("the same with a restart before every tick", async () => {
    const plain = await run(always, (room) => room);
    expect(plain.length).toBeGreaterThan(30);
    expect(new Set(plain).size).toBe(plain.length);
    fresh();
    expect(await run(always, reopen)).toEqual(plain);
  });

  it("the same after crashes between the book and the outbox, but for beginnings a tick later and repeats", async () => {
    const plain = await run(always, (room) => room);
    fresh();
    const [outbox, before] = [join(directory, "outbox.ndjson"), join(directory, "before.ndjson")];
    let ticks = 0;
    const crashed = await run(always, (room, open) => {
      // Every third restart finds the outbox as it was before the last evaluation.
      const isCrash = ticks++ % 3 === 2;
      room.close();
      if (isCrash && existsSync(before)) copyFileSync(before, outbox);
      const next = open();
      copyFileSync(outbox, before);
      return next;
    });
    expect([...new Set(crashed)].sort()).toEqual([...plain].sort());
  });

  it("the newest state of each alert after an outage", async () => {
    const plain = await run(always, (room) => room);
    fresh();
    const away = await run(
      (nowMs) => (nowMs < 70 * INTERVAL ? { kind: "failed", reason: "503", retryAfterMs: null } : { kind: "taken" }),
      reopen,
    );
    const newest = (told: string[]) => new Map(told.map((line) => [line.split(" ")[0], line]));
    expect([...newest(away)].sort()).toEqual([...newest(plain)].sort());
    expect(new Set(away).size).toBe(away.length);
  });
});

it("keeps secrets out of its files", async () => {
  await run(
    () => ({ kind: "taken" }),
    (room) => room,
  );
  const files = ["alerts.json", "outbox.ndjson"].map((name) => readFileSync(join(directory, name), "utf8")).join("");
  expect(files).not.toContain("canary");
});
