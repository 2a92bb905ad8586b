// The identity of a contract: its name, its hash and its grid step in milliseconds.
import { canonicalJson, formatDuration, parseDuration, sha256 } from "../base/index.ts";
import type { Contract } from "./schema.ts";

/** Name and version in one word: `fleet/4.0`. */
export function contractId(contract: Contract): string {
  return `${contract.name}/${contract.version}`;
}

/** Step length of the contract's regular grid, in milliseconds. */
export function intervalMs(contract: Contract): number {
  return parseDuration(contract.interval, "contract.interval");
}

/**
 * SHA-256 of the contract's canonical JSON, in hexadecimal. `90m` and `1h30m` give the same hash and descriptions do
 * not count; the order of metrics, labels and category values does, because it is the order of the model's inputs.
 */
export function contractHash(contract: Contract): string {
  return sha256(canonicalJson(normaliseContract(contract)));
}

/** The part of a contract that is its identity: no descriptions, every duration in its shortest form. */
export function normaliseContract(contract: Contract): Contract {
  const { description: _, ...identity } = contract;
  return {
    ...identity,
    interval: shortestDuration(contract.interval),
    labels: contract.labels.map(({ description: _, ...label }) => label),
    metrics: contract.metrics.map(({ description: _, ...metric }) => metric),
    breachRules: contract.breachRules.map((rule) => ({
      ...rule,
      for: shortestDuration(rule.for),
      clear: shortestDuration(rule.clear),
    })),
  };
}

function shortestDuration(text: string): string {
  return formatDuration(parseDuration(text, "contract"));
}
