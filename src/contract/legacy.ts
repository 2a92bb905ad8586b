// The two historical formats that fleet/4.0 descends from, as data, and the plan that migrates their columns by name.
// A generator and a trainer once disagreed on these names; here nothing is guessed: every step is listed and reported.
import { ForewarnError } from "../base/index.ts";

/** A historical column format and how each of its columns becomes fleet/4.0. */
export interface LegacyForm {
  name: "3.0_fleet" | "old_trainer";
  /** Columns whose presence gives the format away. */
  signature: readonly string[];
  /** Old column name to canonical name. Columns not listed keep their name. */
  renames: Readonly<Record<string, string>>;
  /** Columns that are left out, and why. */
  dropped: Readonly<Record<string, string>>;
  /** By canonical column: old category value to canonical value. Values not listed stay as they are. */
  values: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The steps that migrate one table of a historical format, and the same in sentences. */
export interface LegacyMigration {
  form: LegacyForm["name"];
  renames: { from: string; to: string }[];
  dropped: { column: string; reason: string }[];
  values: LegacyForm["values"];
  messages: string[];
}

const truth = "simulator truth: a model must never see it";
const derived = "derived from the timestamp: computed when needed, never stored";
const dropped = {
  problem_child: truth,
  time_idx: derived,
  hour: derived,
  day_of_week: derived,
  month: derived,
  is_weekend: derived,
};
const values = {
  state: { critical_issue: "critical", morning_spike: "heavy_load", normal: "healthy", warning: "degraded" },
};

/** Both historical formats: the generator's `3.0_fleet` and the names that the old trainer and inference used. */
export const legacyForms: readonly LegacyForm[] = [
  {
    name: "3.0_fleet",
    signature: ["server_name", "cpu_pct", "mem_pct"],
    renames: { server_name: "server" },
    dropped,
    values,
  },
  {
    name: "old_trainer",
    signature: ["server_id", "cpu_percent", "memory_percent"],
    renames: {
      server_id: "server",
      status: "state",
      cpu_percent: "cpu_pct",
      memory_percent: "mem_pct",
      disk_percent: "disk_pct",
    },
    dropped,
    values,
  },
];

/** The historical format that these column names belong to, or undefined. */
export function detectLegacyForm(columns: readonly string[]): LegacyForm | undefined {
  return legacyForms.find((form) => form.signature.every((column) => columns.includes(column)));
}

/**
 * Plans the migration of a table with these columns.
 * @throws ForewarnError `mapping_invalid` if a column is there under its old and its canonical name.
 */
export function planLegacyMigration(form: LegacyForm, columns: readonly string[]): LegacyMigration {
  const present = new Set(columns);
  const renames = Object.entries(form.renames)
    .filter(([from]) => present.has(from))
    .map(([from, to]) => ({ from, to }));
  for (const { from, to } of renames) {
    if (present.has(to)) {
      throw new ForewarnError("mapping_invalid", `${to}: Expected one column, got ${from} and ${to}`, {
        hint: `remove one of them or write a mapping that names the right one`,
      });
    }
  }
  const droppedHere = Object.entries(form.dropped)
    .filter(([column]) => present.has(column))
    .map(([column, reason]) => ({ column, reason }));
  const canonical = new Set([...columns, ...renames.map(({ to }) => to)]);
  const valuesHere = Object.fromEntries(Object.entries(form.values).filter(([column]) => canonical.has(column)));
  const messages = [
    ...renames.map(({ from, to }) => `renamed column ${from} to ${to}`),
    ...droppedHere.map(({ column, reason }) => `dropped column ${column} (${reason})`),
    ...Object.entries(valuesHere).flatMap(([column, map]) =>
      Object.entries(map).map(([from, to]) => `renamed value ${from} of ${column} to ${to}`),
    ),
  ];
  return { form: form.name, renames, dropped: droppedHere, values: valuesHere, messages };
}
