// The one way in which a model directory is refused.
import { ForewarnError } from "../base/index.ts";

/** A `model_invalid` error about one file: "subject: Expected X, got Y". */
export function modelInvalid(message: string, cause?: unknown): ForewarnError {
  return new ForewarnError("model_invalid", message, {
    hint: "the directory was changed or damaged after training; copy it again or train anew",
    cause,
  });
}

/** Parses the JSON text of a file of a model directory. @throws ForewarnError `model_invalid` if it is not JSON. */
export function parseJsonFile(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw modelInvalid(`${where}: Expected JSON, got ${(error as Error).message}`, error);
  }
}
