// HELP, TYPE, UNIT and EOF lines: what they say of a metric family, and OpenMetrics' rules about them.
import type { ExpositionFormat } from "./format.ts";
import { unescapeText } from "./series-text.ts";

/** What the metadata lines say about a metric. */
export interface MetricFamily {
  readonly name: string;
  /** As in the text, or "untyped". */
  type: string;
  help: string;
  unit: string;
}

const TYPES: Readonly<Record<ExpositionFormat, readonly string[]>> = {
  prometheus: ["counter", "gauge", "histogram", "summary", "untyped"],
  openmetrics: ["counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown"],
};
const LINE = /^#[ \t]+(HELP|TYPE|UNIT)(?:[ \t]+("(?:[^"\\]|\\.)*"|[^ \t]+)(?:[ \t](.*))?)?[ \t]*$/s;

/** Families of one body, and what a comment line did. */
export interface FamilyTable {
  /**
   * Reads a line that begins with `#`.
   * @returns What was expected if it is wrong; "eof" for the last line of OpenMetrics.
   */
  readComment(line: string): { expected: string } | "eof" | null;
  /** Checks a sample's name against its family; gives what was expected if it is wrong. OpenMetrics only. */
  checkSample(name: string): string | null;
  readonly families: ReadonlyMap<string, MetricFamily>;
}

/** Makes an empty table. */
export function createFamilyTable(format: ExpositionFormat): FamilyTable {
  const strict = format === "openmetrics";
  const families = new Map<string, MetricFamily>();
  const told = new Set<string>();
  const sampled = new Set<string>();

  const readMetadata = (keyword: string, name: string, text: string): string | null => {
    if (strict) {
      if (told.has(`${keyword} ${name}`)) return `only one ${keyword} line for ${name}`;
      if (sampled.has(name)) return `the ${keyword} line before the samples of ${name}`;
      told.add(`${keyword} ${name}`);
    }
    const family = families.get(name) ?? { name, type: "untyped", help: "", unit: "" };
    families.set(name, family);
    if (keyword === "HELP") family.help = unescapeText(text);
    else if (keyword === "UNIT") {
      if (text !== "" && !name.endsWith(`_${text}`)) return `a name that ends with the unit ${text}`;
      family.unit = text;
    } else {
      const type = text.trim();
      if (!TYPES[format].includes(type)) return `one of the types ${TYPES[format].join(", ")}`;
      family.type = type;
    }
    return null;
  };

  return {
    families,
    readComment(line) {
      if (strict && line.startsWith("# EOF")) return line === "# EOF" ? "eof" : { expected: '"# EOF"' };
      const match = LINE.exec(line);
      if (match === null) return strict ? { expected: "a HELP, TYPE, UNIT or EOF line" } : null;
      const [, keyword = "", name, text = ""] = match;
      if (keyword === "UNIT" && !strict) return null;
      if (name === undefined) return { expected: `a metric name after ${keyword}` };
      const expected = readMetadata(keyword, name.startsWith('"') ? unescapeText(name.slice(1, -1)) : name, text);
      return expected === null ? null : { expected };
    },
    checkSample(name) {
      if (!strict) return null;
      const isCounter = families.get(name)?.type === "counter";
      if (isCounter && !name.endsWith("_total")) return `the suffix _total of the counter ${name}`;
      const family = name.replace(/_(?:total|created|bucket|count|sum|gcount|gsum|info)$/, "");
      sampled.add(families.has(name) ? name : family);
      return null;
    },
  };
}
