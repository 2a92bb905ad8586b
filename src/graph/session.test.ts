import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import "../../test/support/allclose.ts";
import {
  add,
  emitModel,
  input,
  lstm,
  matmul,
  openSession,
  type Session,
  type SessionOptions,
  scalar,
  sumAll,
  type Tensor,
  tanh,
} from "./index.ts";

/** Total so far: total + x. */
function adder(): Uint8Array {
  return model({ next: add(input("total", [2]), input("x", [2])) });
}

function model(outputs: Record<string, Tensor>): Uint8Array {
  return emitModel({ outputs, parameters: { kind: "initialisers", values: new Map() } });
}

function carrying(extra: Partial<SessionOptions> = {}): Promise<Session> {
  return openSession(adder(), {
    threads: 1,
    carry: { total: "next" },
    state: { total: Float32Array.of(10, 20) },
    ...extra,
  });
}

describe("a session that carries state", () => {
  test("feeds an output of each run into the next", async () => {
    await using session = await carrying();
    expect(await session.run({ x: Float32Array.of(1, 2) }, ["next"])).toEqual({ next: Float32Array.of(11, 22) });
    expect(await session.run({ x: Float32Array.of(1, 2) }, [])).toEqual({});
    expect(await session.state()).toEqual({ total: Float32Array.of(12, 24) });
  });

  test("takes calls in order, however fast they come", async () => {
    await using session = await carrying();
    const runs = Array.from({ length: 20 }, () => session.run({ x: Float32Array.of(1, 1) }, ["next"]));
    const state = session.state();
    expect((await Promise.all(runs)).map(({ next }) => next![0])).toEqual(Array.from({ length: 20 }, (_, i) => 11 + i));
    expect(await state).toEqual({ total: Float32Array.of(30, 40) });
  });

  test("copies inputs and state, so that buffers may be reused at once", async () => {
    const total = Float32Array.of(0, 0);
    await using session = await carrying({ state: { total } });
    total.fill(99);
    const x = Float32Array.of(1, 2);
    const pending = session.run({ x }, ["next"]);
    x.fill(99);
    expect(await pending).toEqual({ next: Float32Array.of(1, 2) });
  });

  test.each([
    ["a feed of the wrong length", { x: Float32Array.of(1) }, ["next"], /session: .*(size|length|dims)/i],
    ["a missing feed", {}, ["next"], /session: .*'x'.*missing/],
    ["an unknown output", { x: Float32Array.of(1, 2) }, ["nothing"], /session: .*nothing/],
  ])("rejects %s, keeps its state and lives on", async (_, inputs, outputs, message) => {
    await using session = await carrying();
    await expect(session.run(inputs as Record<string, Float32Array>, outputs)).rejects.toThrow(message);
    expect(await session.run({ x: Float32Array.of(1, 1) }, ["next"])).toEqual({ next: Float32Array.of(11, 21) });
  });
});

describe("several models in one session", () => {
  const doubler = (): Uint8Array => model({ twice: add(input("total", [2]), input("total", [2])) });

  test("share the carried tensors, and each reads and gives only what it has", async () => {
    await using session = await openSession(
      { add: adder(), double: doubler() },
      { threads: 1, carry: { total: "next" }, state: { total: Float32Array.of(10, 20) } },
    );
    const x = Float32Array.of(1, 2);
    expect(await session.run({ x }, ["next"], { model: "add" })).toEqual({ next: Float32Array.of(11, 22) });
    expect(await session.run({}, ["twice"], { model: "double" })).toEqual({ twice: Float32Array.of(22, 44) });
    await expect(session.run({}, [], { model: "none" })).rejects.toThrow("session: there is no model none");
  });

  test("exchange tensors with other sessions through shared memory", async () => {
    const slots = [0, 1].map(() => new Float32Array(new SharedArrayBuffer(8)));
    const total = Float32Array.of(3, 4);
    await using writer = await openSession(adder(), { threads: 1, shared: { outputs: { next: slots }, inputs: {} } });
    await using reader = await openSession(doubler(), {
      threads: 1,
      shared: { outputs: {}, inputs: { total: slots } },
    });
    await writer.run({ total, x: Float32Array.of(1, 1) }, []);
    await writer.run({ total, x: Float32Array.of(2, 2) }, [], { slot: 1 });
    expect(slots.map((slot) => [...slot])).toEqual([
      [4, 5],
      [5, 6],
    ]);
    expect(await reader.run({}, ["twice"])).toEqual({ twice: Float32Array.of(8, 10) });
    expect(await reader.run({}, ["twice"], { slot: 1 })).toEqual({ twice: Float32Array.of(10, 12) });
  });
});

test("inputs that are given away are not copied", async () => {
  await using session = await carrying();
  const x = Float32Array.of(1, 2);
  const pending = session.run({ x }, ["next"], { giveAway: true });
  expect(x.length).toBe(0);
  expect(await pending).toEqual({ next: Float32Array.of(11, 22) });
});

test("a session knows how long it was busy", async () => {
  await using session = await carrying();
  expect(session.busyMs()).toBe(0);
  await session.run({ x: Float32Array.of(1, 2) }, []);
  const once = session.busyMs();
  expect(once).toBeGreaterThan(0);
  await session.run({ x: Float32Array.of(1, 2) }, []);
  expect(session.busyMs()).toBeGreaterThan(once);
});

test("close ends the worker, rejects what is pending and may be called again", async () => {
  const session = await carrying();
  const pending = Array.from({ length: 500 }, () => session.run({ x: Float32Array.of(1, 1) }, ["next"]));
  const settled = Promise.allSettled(pending);
  await session.close();
  const last = (await settled).at(-1) as PromiseRejectedResult;
  expect(last.reason).toEqual(new Error("session: the worker has ended"));
  await expect(session.run({ x: Float32Array.of(1, 1) }, ["next"])).rejects.toThrow("session: the worker has ended");
  await expect(session.state()).rejects.toThrow("session: the worker has ended");
  await session.close();
});

test("a model that does not load rejects with the reason", async () => {
  const unknownOperator = Buffer.from(model({ y: tanh(input("x", [2])) }));
  unknownOperator.write("Tanz", unknownOperator.indexOf("Tanh"));
  await expect(openSession(unknownOperator, { threads: 1 })).rejects.toThrow("Tanz");
  await expect(openSession(Uint8Array.of(1, 2, 3), { threads: 1 })).rejects.toThrow("protobuf: ");
});

test("one thread gives identical bits, in one session and in another", async () => {
  const shapes = { x: [6, 4, 5], w: [12, 5], r: [12, 3], b: [12], h: [4, 3], c: [4, 3] };
  const [x, w, r, b, h, c] = Object.entries(shapes).map(([name, shape]) => input(name, shape)) as Tensor[];
  const { sequence } = lstm(x!, w!, r!, b!, h!, c!);
  const bytes = model({ y: matmul(sequence, sequence, false, true, 0.1), total: add(sumAll(sequence), scalar(1)) });
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      Float32Array.from({ length: shape.reduce((p, n) => p * n, 1) }, (_, i) => Math.sin(i + shape.length)),
    ]),
  );
  await using first = await openSession(bytes, { threads: 1 });
  await using second = await openSession(bytes, { threads: 1 });
  const results = [
    await first.run(feeds, ["y", "total"]),
    await first.run(feeds, ["y", "total"]),
    await second.run(feeds, ["y", "total"]),
  ];
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
  await using threaded = await openSession(bytes, { threads: 2, optimisation: "disabled" });
  expect((await threaded.run(feeds, ["y"]))["y"]).toBeAllclose(results[0]!["y"]!);
});

/** Niceness of every thread of this process: field 19 of proc_pid_stat(5), counted behind the name in brackets. */
function niceness(): number[] {
  const threads = readdirSync("/proc/self/task");
  return threads.map((id) => {
    const text = readFileSync(`/proc/self/task/${id}/stat`, "utf8");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[16]);
  });
}

test.skipIf(process.platform !== "linux")(
  "a session in the background is nice, with its threads, and nobody else",
  async () => {
    const before = niceness();
    await using session = await openSession(adder(), { threads: 2, inBackground: true });
    await session.run({ total: Float32Array.of(1, 2), x: Float32Array.of(1, 2) }, ["next"]);
    const after = niceness();
    const own = Math.min(...before);
    expect(Math.min(...after)).toBe(own);
    const isNice = (value: number): boolean => value === Math.max(own, 10);
    expect(after.filter(isNice).length - before.filter(isNice).length).toBeGreaterThanOrEqual(2);
  },
);
