// Publishes models into a directory until it is killed, and names each on standard error when it is there. Arguments:
// directory, number of the first.
import { writeFastModel } from "../helpers/fast-model.ts";

const [root, first] = process.argv.slice(2);
process.stderr.write("begins\n");
for (let number = Number(first); ; number++) {
  const modelId = `tft_20261124_${100_000 + number}`;
  await writeFastModel(root!, modelId, { createdAt: new Date(Date.UTC(2026, 10, 24, 0, 0, number)).toISOString() });
  process.stderr.write(`published ${modelId}\n`);
}
