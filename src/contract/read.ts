// A contract by built-in name or from a YAML or JSON file.
import { existsSync, readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { ForewarnError, fileError } from "../base/index.ts";
import { containerContract } from "./container.ts";
import { fleetContract } from "./fleet.ts";
import { contractId } from "./identity.ts";
import { nodeContract } from "./node.ts";
import { parseContract } from "./parse.ts";
import type { Contract } from "./schema.ts";

const builtInContracts: readonly Contract[] = [fleetContract, nodeContract, containerContract];

/**
 * The contract of a built-in name ("fleet", "fleet/4.0") or of a YAML or JSON file; a name wins over a file.
 * @throws ForewarnError `contract_unknown`, `path_missing`, `file_empty`, `file_unreadable` or `contract_invalid`.
 */
export function readContract(pathOrName: string): Contract {
  const builtIn = builtInContracts.find((contract) => [contract.name, contractId(contract)].includes(pathOrName));
  if (builtIn !== undefined) return builtIn;
  if (!existsSync(pathOrName)) throw notFound(pathOrName);
  const text = readText(pathOrName);
  if (text.trim() === "")
    throw new ForewarnError("file_empty", `${pathOrName}: Expected a contract, got an empty file`);
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line } = lineCounter.linePos(problem.pos[0]);
    const reason = problem.message.split("\n")[0];
    throw new ForewarnError("contract_invalid", `${pathOrName}:${line}: Expected YAML or JSON, got: ${reason}`);
  }
  return parseContract(documentValue(document, pathOrName), pathOrName);
}

function documentValue(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new ForewarnError("contract_invalid", `${path}: Expected YAML or JSON without endless aliases`, {
      cause: error,
    });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EISDIR") {
      throw new ForewarnError("file_unreadable", `${path}: Expected a contract file, got a directory`, {
        cause: error,
      });
    }
    throw fileError(error, path);
  }
}

function notFound(pathOrName: string): ForewarnError {
  const names = builtInContracts.map(contractId).join(", ");
  if (/^[a-z][a-z0-9_-]*(\/\d+\.\d+)?$/.test(pathOrName)) {
    return new ForewarnError("contract_unknown", `contract: Expected a file or one of ${names}, got ${pathOrName}`);
  }
  return new ForewarnError("path_missing", `${pathOrName}: no such contract file`, { hint: `built in: ${names}` });
}
