// The receiver as a whole: whatever the order, split, repetition, delay or crash, the rows are those of all samples.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blockOf,
  INTERVAL_MS,
  labelSet,
  type MemoryDisk,
  MINUTE_MS,
  memoryDisk,
  type RowKeeper,
  receiveMapping,
  rowKeeper,
  START_MS,
  type TestSample,
} from "../../test/support/receive.ts";
import { emptyTally, evaluateMapping, sourceEvaluator } from "../prometheus/index.ts";
import { memorySource } from "../promql/index.ts";
import { compressSnappy, encodeRemoteWrite1 } from "../wire/index.ts";
import { type OwnReceiver, openReceiver, type ReceiverLimits } from "./open-receiver.ts";

const HOUR_MS = 3_600_000;
const LIMITS: ReceiverLimits = {
  ...{ delayMs: 10_000, latenessMs: 3 * HOUR_MS, maxAgeMs: 24 * HOUR_MS, maxAheadMs: 10 * MINUTE_MS },
  ...{ maxSeries: 100, maxSamples: 100_000 },
};

interface World {
  clock: { ms: number };
  disk: MemoryDisk;
  store: RowKeeper;
  failures: string[];
  open(limits?: Partial<ReceiverLimits>): Promise<OwnReceiver>;
}

function createWorld(): World {
  const [clock, disk, store, failures] = [{ ms: START_MS }, memoryDisk(), rowKeeper(), [] as string[]];
  return {
    ...{ clock, disk, store, failures },
    open: (limits) =>
      openReceiver({
        ...{ mapping: receiveMapping, store, files: disk.files, limits: { ...LIMITS, ...limits } },
        journal: { segmentBytes: 2000 },
        now: () => clock.ms,
        onFailure: ({ code }) => void failures.push(code),
      }),
  };
}

const SERVERS = ["a", "b", "c"];
const INTERVALS = 4;
const SCRAPE_MS = 50_000;

/** All samples of some servers: two gauges, and two counters of which one starts again. */
function allSamples(): TestSample[] {
  return SERVERS.flatMap((server, at) =>
    Array.from({ length: (INTERVALS * INTERVAL_MS) / SCRAPE_MS }, (_, scrape) => {
      const instance = `${server}:9100`;
      const timeMs = START_MS + 1000 * (at + 1) + scrape * SCRAPE_MS;
      return [
        { set: labelSet("load", { instance }), timeMs, value: 10 * at + Math.sin(scrape) },
        { set: labelSet("capacity", { instance }), timeMs, value: 4 },
        { set: labelSet("traffic_total", { instance, device: "x" }), timeMs, value: scrape * (at + 1) },
        { set: labelSet("traffic_total", { instance, device: "y" }), timeMs, value: (scrape % 9) * 7 },
      ];
    }).flat(),
  );
}

/** The rows of samples that all came in time. */
async function rowsOf(samples: readonly TestSample[], lastInterval = INTERVALS - 1): Promise<string[]> {
  const series = [...new Set(samples.map(({ set }) => set))].map((set) => {
    const own = samples.filter((one) => one.set === set).sort((a, b) => a.timeMs - b.timeMs);
    return {
      labels: Object.fromEntries(set.labels),
      timesMs: Float64Array.from(own, ({ timeMs }) => timeMs),
      values: Float64Array.from(own, ({ value }) => value as number),
    };
  });
  const keeper = rowKeeper();
  const evaluate = sourceEvaluator(memorySource(series));
  const lastMs = START_MS + lastInterval * INTERVAL_MS;
  await keeper.write(await evaluateMapping(receiveMapping, evaluate, START_MS, lastMs, emptyTally(receiveMapping)));
  return keeper.rows();
}

describe("any order, any split into requests, any repeats", () => {
  it("make the same rows", async () => {
    const samples = allSamples();
    const expected = await rowsOf(samples);
    expect(expected).toHaveLength(SERVERS.length * INTERVALS);
    const sends = fc.record({
      order: fc.shuffledSubarray([...samples.keys()], { minLength: samples.length }),
      again: fc.array(fc.nat(samples.length - 1), { maxLength: 50 }),
      size: fc.integer({ min: 1, max: 120 }),
    });
    await fc.assert(
      fc.asyncProperty(sends, async ({ order, again, size }) => {
        const { clock, open, store, disk } = createWorld();
        const receiver = await open();
        clock.ms = START_MS + INTERVALS * INTERVAL_MS + LIMITS.delayMs;
        const all = [...order, ...again].map((place) => samples[place]!);
        const requests = Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
          all.slice(at * size, (at + 1) * size),
        );
        const results = await Promise.all(requests.map((some) => receiver.write(blockOf(some))));
        expect(results.map(({ written }) => written)).toEqual(requests.map(({ length }) => length));
        expect(disk.syncs).toBeLessThanOrEqual(requests.length);
        clock.ms += MINUTE_MS;
        await receiver.settle();
        expect(store.rows()).toEqual(expected);
        expect(receiver.status().counts).toMatchObject({ added: samples.length, known: again.length });
      }),
      { numRuns: 25 },
    );
  });
});

describe("senders that are behind, and crashes", () => {
  type Step =
    | { kind: "send"; series: number; count: number }
    | { kind: "pass"; ms: number }
    | { kind: "settle" }
    | { kind: "crash"; keep: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("send" as const), series: fc.nat(11), count: fc.nat(8) }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1000, max: 90_000 }) }),
    },
    { weight: 4, arbitrary: fc.constant({ kind: "settle" as const }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const), keep: fc.nat(40) }) },
  );

  it("make no row of some of its samples, whenever rows are made: series by series up to an interval behind", async () => {
    const samples = allSamples();
    const expected = await rowsOf(samples);
    const bySeries = [...new Set(samples.map(({ set }) => set))].map((set) => samples.filter((one) => one.set === set));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 120 }), async (steps) => {
        const { clock, open, store, disk } = createWorld();
        let receiver = await open();
        const sent = bySeries.map(() => 0);
        const send = async (series: number, count: number, untilMs = clock.ms): Promise<void> => {
          const some = bySeries[series]!.slice(sent[series]!, sent[series]! + count).filter(
            (one) => one.timeMs <= untilMs,
          );
          sent[series]! += some.length;
          if (some.length > 0) await receiver.write(blockOf(some));
        };
        const sendAll = async (untilMs: number): Promise<void> => {
          for (const series of bySeries.keys()) await send(series, Number.POSITIVE_INFINITY, untilMs);
        };
        clock.ms += 60_000;
        await sendAll(clock.ms);
        for (const one of steps) {
          if (one.kind === "send") await send(one.series, one.count);
          else if (one.kind === "settle") await receiver.settle();
          else if (one.kind === "pass") {
            clock.ms += one.ms;
            await sendAll(clock.ms - INTERVAL_MS);
          } else {
            disk.crash(one.keep);
            receiver = await open();
          }
        }
        // Never back: a clock that was ahead leaves waits behind that it has not reached again.
        clock.ms = Math.max(clock.ms, START_MS + INTERVALS * INTERVAL_MS + LIMITS.delayMs);
        await sendAll(clock.ms);
        for (let minute = 0; minute < 4; minute++) {
          clock.ms += MINUTE_MS;
          await receiver.settle();
        }
        expect(store.rows()).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("are waited for no longer than the lateness, and give rows later where there were none", async () => {
    const { clock, open, store } = createWorld();
    const receiver = await open();
    const samples = allSamples();
    const ofB = (one: TestSample) => one.set.labels.some(([, value]) => value === "b:9100");
    const cutMs = START_MS + INTERVAL_MS + 120_000;
    // b is cut off in the middle of the second interval.
    clock.ms = START_MS + INTERVALS * INTERVAL_MS;
    await receiver.write(blockOf(samples.filter((one) => !ofB(one) || one.timeMs < cutMs)));
    clock.ms += MINUTE_MS;
    await receiver.settle();
    expect(store.rows().filter((row) => row.startsWith("b"))).toHaveLength(1);
    expect(store.rows().filter((row) => row.startsWith("a"))).toHaveLength(4);
    clock.ms += 90 * MINUTE_MS;
    await receiver.settle();
    await receiver.write(blockOf(samples.filter((one) => ofB(one) && one.timeMs >= cutMs)));
    await receiver.settle();
    expect(store.rows().filter((row) => row.startsWith("b"))).toHaveLength(1);
    clock.ms += MINUTE_MS;
    await receiver.settle();
    expect(store.rows()).toEqual(await rowsOf(samples));
    expect(store.conflicts).toBe(0);
  });

  it("are given up after the lateness, counted from the start of a receiver that was away", async () => {
    const { clock, open, store } = createWorld();
    await (await open()).write(blockOf(allSamples().filter(({ timeMs }) => timeMs < START_MS + 100_000)));
    clock.ms += 10 * HOUR_MS;
    const receiver = await open();
    await receiver.settle();
    clock.ms += LIMITS.latenessMs - 1;
    await receiver.settle();
    expect(store.rows()).toEqual([]);
    clock.ms += 1;
    await receiver.settle();
    expect(store.rows()).toHaveLength(3);
    expect(receiver.status()).toMatchObject({ oldestOpenMs: null });
  });

  it("and bring the newest first make no row before the rest is there, or is not to be expected any more", async () => {
    const samples = allSamples();
    const [lostMs, foundMs] = [START_MS + 400_000, START_MS + 800_000];
    const isLost = ({ timeMs }: TestSample) => timeMs > lostMs && timeMs <= foundMs;
    for (const isBrought of [true, false]) {
      const { clock, open, store } = createWorld();
      const receiver = await open();
      clock.ms = START_MS + INTERVALS * INTERVAL_MS;
      await receiver.write(blockOf(samples.filter((one) => !isLost(one))));
      clock.ms += MINUTE_MS;
      await receiver.settle();
      expect(store.rows().map((row) => row.slice(0, 6))).toEqual([
        "a 0000",
        "a 0015",
        "b 0000",
        "b 0015",
        "c 0000",
        "c 0015",
      ]);
      if (isBrought) await receiver.write(blockOf(samples.filter(isLost)));
      clock.ms += isBrought ? MINUTE_MS : 2 * INTERVAL_MS;
      await receiver.settle();
      expect(store.rows()).toHaveLength(3 * INTERVALS);
      if (isBrought) expect(store.rows().slice(0, 3)).toEqual((await rowsOf(samples)).slice(0, 3));
      expect(receiver.status().oldestOpenMs).toBeNull();
    }
  });

  it("that end a series by a stale marker are waited for no longer", async () => {
    const { clock, open, store } = createWorld();
    const receiver = await open();
    const early = allSamples().filter(({ timeMs }) => timeMs < START_MS + 100_000);
    const ends = early.slice(-12).map(({ set }) => ({ set, timeMs: START_MS + 110_000, value: "stale" as const }));
    await receiver.write(
      blockOf([
        ...early,
        ...new Map([...early.map((one) => one.set)].map((set) => [set, { ...ends[0]!, set }])).values(),
      ]),
    );
    clock.ms = START_MS + INTERVAL_MS + LIMITS.delayMs;
    await receiver.settle();
    expect(store.rows()).toHaveLength(3);
  });
});

describe("memory and disk", () => {
  it("hold samples only as long as rows need them", async () => {
    const { clock, open, disk } = createWorld();
    const receiver = await open();
    const held: number[] = [];
    for (let scrape = 1; scrape <= (INTERVALS * INTERVAL_MS) / SCRAPE_MS; scrape++) {
      clock.ms = START_MS + scrape * SCRAPE_MS;
      const isOfScrape = ({ timeMs }: TestSample) => timeMs <= clock.ms && timeMs > clock.ms - SCRAPE_MS;
      await receiver.write(blockOf(allSamples().filter(isOfScrape)));
      await receiver.settle();
      held.push(receiver.status().samples);
    }
    const perInterval = (12 * INTERVAL_MS) / SCRAPE_MS;
    expect(Math.max(...held)).toBeLessThanOrEqual(3 * perInterval);
    clock.ms += 3 * INTERVAL_MS;
    await receiver.settle();
    await receiver.write(blockOf([{ set: labelSet("load", { instance: "d:1" }), timeMs: clock.ms, value: 1 }]));
    expect(receiver.status()).toMatchObject({ series: 1, samples: 1 });
    // Another segment: those before are not needed any more.
    await receiver.write(
      blockOf(
        allSamples()
          .map((one) => ({ ...one, timeMs: one.timeMs + 10 * INTERVAL_MS }))
          .slice(0, 100),
      ),
    );
    await receiver.write(blockOf([{ set: labelSet("load", { instance: "d:1" }), timeMs: clock.ms + 1, value: 1 }]));
    expect([...disk.contents.keys()].length).toBeLessThanOrEqual(2);
  });

  it("keep the body as it came, or only what is of use of it", async () => {
    const { open, disk } = createWorld();
    const receiver = await open();
    const useful = { set: labelSet("load", { instance: "a:1" }), timeMs: START_MS + 1, value: 1 };
    const useless = Array.from({ length: 500 }, (_, at) => ({
      ...{ set: labelSet("other", { at: String(at) }), timeMs: START_MS + 1, value: 1 },
    }));
    const send = (samples: TestSample[]) =>
      receiver.write(blockOf(samples), compressSnappy(encodeRemoteWrite1(blockOf(samples))));
    expect(await send([...useless, useful])).toEqual({ written: 501, refused: [], refusedSeries: [] });
    expect(await send([useful])).toEqual({ written: 1, refused: [], refusedSeries: [] });
    expect(receiver.status()).toMatchObject({ series: 1, samples: 1, counts: { added: 1, known: 1, ignored: 500 } });
    expect([...disk.contents.values()].reduce((sum, { length }) => sum + length, 0)).toBeLessThan(200);
    expect(await send(useless)).toEqual({ written: 500, refused: [], refusedSeries: [] });
    expect(disk.syncs).toBe(2);
  });

  it("take a block whose series have no samples", async () => {
    const { open } = createWorld();
    const receiver = await open();
    const [a, b] = ["a", "b"].map((instance) => labelSet("load", { instance }));
    const block = {
      ...blockOf([{ set: b!, timeMs: START_MS, value: 7 }]),
      series: [a!, b!],
      starts: Uint32Array.of(0, 0, 1),
    };
    expect(await receiver.write(block)).toEqual({ written: 1, refused: [], refusedSeries: [] });
    const other = { ...block, values: Float64Array.of(8) };
    expect((await receiver.write(other)).refused[0]!.example).toContain('load{instance="b"}');
  });

  it("refuse by reason what cannot be taken, keep the rest, also after a crash", async () => {
    const { clock, open, disk } = createWorld();
    let receiver = await open({ maxSeries: 2 });
    clock.ms = START_MS + 48 * HOUR_MS;
    const at = (instance: string, timeMs: number, value = 1): TestSample => ({
      ...{ set: labelSet("load", { instance }), timeMs, value },
    });
    const samples = [
      at("a", clock.ms),
      at("b", clock.ms - 24 * HOUR_MS - 1),
      at("a", clock.ms + 10 * MINUTE_MS + 1),
      at("a", Number.MAX_VALUE),
      at("c", clock.ms),
      at("a", clock.ms, 2),
      at("a", clock.ms, 1),
    ];
    expect(await receiver.write(blockOf(samples), Uint8Array.of(1))).toEqual({
      written: 2,
      refused: [
        { reason: "too_old", samples: 1, example: 'load{instance="b"} 2026-01-05T23:59:59.999Z' },
        { reason: "too_far_ahead", samples: 2, example: 'load{instance="a"} 2026-01-07T00:10:00.001Z' },
        { reason: "too_many_series", samples: 1, example: 'load{instance="c"}' },
        { reason: "other_value", samples: 1, example: 'load{instance="a"} 2026-01-07T00:00:00.000Z: 2, but it has 1' },
      ],
      // Places in the block that was sent.
      refusedSeries: [1, 2, 3, 4, 5],
    });
    disk.crash(0);
    clock.ms += HOUR_MS;
    receiver = await open();
    expect(receiver.status()).toMatchObject({ series: 1, samples: 1 });
  });

  it("tell senders to wait when memory is full, until intervals are settled", async () => {
    const { clock, open } = createWorld();
    const receiver = await open({ maxSamples: 100 });
    const samples = allSamples();
    clock.ms = START_MS + 2 * INTERVAL_MS;
    await receiver.write(blockOf(samples.slice(0, 100)));
    await expect(receiver.write(blockOf(samples.slice(100, 101)))).rejects.toMatchObject({ code: "overloaded" });
    clock.ms = START_MS + INTERVALS * INTERVAL_MS + LIMITS.delayMs;
    await receiver.settle();
    expect((await receiver.write(blockOf(samples.slice(-1)))).written).toBe(1);
  });

  it("try again when the store takes no rows, and when expressions fail", async () => {
    const { clock, open, store, failures } = createWorld();
    const receiver = await open();
    clock.ms = START_MS + INTERVALS * INTERVAL_MS + LIMITS.delayMs;
    await receiver.write(blockOf(allSamples()));
    store.failure = new Error("full");
    clock.ms += MINUTE_MS;
    await expect(receiver.settle()).rejects.toThrow("full");
    store.failure = null;
    clock.ms += MINUTE_MS;
    await receiver.settle();
    expect(store.rows()).toHaveLength(12);
    // Two series of one server: nobody can say which is right.
    const timeMs = clock.ms;
    for (const job of ["x", "y"]) {
      await receiver.write(blockOf([{ set: labelSet("load", { instance: "z", job }), timeMs, value: 1 }]));
    }
    for (const waitMs of [INTERVAL_MS + MINUTE_MS, HOUR_MS, LIMITS.latenessMs]) {
      clock.ms += waitMs;
      await receiver.settle();
    }
    // Not for every look: only when it is due, and when it is given up.
    expect(failures).toEqual(["server_ambiguous", "server_ambiguous"]);
    expect(receiver.status()).toMatchObject({ oldestOpenMs: null, settled: { failures: 2 } });
  });
});
