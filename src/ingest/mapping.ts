// The mapping document: how foreign columns become the columns of a contract. Everything is named; nothing is guessed,
// and a column that is neither mapped nor dropped refuses the import.
import { z } from "zod";

const columnName = z.string().min(1);
const durationText = z.string().regex(/^(\d+(ms|[smhd]))+$/, "Expected a duration such as 5m");
const patternText = z.string().refine(isPattern, "Expected a regular expression");

/** `{column: cpu_cores, equals: 0}`: true for the rows in which a source column has this value. */
const conditionSchema = z.strictObject({
  column: columnName,
  equals: z.union([z.number(), z.string()], { error: "Expected a number or a text" }),
});

const timestampColumnSchema = z.strictObject({
  column: columnName,
  /** Unit of epoch numbers, or iso for texts such as 2024-01-31T12:00:00Z (no zone is UTC). */
  unit: z.enum(["s", "ms", "us", "ns", "iso"]),
});

const timestampRowIndexSchema = z.strictObject({
  from: z.literal("rowIndex"),
  /** Time of the first row of a server. */
  start: z.iso.datetime({ offset: true, error: "Expected a time such as 2024-01-01T00:00:00Z" }),
  /** Time between rows. */
  step: durationText,
  /** Patterns of file names in the order in which the files of one server follow each other. */
  sequence: z.array(patternText).default([]),
});

const serverSchema = z.union([
  z.strictObject({ column: columnName }),
  /** Regular expression with one group, matched against the file name without its folder. */
  z.strictObject({ fromFileName: patternText }),
  z.strictObject({ constant: z.string().min(1) }),
]);

const categorySchema = z.union([
  z.strictObject({ column: columnName, values: z.record(z.string(), z.string()).default({}) }),
  z.strictObject({ constant: z.string().min(1) }),
]);

const metricSchema = z.strictObject({
  column: columnName,
  /** Divide by this column, for ratios; 0 there makes the value missing. */
  per: columnName.optional(),
  /** Then multiply by this and add `offset`. */
  scale: z.number().default(1),
  offset: z.number().default(0),
  /** The value is missing in these rows, whatever it says. */
  missingWhen: conditionSchema.optional(),
});

/** Zod schema of a mapping document. */
export const mappingSchema = z.strictObject({
  /** Built-in name, path relative to the mapping file, or the contract itself. */
  contract: z.union([z.string().min(1), z.record(z.string(), z.unknown())]).optional(),
  csv: z
    .strictObject({
      delimiter: z.string().length(1).default(","),
      /** Texts beside the empty one and NaN that mean a missing number: NA, null, "-". */
      missing: z.array(z.string()).default([]),
    })
    .prefault({}),
  timestamp: z.union([timestampColumnSchema, timestampRowIndexSchema]),
  server: serverSchema,
  labels: z.record(z.string(), categorySchema).default({}),
  state: categorySchema.optional(),
  metrics: z.record(z.string(), metricSchema),
  texts: z.record(z.string(), z.strictObject({ column: columnName })).default({}),
  /** Source columns that are left out on purpose; they may be absent. */
  drop: z.array(columnName).default([]),
  /** All metrics are missing in these rows: a server that is switched off, say. */
  missingWhen: conditionSchema.optional(),
  /** Rows of one server with the same timestamp: aggregated like all rows of a bin, or a reason to refuse. */
  duplicates: z.enum(["mean", "refuse"]).default("mean"),
  /** Values outside the contract's range: refuse the import, make them missing, or move them to the nearest bound. */
  outOfRange: z.enum(["refuse", "missing", "clip"]).default("refuse"),
});

/** A validated mapping with its defaults filled in. */
export type Mapping = z.output<typeof mappingSchema>;
/** How one metric is computed from source columns. */
export type MetricMapping = Mapping["metrics"][string];
/** How a label or the state is read. */
export type CategoryMapping = NonNullable<Mapping["state"]>;
/** A condition on a source column. */
export type Condition = NonNullable<Mapping["missingWhen"]>;

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
