import fc from "fast-check";
import { expect, it, test } from "vitest";
import { readEnvelope, readSeries } from "./answers.ts";
import { liftPoints } from "./points.ts";

const answer = (values: string, labels = "{}") =>
  `{"status":"success","data":{"resultType":"matrix","result":[{"metric":${labels},"values":${values}}]}}`;
const read = (text: string) => readSeries(readEnvelope(text)!.data, "test");

it("reads what JSON reads, of any values and labels", () => {
  const label = fc.oneof(fc.string(), fc.constant('"values":[[1,"2"]]'), fc.constant('\\"values":['));
  const value = fc.oneof(fc.double().map(String), fc.constantFrom("NaN", "+Inf", "-Inf", "1e3"));
  const time = fc.integer({ min: 0, max: 2 ** 43 }).map((ms) => ms / 1000);
  fc.assert(
    fc.property(fc.array(fc.tuple(label, fc.array(fc.tuple(time, value), { maxLength: 200 }))), (series) => {
      const result = series.map(([host, values]) => ({ metric: { host }, values }));
      const document = { status: "success", data: { resultType: "matrix", result } };
      // With spaces in between nothing is lifted.
      const plain = readSeries(readEnvelope(JSON.stringify(document, null, 1))!.data, "test");
      expect(readSeries(readEnvelope(JSON.stringify(document))!.data, "test")).toEqual(plain);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ["[]", []],
  ['[[1,"2"]]', [2]],
  ['[[1.5,"-2e-7"],[2,"+Inf"]]', [-2e-7, Number.POSITIVE_INFINITY]],
  ['[[1,"x"]]', [Number.NaN]],
  ['[ [1,"2"] ]', [2]],
  ['[[1e3,"2"]]', [2]],
])("values %s", (values, expected) => {
  expect([...read(answer(values))[0]!.values]).toEqual(expected);
});

test.each(['[[1,"2"],]', '[[1,"2"]', "[[1,2]]", '[["1","2"]]', '[[,"2"]]', "[5]", "0", '[[1,"2"'])(
  "values %s are no samples",
  (values) => {
    const text = answer(values);
    expect(() => {
      const envelope = readEnvelope(text);
      if (envelope === null) throw new Error("no JSON");
      readSeries(envelope.data, "test");
    }).toThrow();
  },
);

it("takes the lists out of the text", () => {
  const { text, points } = liftPoints(answer('[[1,"2"],[2,"3"]]'));
  expect([text, points.map(({ timesMs, values }) => [[...timesMs], [...values]])]).toEqual([
    answer("0"),
    [
      [
        [1000, 2000],
        [2, 3],
      ],
    ],
  ]);
});
