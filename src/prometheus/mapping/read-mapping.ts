// A mapping by built-in name or from a YAML or JSON file.
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { ForewarnError, fileError } from "../../base/index.ts";
import { type Contract, parseContract, readContract } from "../../contract/index.ts";
import { containerMapping } from "./container.ts";
import type { MappingDocument, MappingInput } from "./document.ts";
import type { Mapping } from "./mapping.ts";
import { nodeMapping } from "./node.ts";
import { parseMapping } from "./parse-mapping.ts";

/** The built-in mappings by name; each is for the contract of the same name. */
export const BUILT_IN_MAPPINGS: Readonly<Record<string, MappingInput>> = {
  node: nodeMapping,
  container: containerMapping,
};

/**
 * The mapping of a built-in name (`node`, `container`) or of a file.
 * @throws ForewarnError `mapping_invalid` with every problem, `path_missing`, `contract_unknown`, `contract_invalid`.
 */
export function readMapping(pathOrName: string): Mapping {
  if (Object.hasOwn(BUILT_IN_MAPPINGS, pathOrName)) return openMapping(BUILT_IN_MAPPINGS[pathOrName], pathOrName);
  if (!existsSync(pathOrName)) {
    throw new ForewarnError("path_missing", `${pathOrName}: no such mapping file`, {
      hint: `built in: ${Object.keys(BUILT_IN_MAPPINGS).join(", ")}`,
    });
  }
  return openMapping(readYaml(pathOrName), pathOrName, dirname(pathOrName));
}

/**
 * Checks a mapping document whose contract is a built-in name, a path below `directory` or a document.
 * @throws ForewarnError As {@link readMapping}.
 */
export function openMapping(document: unknown, where: string, directory = "."): Mapping {
  const contractOf = (contract: MappingDocument["contract"]): Contract => {
    if (typeof contract !== "string") return parseContract(contract, `${where}: contract`);
    const relative = resolve(directory, contract);
    return readContract(existsSync(relative) ? relative : contract);
  };
  return parseMapping(document, where, contractOf);
}

/** A mapping document as YAML that {@link readMapping} reads. @param comment Lines to stand above it. */
export function mappingText(document: MappingInput, comment: readonly string[]): string {
  const text = stringify(document, { lineWidth: 110, blockQuote: "folded" });
  return `${comment.map((line) => `# ${line}\n`).join("")}${text}`;
}

function readYaml(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw fileError(error, path);
  }
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new ForewarnError("mapping_invalid", `${path}: Expected YAML or JSON, got: ${reason}`, { cause: error });
  }
}
