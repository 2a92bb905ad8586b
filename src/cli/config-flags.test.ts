import { expect, test } from "vitest";
import { configOf } from "./config-flags.ts";

test("a database on the command line is where rows are, wherever it runs", async () => {
  const { config, originOf } = await configOf({ prometheus: "http://localhost:9090", mapping: "container" });
  expect(config.store).toMatchObject({
    kind: "prometheus",
    prometheus: { url: "http://localhost:9090/", mapping: "container", allowPrivate: true },
  });
  expect(originOf(["store", "kind"])).toBe("--prometheus");
  expect((await configOf({})).config.store.kind).toBe("embedded");
  await expect(configOf({ prometheus: "localhost:9090" })).rejects.toMatchObject({ code: "usage_invalid" });
});
