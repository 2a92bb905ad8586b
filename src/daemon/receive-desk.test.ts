import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fleetContract, nodeContract } from "../contract/index.ts";
import { createMetricsRegistry } from "../server/index.ts";
import { type LiveStore, openEmbeddedStore } from "../store/index.ts";
import { type Label, labelSetOf, REMOTE_WRITE_LIMITS, type SampleBlock } from "../wire/index.ts";
import { configSchema } from "./config-schema.ts";
import { openReceiveDesk, type ReceiveDeskParts } from "./receive-desk.ts";
import type { World } from "./world.ts";

const INTERVAL_MS = 300_000;
const START_MS = Date.UTC(2026, 0, 5);

let directory: string;
let store: LiveStore;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "forewarn-receive-"));
  store = await openEmbeddedStore(join(directory, "store"), nodeContract);
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

function parts(clock: { ms: number }, mapping: string | null): ReceiveDeskParts {
  const world: Pick<World, "now" | "wait" | "log"> = {
    ...{ now: () => clock.ms, wait: async () => undefined, log: () => undefined },
  };
  const config = configSchema.parse({ receive: { mapping } });
  const registry = createMetricsRegistry();
  return { config, directory: join(directory, "received"), contract: nodeContract, store, registry, world };
}

/** A sample of one CPU and of load in every scrape of an interval. */
function blockOf(server: string): SampleBlock {
  const times = Array.from({ length: 20 }, (_, scrape) => START_MS + 1000 + scrape * 15_000);
  const sets = [
    labels("node_cpu_seconds_total", ["cpu", "0"], ["instance", server], ["mode", "idle"]),
    labels("node_load1", ["instance", server]),
  ];
  return {
    series: sets,
    starts: Uint32Array.of(0, 20, 40),
    timestampsMs: Float64Array.from([...times, ...times]),
    values: Float64Array.from([...times.map((_, at) => at), ...times.map(() => 3)]),
    stale: new Uint8Array(40),
  };
}

function labels(name: string, ...others: Label[]) {
  const set = labelSetOf([["__name__", name], ...others], REMOTE_WRITE_LIMITS);
  if ("reason" in set) throw new Error(set.reason);
  return set;
}

test("samples become rows of the store once, over a restart, and are counted", async () => {
  const clock = { ms: START_MS + INTERVAL_MS };
  let given = parts(clock, "node");
  let desk = (await openReceiveDesk(given))!;
  expect(await desk.receiver.write(blockOf("web1:9100"))).toEqual({ written: 40, refused: [], refusedSeries: [] });
  await desk.close();
  given = parts(clock, "node");
  desk = (await openReceiveDesk(given))!;
  clock.ms += 10_000;
  await desk.settle(START_MS);
  await desk.settle(START_MS);
  const [series] = await store.series();
  expect(series).toMatchObject({ server: "web1", startMs: START_MS });
  expect(store.status().counts).toMatchObject({ accepted: 1, duplicates: 0, conflicts: 0 });
  expect(given.registry.text()).toContain("forewarn_receive_rows_total 1\n");
  expect(desk.reasons()).toEqual([]);
  await desk.close();
  expect(desk.reasons()).toEqual(["receiver: the journal is closed"]);
});

test("a mapping of another contract is refused by name; without a mapping there is no receiver", async () => {
  const given = parts({ ms: START_MS }, "node");
  await expect(openReceiveDesk({ ...given, contract: fleetContract })).rejects.toMatchObject({
    code: "contract_mismatch",
    message: expect.stringContaining("receive.mapping node: Expected contract fleet/") as string,
  });
  expect(await openReceiveDesk(parts({ ms: START_MS }, null))).toBeNull();
});
