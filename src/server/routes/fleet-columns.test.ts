import { afterEach, beforeEach, expect, test } from "vitest";
import { type FakeServices, fakeServices, NOW_MS } from "../../../test/support/fake-services.ts";
import { decodeSafetensors } from "../../artifact/index.ts";
import { createApp } from "../index.ts";
import type { FleetHead } from "../payload/fleet-columns.ts";

let services: FakeServices;
let app: Awaited<ReturnType<typeof createApp>>;
beforeEach(async () => {
  services = fakeServices();
  app = await createApp(services);
});
afterEach(() => app.close());

async function read() {
  const { statusCode, rawPayload } = await app.inject({ method: "GET", url: "/api/v1/fleet/columns" });
  expect(statusCode).toBe(200);
  const { tensors, metadata } = decodeSafetensors(rawPayload, "answer");
  const column = (name: string) => Array.from(tensors.get(name)!.data as Float32Array);
  const names = JSON.parse(Buffer.from(tensors.get("names")!.data as Uint8Array).toString()) as string[];
  return { head: JSON.parse(metadata["head"]!) as FleetHead, names, tensors, column };
}

test("columns hold what the list of servers holds", async () => {
  const { head, names, tensors, column } = await read();
  expect(names).toEqual(["a", "b", "c"]);
  expect(head).toMatchObject({ nowMs: NOW_MS, modelId: "tft_1", issuedAtMs: NOW_MS, refusals: ["insufficient_data"] });
  expect(head.labels).toContainEqual({ name: "profile", values: ["database", "web_api"] });
  const profile = head.labels.findIndex(({ name }) => name === "profile");
  expect([0, 1, 2].map((at) => column("labels")[at * head.labels.length + profile])).toEqual([0, 1, 1]);
  expect(column("last_seen_ms")).toEqual(new Array(3).fill(NOW_MS - 300_000));
  expect(column("data_ms")).toEqual([NOW_MS - 300_000, NOW_MS - 300_000, -1]);
  expect(column("refusal")).toEqual([-1, -1, 0]);
  expect(column("history_steps")).toEqual([-1, -1, -1, -1, 1, 288]);
  const { shape } = tensors.get("probabilities")!;
  expect(shape).toEqual([3, head.rules.length, head.withinMs.length]);
  const [first, second, third] = [0, 1, 2].map((at) => column("probabilities")[at * shape[1]! * shape[2]!]);
  expect([first, second, third]).toEqual([Math.fround(0.8), Math.fround(0.1), -1]);
});

test("an alert in its incident marks its server under its rule", async () => {
  services.book.tick({
    nowMs: NOW_MS + 600_000,
    forecasts: [...services.served.values()].map(({ record }) => ({ record })),
    incidents: [{ event: "cpu_high", server: "a", onsetMs: NOW_MS + 300_000, endMs: null }],
  });
  const { head, column } = await read();
  expect(head.alertRules).toEqual(["cpu_soon"]);
  expect(column("incidents")).toEqual([1, 0, 0]);
});

test("without a model there is no probability, not even of none", async () => {
  services.model = null;
  const { head, tensors, column } = await read();
  expect(tensors.has("probabilities")).toBe(false);
  expect(head).toMatchObject({ modelId: null, issuedAtMs: null, rules: [], withinMs: [] });
  expect(column("data_ms")).toEqual([-1, -1, -1]);
});
