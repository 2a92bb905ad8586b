// The mapping of a table that came without one: its columns are canonical, or belong to one of the two historical
// formats, which are migrated by name.
import { type Contract, detectLegacyForm, planLegacyMigration } from "../contract/index.ts";
import { type Mapping, mappingSchema } from "./mapping.ts";

/** A mapping and, in sentences, what it changes. */
export interface DefaultMapping {
  mapping: Mapping;
  messages: string[];
}

/**
 * Makes the mapping of a table whose columns carry the contract's names or, for the contract `fleet`, historical ones.
 * Columns that are absent stay unmapped; the check of the table reports them.
 */
export function defaultMapping(contract: Contract, columns: readonly string[]): DefaultMapping {
  const form = contract.name === "fleet" ? detectLegacyForm(columns) : undefined;
  const plan = form === undefined ? undefined : planLegacyMigration(form, columns);
  const sources = new Map(columns.map((column) => [column, column]));
  for (const { from, to } of plan?.renames ?? []) {
    sources.delete(from);
    sources.set(to, from);
  }
  const category = (name: string) => ({ column: sources.get(name) ?? name, values: plan?.values[name] ?? {} });
  const pick = <T>(names: string[], make: (name: string) => T): Record<string, T> =>
    Object.fromEntries(names.filter((name) => sources.has(name)).map((name) => [name, make(name)]));

  const mapping = mappingSchema.parse({
    timestamp: { column: "timestamp", unit: "iso" },
    server: { column: sources.get("server") ?? "server" },
    labels: pick(
      contract.labels.map(({ name }) => name),
      category,
    ),
    ...(contract.state !== null && sources.has(contract.state.name) ? { state: category(contract.state.name) } : {}),
    metrics: pick(
      contract.metrics.map(({ name }) => name),
      (name) => ({ column: sources.get(name) }),
    ),
    texts: pick(contract.texts, (name) => ({ column: sources.get(name) })),
    drop: plan?.dropped.map(({ column }) => column) ?? [],
  });
  return { mapping, messages: plan === undefined ? [] : [`migrated the old form ${plan.form}`, ...plan.messages] };
}
