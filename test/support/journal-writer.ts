// Appends bodies to a journal, several at a time, over some segments, and says on standard output which were acknowledged.
// Arguments: directory, how many.
import { writeSync } from "node:fs";
import { DEFAULT_JOURNAL_OPTIONS, openJournal } from "../../src/receive/journal.ts";
import { journalFiles } from "../../src/receive/journal-files.ts";

const [directory, count] = process.argv.slice(2);
const CLIENTS = 3;
const nothing = { samples: () => new Set<number>(), settled: () => undefined, dropped: () => true };
const options = { ...DEFAULT_JOURNAL_OPTIONS, segmentBytes: 400 };
const journal = await openJournal(journalFiles(directory!), options, nothing);
let next = 0;

async function client(): Promise<void> {
  while (next < Number(count)) {
    const number = next++;
    await journal.append(Buffer.from(`body-${number};`), new Set([number]));
    writeSync(1, `acked-${number};\n`);
  }
}
const ends = await Promise.allSettled(Array.from({ length: CLIENTS }, client));
for (const end of ends) if (end.status === "rejected") writeSync(1, `failed ${end.reason.code}\n`);
await journal.close();
