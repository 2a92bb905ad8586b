// A backtest's report goes into the directory of the model that it judges, with its verdict in the model card, so that
// whoever has the model has what was found out about it. Nothing else of the directory changes.
import { renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileError, publishDirectory, writeFileAtomic } from "../base/index.ts";
import { holdsRegistryLock, lockRegistry } from "./lock.ts";
import { MANIFEST_FILE, makeManifest, readCheckedFiles } from "./manifest.ts";
import { MODEL_FILES } from "./model-directory.ts";

/** Name of the report; a model directory may be without it. */
export const BACKTEST_FILE = "backtest.json";
const TITLE = "\n## Backtest\n";

/** What the model card needs of a report; the rest is stored as it is. */
export interface BacktestDocument {
  kind: "backtest";
  /** The result in words. */
  verdict: readonly string[];
}

/**
 * Stores `report` as backtest.json in the model directory `directory` and its verdict in the model card, in place of an
 * earlier one. The directory is made anew beside the old one and takes its place; for a moment in between there is none.
 * @throws ForewarnError what reading the directory throws, `directory_locked`, `disk_full`, `path_not_writable`; the old
 *   directory stays then.
 */
export async function attachBacktest(directory: string, report: BacktestDocument): Promise<void> {
  const root = dirname(directory);
  using _lock = holdsRegistryLock(root) ? null : lockRegistry(root);
  const { manifest, files } = readCheckedFiles(directory);
  const card = Buffer.from(files.get(MODEL_FILES.card) ?? []).toString("utf8");
  const content: Record<string, string | Uint8Array> = {
    ...Object.fromEntries(files),
    [BACKTEST_FILE]: `${JSON.stringify(report, null, 2)}\n`,
    [MODEL_FILES.card]: withVerdict(card, report.verdict),
  };
  // The registry passes over names with a leading dot.
  const next = join(root, `.${basename(directory)}.next`);
  const former = join(root, `.${basename(directory)}.former`);
  for (const leftover of [next, former]) rmSync(leftover, { recursive: true, force: true });
  await publishDirectory(next, (temporary) => {
    for (const [name, bytes] of Object.entries(content)) writeFileAtomic(join(temporary, name), bytes);
    const entry = makeManifest(manifest.modelId, content);
    writeFileAtomic(join(temporary, MANIFEST_FILE), `${JSON.stringify(entry, null, 2)}\n`);
  });
  try {
    renameSync(directory, former);
    renameSync(next, directory);
  } catch (error) {
    throw fileError(error, directory);
  }
  rmSync(former, { recursive: true, force: true });
}

/** The card with a section of the verdict as its last, in place of a former one. */
function withVerdict(card: string, verdict: readonly string[]): string {
  const start = card.indexOf(TITLE);
  const before = start < 0 ? card.trimEnd() : card.slice(0, start).trimEnd();
  const lines = verdict.map((sentence) => `- ${sentence}`).join("\n");
  return `${before}\n${TITLE}\nFrom \`${BACKTEST_FILE}\`:\n\n${lines}\n`;
}
