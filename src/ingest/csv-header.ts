// The header line of a CSV file (RFC 4180).
import { ForewarnError } from "../base/index.ts";

/**
 * Column names of the first record of `text`.
 * @throws ForewarnError `file_empty` for a blank header, `file_unreadable` for an empty name or one that is there already,
 *   in whatever case: SQL does not tell `CPU` from `cpu`.
 */
export function parseHeader(text: string, delimiter: string, where: string): string[] {
  const record = firstRecord(text.replace(/^\uFEFF/, ""), delimiter).map((name) => name.trim());
  if (record.every((name) => name === "")) {
    throw new ForewarnError("file_empty", `${where}: Expected a header with column names, got an empty line`);
  }
  const lowered = record.map((name) => name.toLowerCase());
  for (const [index, name] of record.entries()) {
    if (name === "")
      throw new ForewarnError("file_unreadable", `${where}: Expected a name for column ${index + 1}, got none`);
    if (lowered.indexOf(name.toLowerCase()) !== index) {
      throw new ForewarnError("file_unreadable", `${where}: Expected each column once, got ${name} twice`);
    }
  }
  return record;
}

function firstRecord(text: string, delimiter: string): string[] {
  const fields: string[] = [];
  let field = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '"') {
      if (quoted && text[i + 1] === '"') field += text[++i];
      else quoted = !quoted;
    } else if (!quoted && character === delimiter) {
      fields.push(field);
      field = "";
    } else if (!quoted && (character === "\n" || character === "\r")) {
      break;
    } else {
      field += character;
    }
  }
  return [...fields, field];
}
