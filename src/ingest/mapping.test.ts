import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { ForewarnError } from "../base/index.ts";
import { fleetContract } from "../contract/index.ts";
import { parseHeader } from "./csv-header.ts";
import { defaultMapping } from "./default-mapping.ts";
import { parseMapping, readMapping } from "./read-mapping.ts";

const folder = mkdtempSync(join(tmpdir(), "forewarn-mapping-"));
afterAll(() => rmSync(folder, { recursive: true }));

const good = {
  timestamp: { column: "t", unit: "s" },
  server: { column: "s" },
  metrics: { cpu_pct: { column: "cpu" }, mem_pct: { column: "mem" } },
};

describe("parseMapping", () => {
  it.each([
    [{ ...good, drops: [] }, "drops", "Expected no such key"],
    [{ ...good, metrics: { cpu_pct: { colum: "x" } } }, "metrics.cpu_pct.column", "Expected string, got undefined"],
    [{ ...good, metrics: { cpu_pct: { column: "x", factor: 2 } } }, "metrics.cpu_pct.factor", "Expected no such key"],
    [{ ...good, timestamp: { column: "t", unit: "s", zone: "x" } }, "timestamp.zone", "Expected no such key"],
    [
      { ...good, timestamp: { from: "rowIndex", start: "now", step: "5m" } },
      "timestamp.start",
      "Expected a time such as",
    ],
    [{ ...good, server: { fromFileName: "(" } }, "server.fromFileName", "Expected a regular expression"],
    [{ ...good, server: { columns: "x" } }, "server.column", "Expected string"],
    [{ ...good, outOfRange: "ignore" }, "outOfRange", "expected one of"],
    [null, "document", "Expected object, got null"],
  ])("refuses %j", (document, path, message) => {
    const error = (() => {
      try {
        return parseMapping(document, "map.yaml");
      } catch (e) {
        return e;
      }
    })() as ForewarnError;
    expect(error).toBeInstanceOf(ForewarnError);
    expect(error.message).toContain("map.yaml: ");
    expect(error.issues).toContainEqual(
      expect.objectContaining({ code: "mapping_invalid", path, message: expect.stringContaining(message) }),
    );
  });
});

describe("readMapping", () => {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it("finds the contract by name, by a path beside the mapping, or inside it", () => {
    write("own.json", JSON.stringify({ ...fleetContract, name: "own" }));
    const read = (contract: unknown) =>
      readMapping(write("m.json", JSON.stringify({ ...good, contract }))).contract.name;
    expect([read("fleet/4.0"), read("own.json"), read({ ...fleetContract, name: "inline" })]).toEqual([
      "fleet",
      "own",
      "inline",
    ]);
  });

  it.each([
    ["a: [", "mapping_invalid"],
    [JSON.stringify(good), "mapping_invalid"],
    [JSON.stringify({ ...good, contract: "nothing" }), "contract_unknown"],
    [JSON.stringify({ ...good, contract: "fleet", metrics: { gpu: { column: "x" } } }), "mapping_invalid"],
    [JSON.stringify({ ...good, contract: "fleet", server: { fromFileName: "vm" } }), "mapping_invalid"],
    [
      JSON.stringify({
        ...good,
        contract: "fleet",
        timestamp: { from: "rowIndex", start: "2024-01-01T00:00:00Z", step: "5m" },
      }),
      "mapping_invalid",
    ],
  ])("refuses %s with %s", (text, code) => {
    expect(() => readMapping(write("bad.yaml", text))).toThrow(expect.objectContaining({ code }));
  });

  it("refuses another contract than the mapping's own", () => {
    const path = write("m.json", JSON.stringify({ ...good, contract: { ...fleetContract, name: "own" } }));
    expect(() => readMapping(path, "fleet")).toThrow(expect.objectContaining({ code: "contract_mismatch" }));
    expect(() => readMapping(join(folder, "none.yaml"))).toThrow(expect.objectContaining({ code: "path_missing" }));
  });
});

describe("defaultMapping", () => {
  it("maps canonical columns to themselves and leaves others to the check", () => {
    const { mapping, messages } = defaultMapping(fleetContract, ["timestamp", "server", "cpu_pct", "state", "extra"]);
    expect(messages).toEqual([]);
    expect(mapping.metrics).toMatchObject({ cpu_pct: { column: "cpu_pct" } });
    expect(mapping.state).toMatchObject({ column: "state" });
    expect(mapping.drop).toEqual([]);
  });
});

describe("parseHeader", () => {
  it("reads what RFC 4180 writes", () => {
    const name = fc.string({ minLength: 1 }).filter((text) => text.trim() === text && !text.startsWith("\uFEFF"));
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, selector: (text) => text.toLowerCase() }),
        fc.constantFrom("\n", "\r\n", ""),
        (names, end) => {
          const line = names.map((text) => `"${text.replaceAll('"', '""')}"`).join(",");
          expect(parseHeader(`${line}${end}`, ",", "test")).toEqual(names);
        },
      ),
    );
  });
});
