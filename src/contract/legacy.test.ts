import { describe, expect, test } from "vitest";
import { fleetContract } from "./fleet.ts";
import { detectLegacyForm, legacyForms, planLegacyMigration } from "./legacy.ts";

const generatorColumns = (
  "timestamp,server_name,profile,state,problem_child,cpu_pct,mem_pct,disk_io_mb_s,net_in_mb_s,net_out_mb_s,latency_ms," +
  "error_rate,gc_pause_ms,container_oom,notes"
).split(",");
const trainerColumns = (
  "timestamp,server_id,profile,status,cpu_percent,memory_percent,disk_percent,load_average,time_idx,hour,day_of_week," +
  "month,is_weekend"
).split(",");
const fleetColumns = [
  "timestamp",
  "server",
  ...fleetContract.labels.map((label) => label.name),
  fleetContract.state!.name,
  ...fleetContract.metrics.map((metric) => metric.name),
  ...fleetContract.texts,
];

describe("legacy forms", () => {
  test("are told apart by their columns", () => {
    expect(detectLegacyForm(generatorColumns)?.name).toBe("3.0_fleet");
    expect(detectLegacyForm(trainerColumns)?.name).toBe("old_trainer");
    expect(detectLegacyForm(fleetColumns)).toBeUndefined();
    expect(detectLegacyForm([])).toBeUndefined();
  });

  test.each([
    ["3.0_fleet", generatorColumns],
    ["old_trainer", trainerColumns],
  ])("%s becomes nothing but columns of fleet/4.0", (_, columns) => {
    const plan = planLegacyMigration(detectLegacyForm(columns)!, columns);
    const renamed = new Map(plan.renames.map(({ from, to }) => [from, to]));
    const gone = new Set(plan.dropped.map(({ column }) => column));
    const after = columns.filter((column) => !gone.has(column)).map((column) => renamed.get(column) ?? column);
    expect(fleetColumns).toEqual(expect.arrayContaining(after));
    expect(after).toEqual(expect.arrayContaining(["timestamp", "server", "profile", "state", "cpu_pct", "mem_pct"]));
  });

  test("say what they did, for the columns that are there only", () => {
    const columns = ["timestamp", "server_name", "cpu_pct", "mem_pct", "problem_child"];
    expect(planLegacyMigration(detectLegacyForm(columns)!, columns).messages).toEqual([
      "renamed column server_name to server",
      "dropped column problem_child (simulator truth: a model must never see it)",
    ]);
  });

  test("rename old states into the vocabulary of fleet/4.0", () => {
    const oldStates = [
      "healthy",
      "heavy_load",
      "critical_issue",
      "maintenance",
      "offline",
      "morning_spike",
      "idle",
      "recovery",
    ];
    for (const form of legacyForms) {
      const migrated = oldStates.map((state) => form.values["state"]?.[state] ?? state);
      expect(fleetContract.state!.values).toEqual(expect.arrayContaining(migrated));
    }
  });

  test("a column under its old and its new name is refused", () => {
    const columns = [...generatorColumns, "server"];
    expect(() => planLegacyMigration(detectLegacyForm(columns)!, columns)).toThrow(
      "server: Expected one column, got server_name and server",
    );
  });
});
