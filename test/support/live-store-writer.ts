// Writes rows into a store until it is killed or a write fails. Says on standard output what it is about to send and what was acknowledged;
// each value tells its row, so that a reader can prove what it finds. After a failed write it says what it can still read.
// Arguments: directory, first sequence number, whether to seal days meanwhile.
import { writeSync } from "node:fs";
import { ForewarnError } from "../../src/base/index.ts";
import { openEmbeddedStore, rowBatch } from "../../src/store/index.ts";
import { allRows, BASE_MS, row, smallContract } from "./live-store-rows.ts";

const [directory, first, seals] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
const store = await openEmbeddedStore(directory!, smallContract, { logBytes: 200_000 }).catch(
  (error: ForewarnError) => {
    say(`refused ${error.code}`);
    process.exit(0);
  },
);
let next = Number(first);
say("ready");

async function client(): Promise<void> {
  while (store.status().state === "ready") {
    const begin = next;
    const count = 1 + ((begin * 7) % 40);
    next += count;
    const rows = Array.from({ length: count }, (_, i) => row(`s${(begin + i) % 5}`, (begin + i) * 60, (begin + i) / 7));
    say(`sent ${begin} ${count}`);
    await store.write(rowBatch(smallContract, rows));
    say(`acked ${begin} ${count}`);
  }
}
const clients: Promise<unknown>[] = [client(), client(), client()];
if (seals === "seal") {
  clients.push(
    (async () => {
      for (;;) {
        await store.sealBefore(BASE_MS + next * 60_000);
        await store.series();
      }
    })(),
  );
}
try {
  await Promise.all(clients);
} catch (error) {
  if (!(error instanceof ForewarnError)) throw error;
  const again = await store
    .write(rowBatch(smallContract, [row("late", 0, 0)]))
    .catch(({ code }: ForewarnError) => code);
  say(`failed ${error.code} ${again} ${store.status().state} ${(await allRows(store)).length}`);
  process.exit(0);
}
