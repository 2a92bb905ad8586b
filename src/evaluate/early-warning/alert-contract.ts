// What a user asks of alerts, in words: "recall >= 80%" or "at most 1 false alarm per server-week".
import { ForewarnError } from "../../base/index.ts";

/** Find at least this share of the events, or raise at most so many false alarms. */
export type AlertContract = { kind: "recall"; atLeast: number } | { kind: "false-alarms"; atMostPerServerWeek: number };

const NUMBER = "(\\d+(?:\\.\\d+)?|\\.\\d+)";
const RECALL = new RegExp(`^recall\\s*(?:>=|at least)\\s*${NUMBER}\\s*(%?)$`, "i");
const FALSE_ALARMS = new RegExp(`^(?:at most|<=)\\s*${NUMBER}\\s+false alarms? per (?:server|host)-week$`, "i");

/**
 * Reads a contract.
 * @param where Where the text came from, for the message ("--alert-contract").
 * @throws ForewarnError `usage_invalid` for anything else, and for a recall of 0 or above 1.
 */
export function parseAlertContract(text: string, where: string): AlertContract {
  const recall = RECALL.exec(text.trim());
  if (recall !== null) {
    const atLeast = recall[2] === "%" ? Number(recall[1]) / 100 : Number(recall[1]);
    if (atLeast > 0 && atLeast <= 1) return { kind: "recall", atLeast };
  }
  const falseAlarms = FALSE_ALARMS.exec(text.trim());
  if (falseAlarms !== null) return { kind: "false-alarms", atMostPerServerWeek: Number(falseAlarms[1]) };
  throw new ForewarnError(
    "usage_invalid",
    `${where}: Expected a contract such as "recall >= 80%" or "at most 1 false alarm per server-week", got ${JSON.stringify(text)}`,
  );
}

/** Writes a contract as {@link parseAlertContract} reads it. */
export function formatAlertContract(contract: AlertContract): string {
  if (contract.kind === "recall") return `recall >= ${Number((contract.atLeast * 100).toPrecision(12))}%`;
  const { atMostPerServerWeek: most } = contract;
  return `at most ${most} false ${most === 1 ? "alarm" : "alarms"} per server-week`;
}
