import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { withDirectory } from "../../test/helpers/tiny-model.ts";
import { queryRows } from "../store/index.ts";
import { openSpanFiles } from "./span-files.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5);
const [TICKS, SERVERS] = [12, 3000];

test.each(["64MB", "1GB"])("a day is put together with %s of memory, sorted when there is enough", (memoryLimit) =>
  withDirectory(async (directory) => {
    const files = await openSpanFiles(directory, {
      ...{ table: "ticks", access: "own", span: "day" },
      ...{ memoryLimit, groupRows: 1024 },
    });
    for (let tick = 0; tick < TICKS; tick++) {
      const timeMs = START_MS + tick * 60_000;
      await files.append(timeMs, async (db) => {
        await db.run(
          `CREATE OR REPLACE TEMP TABLE ticks AS SELECT 's' || (range * 7919 % ${SERVERS}) AS server,
             make_timestamp_ms(${timeMs}) AS issued_at, repeat(md5(range::VARCHAR || ${tick}), 100) AS text
           FROM range(${SERVERS})`,
        );
      });
    }
    await files.tidy(START_MS + DAY_MS, 30 * DAY_MS);
    expect(readdirSync(directory).filter((name) => !name.startsWith("."))).toEqual(["2026-01-05.parquet"]);
    const range = { fromMs: START_MS, toMs: START_MS + DAY_MS };
    const counts = await files.read(range, [], (db, source) =>
      queryRows(
        db,
        `SELECT count(*)::INTEGER AS rows, count(*) FILTER (server < before)::INTEGER AS unsorted
         FROM (SELECT server, lag(server) OVER () AS before FROM ${source})`,
      ),
    );
    expect(counts).toEqual([{ rows: TICKS * SERVERS, unsorted: memoryLimit === "1GB" ? 0 : expect.any(Number) }]);
    files.close();
  }),
);

test("hours become files of their own, and old ones go", () =>
  withDirectory(async (directory) => {
    const files = await openSpanFiles(directory, {
      ...{ table: "ticks", access: "own", span: "hour" },
      ...{ memoryLimit: "40MB", groupRows: 1024 },
    });
    for (const minutes of [5, 55, 65, 125]) {
      const timeMs = START_MS + minutes * 60_000;
      await files.append(timeMs, async (db) => {
        await db.run(
          `CREATE OR REPLACE TEMP TABLE ticks AS SELECT 's' AS server, make_timestamp_ms(${timeMs}) AS issued_at`,
        );
      });
    }
    await files.tidy(START_MS + 2 * 3_600_000, DAY_MS);
    expect(readdirSync(directory).sort()).toEqual(["2026-01-05T00.parquet", "2026-01-05T01.parquet", "2026-01-05T02"]);
    const rowsFrom = (fromMinutes: number, toMinutes: number) =>
      files.read(
        { fromMs: START_MS + fromMinutes * 60_000, toMs: START_MS + toMinutes * 60_000 },
        -1,
        async (db, source) => (await queryRows(db, `FROM ${source}`)).length,
      );
    expect([await rowsFrom(0, 60), await rowsFrom(61, 121), await rowsFrom(180, 240)]).toEqual([2, 2, -1]);
    await files.tidy(START_MS + 2 * 3_600_000, 3_600_000);
    expect(readdirSync(directory).sort()).toEqual(["2026-01-05T01.parquet", "2026-01-05T02"]);
    files.close();
  }));
