// Puts alerts into an outbox for ever and says the number of each that was kept: `outbox-child.ts FILE FIRST`.
import { writeSync } from "node:fs";
import { openOutbox } from "../../src/alert/outbox.ts";
import { notification } from "./alerts.ts";

const [path, first] = process.argv.slice(2);
const outbox = openOutbox(path!, ["hook"], 0);
for (let i = Number(first); ; i++) {
  outbox.put([notification(`server-${i}`, "predicted", i, i)], i);
  writeSync(1, `${i}\n`);
}
