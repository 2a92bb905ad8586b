// Rows, reference and reading for the tests of live stores.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Contract, parseContract } from "../../src/contract/index.ts";
import {
  batchRows,
  createDataSet,
  type LiveRow,
  type LiveStore,
  openDataSet,
  rowBatch,
  type Series,
  sqlText,
} from "../../src/store/index.ts";

const metric = { unit: "1", role: "target", min: null, max: null, required: false, transform: "identity" };

/** A contract with every kind of column, at an interval of five minutes. */
export const smallContract: Contract = parseContract(
  {
    name: "small",
    version: "1.0",
    interval: "5m",
    labels: [{ name: "profile", required: false, values: ["db", "web"] }],
    state: { name: "health", values: ["ok", "ill"] },
    metrics: [
      { ...metric, name: "load", kind: "gauge" },
      { ...metric, name: "requests", kind: "counter", role: "observed", min: 0 },
      { ...metric, name: "oom", kind: "flag", min: 0, max: 1, role: "observed" },
    ],
    texts: ["note"],
    breachRules: [],
  },
  "test",
);

/** When the rows of the tests begin; midnight UTC. */
export const BASE_MS = Date.UTC(2024, 0, 10);
/** Length of a day. */
export const DAY_MS = 86_400_000;

/** A row at `seconds` after {@link BASE_MS}. */
export function row(server: string, seconds: number, load: number, more: Partial<LiveRow> = {}): LiveRow {
  const metrics = { load, ...more.metrics };
  return { server, timestampMs: BASE_MS + seconds * 1000, ...more, metrics };
}

/** Writes rows as one batch. */
export function writeRows(store: LiveStore, rows: readonly LiveRow[]): ReturnType<LiveStore["write"]> {
  return store.write(rowBatch(smallContract, rows));
}

/** All rows of a store, or those of a time, by server and time. */
export async function allRows(store: LiveStore, fromMs = 0, toMs = BASE_MS + 1000 * DAY_MS): Promise<LiveRow[]> {
  const rows: LiveRow[] = [];
  await store.readRows(fromMs, toMs, (batch) => void rows.push(...batchRows(smallContract, batch)));
  return sorted(rows);
}

/** Rows by server and time, with every column named as the store gives them back. */
export function sorted(rows: readonly LiveRow[]): LiveRow[] {
  const whole = batchRows(smallContract, rowBatch(smallContract, rows));
  return whole.sort((a, b) => (a.server === b.server ? a.timestampMs - b.timestampMs : a.server < b.server ? -1 : 1));
}

/** The series that a data set of the same rows has: the reference for a store's series. */
export async function referenceSeries(rows: readonly LiveRow[]): Promise<Series[]> {
  const folder = mkdtempSync(join(tmpdir(), "forewarn-reference-"));
  try {
    const value = (number: number | undefined): string => (number === undefined ? "NULL" : `${number}::DOUBLE`);
    const text = (content: string | null | undefined): string => (content == null ? "NULL::VARCHAR" : sqlText(content));
    const values = sorted(rows).map(({ server, timestampMs, labels, state, metrics, texts }) =>
      [
        `make_timestamp_ms(${timestampMs})::TIMESTAMP_MS, ${sqlText(server)}`,
        ...[labels?.["profile"], state].map(text),
        ...["load", "requests", "oom"].map((name) => value(metrics[name])),
        text(texts?.["note"]),
      ].join(", "),
    );
    const columns = `"timestamp", "server", "profile", "health", "load", "requests", "oom", "note"`;
    const createdBy = { tool: "import", forewarnVersion: "0" } as const;
    await createDataSet(join(folder, "set"), smallContract, 1000, createdBy, async (out, db) => {
      await db.run(`CREATE TABLE rows ("timestamp" TIMESTAMP_MS, "server" VARCHAR, "profile" VARCHAR, "health" VARCHAR,
        "load" DOUBLE, "requests" DOUBLE, "oom" DOUBLE, "note" VARCHAR)`);
      await db.run(`INSERT INTO rows (${columns}) VALUES ${values.map((row) => `(${row})`).join(", ")}`);
      await db.run(`COPY rows TO ${sqlText(join(out, "0.parquet"))}`);
    });
    const set = await openDataSet(join(folder, "set"));
    const series = await set.readSeries();
    set.close();
    return series;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
