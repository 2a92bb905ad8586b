// What types expressions have, and whether functions and operators get the types that they take.
import { queryInvalid } from "../errors.ts";
import { type Aggregation, type Binary, type Call, childrenOf, type Expression, type ValueType } from "./ast.ts";
import { positionAt } from "./lexer.ts";
import { SIGNATURES } from "./signatures.ts";

const NAMES: Record<ValueType, string> = {
  scalar: "a scalar",
  string: "a string",
  vector: "an instant vector",
  matrix: "a range vector",
};

/** The type of an expression whose parts are right. */
export function typeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "vectorSelector":
    case "aggregation":
      return "vector";
    case "matrixSelector":
    case "subquery":
      return "matrix";
    case "call":
      return SIGNATURES.get(expression.name)!.result;
    case "unary":
    case "parentheses":
      return typeOf(expression.expression);
    case "binary":
      return typeOf(expression.left) === "scalar" && typeOf(expression.right) === "scalar" ? "scalar" : "vector";
  }
}

/**
 * Checks an expression and everything below it.
 * @param query The text, for positions.
 * @throws ForewarnError `query_invalid` at the first part of a wrong type.
 */
export function checkTypes(expression: Expression, query: string): void {
  for (const child of childrenOf(expression)) checkTypes(child, query);
  const expect = (part: Expression, wanted: readonly ValueType[], where: string) => {
    const type = typeOf(part);
    if (wanted.includes(type)) return;
    const names = wanted.map((one) => NAMES[one]).join(" or ");
    throw queryInvalid(`${names} ${where}`, NAMES[type], positionAt(query, part.start));
  };
  switch (expression.kind) {
    case "call":
      checkCall(expression, query, expect);
      break;
    case "aggregation":
      checkAggregation(expression, expect);
      break;
    case "binary":
      checkBinary(expression, query, expect);
      break;
    case "unary":
      expect(expression.expression, ["scalar", "vector"], `after ${expression.operator}`);
      break;
    case "subquery":
      expect(expression.expression, ["vector"], "in a subquery");
      break;
  }
}

type Expect = (part: Expression, wanted: readonly ValueType[], where: string) => void;

function checkCall({ name, args, start }: Call, query: string, expect: Expect): void {
  const { args: wanted, optional, isVariadic } = SIGNATURES.get(name)!;
  const least = wanted.length - optional;
  if (args.length < least || (args.length > wanted.length && !isVariadic)) {
    const count = isVariadic ? `at least ${least}` : optional > 0 ? `${least} to ${wanted.length}` : `${least}`;
    throw queryInvalid(`${count} argument(s) of ${name}`, String(args.length), positionAt(query, start));
  }
  args.forEach((arg, i) => {
    expect(arg, [wanted[Math.min(i, wanted.length - 1)]!], `as argument ${i + 1} of ${name}`);
  });
}

function checkAggregation({ name, expression, parameter }: Aggregation, expect: Expect): void {
  expect(expression, ["vector"], `in ${name}`);
  if (parameter !== null) expect(parameter, [name === "count_values" ? "string" : "scalar"], `as parameter of ${name}`);
}

function checkBinary(expression: Binary, query: string, expect: Expect): void {
  const { operator, left, right, isBool } = expression;
  const isSet = operator === "and" || operator === "or" || operator === "unless";
  for (const side of [left, right]) expect(side, isSet ? ["vector"] : ["scalar", "vector"], `beside ${operator}`);
  const isComparison = ["==", "!=", "<", ">", "<=", ">="].includes(operator);
  const areScalars = typeOf(left) === "scalar" && typeOf(right) === "scalar";
  if (isBool && !isComparison)
    throw queryInvalid("bool after a comparison", operator, positionAt(query, expression.start));
  if (isComparison && areScalars && !isBool) {
    throw queryInvalid(`${operator} bool between scalars`, operator, positionAt(query, expression.start));
  }
  const { matching } = expression;
  const isGiven = matching.isOn || matching.labels.length > 0 || matching.many !== null;
  if (isGiven && !(typeOf(left) === "vector" && typeOf(right) === "vector")) {
    throw queryInvalid("on and ignoring between instant vectors", "a scalar", positionAt(query, expression.start));
  }
}
