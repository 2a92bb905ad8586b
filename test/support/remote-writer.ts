// Rows into a database by remote write, one gauge for each metric of a contract, and the mapping that reads them back.
import type { Contract } from "../../src/contract/index.ts";
import { type Mapping, type MappingInput, openMapping } from "../../src/prometheus/index.ts";
import type { LiveRow } from "../../src/store/index.ts";
import { compressSnappy, encodeRemoteWrite1, type LabelSet, NAME_LABEL } from "../../src/wire/index.ts";

/** Series of one set of rows among others in the same database. */
export interface WrittenSeries {
  /** Value of their label `run`. */
  run: string;
  contract: Contract;
}

/** {@link mappingDocument}, ready for use. */
export function gaugeMapping(written: WrittenSeries): Mapping {
  return openMapping(mappingDocument(written), `gauges of ${written.run}`);
}

/**
 * The mapping that makes of the samples of an interval what a data set makes of rows. A window of PromQL is open at its
 * begin and closed at its end, a bin the other way round: the millisecond turns one into the other.
 */
export function mappingDocument({ run, contract }: WrittenSeries): MappingInput {
  const over = (rollup: string, name: string) => `${rollup}(${name}{run="${run}"}[$interval] offset 1ms)`;
  const rollups = { gauge: "avg_over_time", flag: "max_over_time", counter: "last_over_time" };
  return {
    contract: contract as unknown as Record<string, unknown>,
    server: { label: "server", pattern: "^(.+)$" },
    metrics: Object.fromEntries(
      contract.metrics.map(({ name, kind }) => [name, { expression: over(rollups[kind], name) }]),
    ),
    labels: Object.fromEntries(
      contract.labels.map(({ name }) => [name, { expression: over("last_over_time", `${name}_info`), label: name }]),
    ),
  };
}

/** Writes rows; resolves when VictoriaMetrics finds them. */
export async function writeSamples(
  url: string,
  { run, contract }: WrittenSeries,
  rows: readonly LiveRow[],
): Promise<void> {
  const series = new Map<string, { set: LabelSet; samples: [timeMs: number, value: number][] }>();
  const add = (name: string, row: LiveRow, value: number, label: [string, string][] = []): void => {
    const labels = [[NAME_LABEL, name], ...label, ["run", run], ["server", row.server]] as [string, string][];
    const key = JSON.stringify(labels);
    const one = series.get(key) ?? { set: { name, labels: labels.sort(([a], [b]) => (a < b ? -1 : 1)) }, samples: [] };
    series.set(key, one);
    one.samples.push([row.timestampMs, value]);
  };
  for (const row of rows) {
    for (const { name } of contract.metrics) if (row.metrics[name] !== undefined) add(name, row, row.metrics[name]);
    for (const [name, value] of Object.entries(row.labels ?? {})) {
      if (value !== null) add(`${name}_info`, row, 1, [[name, value]]);
    }
  }
  const all = [...series.values()];
  const samples = all.flatMap((one) => one.samples);
  const starts = new Uint32Array(all.length + 1);
  for (const [i, one] of all.entries()) starts[i + 1] = starts[i]! + one.samples.length;
  const body = encodeRemoteWrite1({
    series: all.map(({ set }) => set),
    starts,
    timestampsMs: Float64Array.from(samples, ([timeMs]) => timeMs),
    values: Float64Array.from(samples, ([, value]) => value),
    stale: new Uint8Array(samples.length),
  });
  const headers = { "content-encoding": "snappy", "content-type": "application/x-protobuf" };
  const answer = await fetch(`${url}/api/v1/write`, { method: "POST", headers, body: compressSnappy(body) });
  if (!answer.ok) throw new Error(`remote write: Expected 2xx, got ${answer.status}: ${await answer.text()}`);
  await fetch(`${url}/internal/force_flush`);
}
