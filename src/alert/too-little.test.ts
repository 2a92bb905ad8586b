import { expect, it } from "vitest";
import { HOUR } from "../../test/support/alerts.ts";
import { tooLittleToJudge } from "./too-little.ts";

it.each([
  [{ forecasts: 0, spanMs: 0, incidents: 0 }, ["no forecast is stored of that time"]],
  [{ forecasts: 9, spanMs: 10, incidents: 1 }, ["the forecasts cover less than 1h", "only one incident began"]],
  [{ forecasts: 9, spanMs: 5 * HOUR, incidents: 0 }, ["the forecasts cover only 5h", "no incidents began"]],
  [{ forecasts: 9, spanMs: 48 * HOUR, incidents: 9 }, ["only 9 incidents began"]],
  [{ forecasts: 9, spanMs: 48 * HOUR, incidents: 10 }, []],
])("of %j says %j", (basis, reasons) => {
  expect(tooLittleToJudge(basis)).toEqual(reasons);
});
