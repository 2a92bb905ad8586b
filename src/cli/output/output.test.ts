import { describe, expect, test } from "vitest";
import type { Io } from "../io.ts";
import { bar, fanChart, sparkline } from "./ascii.ts";
import { printJson } from "./json.ts";
import { renderTable } from "./table.ts";

function printed(value: unknown, unicode: boolean): string {
  let text = "";
  const write = (part: string): void => {
    text += part;
  };
  const io: Io = { stdout: write, stderr: write, isTty: false, unicode, now: () => 0, setExitCode: () => undefined };
  printJson(io, value);
  return text;
}

describe("printJson", () => {
  test("writes typed arrays as arrays and what is not finite as null", () => {
    const value = { a: Float32Array.of(1, Number.NaN), b: Number.POSITIVE_INFINITY, c: Uint8Array.of(7) };
    expect(JSON.parse(printed(value, true))).toEqual({ a: [1, null], b: null, c: [7] });
  });

  test("escapes characters beyond ASCII where the console cannot show them", () => {
    expect(printed("caf\u00e9 \u{1f600}", false)).toBe('"caf\\u00e9 \\ud83d\\ude00"\n');
    expect(printed("caf\u00e9", true)).toBe('"caf\u00e9"\n');
  });
});

describe("renderTable", () => {
  test("aligns columns, without trailing spaces", () => {
    const table = renderTable(
      [{ title: "server" }, { title: "risk", align: "right" }, { title: "note" }],
      [
        ["db-1", "0.5", ""],
        ["a-long-name", "12", "x"],
      ],
    );
    expect(table).toBe(
      ["server       risk  note", "-----------  ----  ----", "db-1          0.5", "a-long-name    12  x", ""].join(
        "\n",
      ),
    );
  });

  test("a name from outside cannot steer the terminal", () => {
    expect(renderTable([{ title: "s" }], [["\u001b[31mred\n"]])).toBe("s\n---------\n?[31mred?\n");
  });

  test("without rows there are the titles", () => {
    expect(renderTable([{ title: "a" }], [])).toBe("a\n-\n");
  });
});

describe("pictures", () => {
  test.each([
    [0, "...."],
    [0.5, "##.."],
    [1, "####"],
    [1.5, "####"],
    [-1, "...."],
  ])("bar(%f)", (share, expected) => {
    expect(bar(share, 4)).toBe(expected);
  });

  test("sparkline goes from the smallest to the largest value, gaps stay empty", () => {
    expect(sparkline([0, 4, Number.NaN, 8])).toBe(".+ @");
    expect(sparkline([3, 3])).toBe("..");
    expect(sparkline([])).toBe("");
  });

  test("a fan shows history, band and middle on one axis", () => {
    const fan = { history: [0, 2], lower: [1, 0], middle: [2, 2], upper: [3, 4] };
    expect(fanChart(fan, 5, 5)).toBe(
      ["4.00   | :", "       |::", "2.00  *|oo", "       |::", "0.00 * | :", ""].join("\n"),
    );
  });

  test("a fan without any value is empty, and long series fit the width", () => {
    const none = new Float32Array(10).fill(Number.NaN);
    expect(fanChart({ history: none, lower: none, middle: none, upper: none }, 11, 3)).not.toContain("NaN");
    const long = Float32Array.from({ length: 1000 }, (_, index) => index);
    const lines = fanChart({ history: long, lower: long, middle: long, upper: long }, 61, 8).trimEnd().split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(61 + 6);
  });
});
