// The mapping document: how the series of a Prometheus become rows of a contract. One PromQL expression for each metric;
// nothing in it says how the series are reached.
import { z } from "zod";

const expression = z.string().min(1, "Expected a PromQL expression, got an empty text");

const serverSchema = z.strictObject({
  /** Label of the expressions' series that tells servers apart. */
  label: z.string().min(1).default("instance"),
  /** What of its value is the server's name: the first group of this regular expression. */
  pattern: z.string().refine(hasGroup, "Expected a regular expression with a group").default("^(.+?)(:\\d+)?$"),
  /**
   * Rows are made only of servers for which this has a value, whatever it is. It chooses servers, and it ends a server
   * that is gone: VictoriaMetrics' rate() is 0, not missing, in the first interval without a sample.
   */
  present: expression.optional(),
});

const metricSchema = z.strictObject({
  /** One series for each server; `$interval` stands for the contract's interval. */
  expression,
  /** Values outside the contract's range: make them missing, or move them to the nearest bound. */
  outOfRange: z.enum(["missing", "clip"]).default("missing"),
});

const labelSchema = z.strictObject({
  /** Series of which one label is read; their values do not matter. */
  expression,
  /** The label of these series. */
  label: z.string().min(1),
  /** Values of that label to values of the contract; others must be the contract's already. */
  values: z.record(z.string(), z.string()).default({}),
});

/** Zod schema of a mapping document; {@link parseMapping} adds the checks against its contract. */
export const mappingSchema = z.strictObject({
  /** Built-in name, path relative to the mapping file, or the contract itself. */
  contract: z.union([z.string().min(1), z.record(z.string(), z.unknown())]),
  server: serverSchema.prefault({}),
  /** Texts that expressions share: `$name` in an expression, or in a part further down, stands for the text. */
  parts: z
    .record(
      z.string().regex(/^(?!interval$)[a-z][a-z0-9_]*$/, "Expected a name such as no_disk, not interval"),
      z.string(),
    )
    .default({}),
  metrics: z.record(z.string(), metricSchema),
  labels: z.record(z.string(), labelSchema).default({}),
});

/** A mapping document as a person writes it, with defaults left out. */
export type MappingInput = z.input<typeof mappingSchema>;
/** A mapping document with its defaults filled in. */
export type MappingDocument = z.output<typeof mappingSchema>;

function hasGroup(pattern: string): boolean {
  try {
    return new RegExp(`${pattern}|`).exec("")!.length > 1;
  } catch {
    return false;
  }
}
