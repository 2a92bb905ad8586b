// A regular expression as instructions for a machine that walks all alternatives at once (Thompson 1968; Pike's virtual
// machine in Cox, "Regular Expression Matching: the Virtual Machine Approach"), so that time is linear in the text.
import { parseRegex } from "./parse.ts";
import { RegexError } from "./reader.ts";
import type { Assertion, CharacterSet, RegexNode } from "./syntax.ts";

/** One instruction; `next` and `other` are indices into the program, `next` is preferred. */
export type Instruction =
  | { kind: "set"; set: CharacterSet; next: number }
  | { kind: "split"; next: number; other: number }
  | { kind: "save"; slot: number; next: number }
  | { kind: "assert"; assertion: Assertion; next: number }
  | { kind: "match" };

/** A compiled expression. */
export interface RegexProgram {
  instructions: readonly Instruction[];
  begin: number;
  /** Names of the groups by index; group 0 is the whole text. */
  groupNames: readonly (string | null)[];
}

/** Most instructions of a program; bounds the work on each character of a text. */
const MAX_INSTRUCTIONS = 5000;
/** Longest pattern in characters. */
const MAX_PATTERN_LENGTH = 16_384;

/**
 * Compiles `pattern`.
 * @throws RegexError if it is not RE2 syntax or too large.
 */
export function compileRegex(pattern: string): RegexProgram {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new RegexError(`longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const { root, groupNames } = parseRegex(pattern);
  const instructions: Instruction[] = [{ kind: "match" }];
  const emit = (instruction: Instruction): number => {
    if (instructions.length >= MAX_INSTRUCTIONS) throw new RegexError("expression is too large");
    return instructions.push(instruction) - 1;
  };
  const begin = emitNode(root, 0, emit, instructions);
  return { instructions, begin, groupNames };
}

/** Emits `node` such that it continues at `next`; returns where it begins. Built back to front, so most jumps are known. */
function emitNode(
  node: RegexNode,
  next: number,
  emit: (instruction: Instruction) => number,
  instructions: Instruction[],
): number {
  const emitPart = (part: RegexNode, to: number) => emitNode(part, to, emit, instructions);
  switch (node.kind) {
    case "empty":
      return next;
    case "set":
      return emit({ kind: "set", set: node.set, next });
    case "assertion":
      return emit({ kind: "assert", assertion: node.assertion, next });
    case "sequence":
      return node.parts.reduceRight((to, part) => emitPart(part, to), next);
    case "alternatives":
      return node.parts
        .map((part) => emitPart(part, next))
        .reduceRight((other, begin) => emit({ kind: "split", next: begin, other }));
    case "group": {
      const end = emit({ kind: "save", slot: 2 * node.index + 1, next });
      return emit({ kind: "save", slot: 2 * node.index, next: emitPart(node.part, end) });
    }
    case "repeat": {
      const { part, min, max, isGreedy } = node;
      const choice = (into: number, past: number): Instruction =>
        isGreedy ? { kind: "split", next: into, other: past } : { kind: "split", next: past, other: into };
      let begin = next;
      if (max === Infinity) {
        const loop = emit(choice(next, next));
        instructions[loop] = choice(emitPart(part, loop), next);
        begin = loop;
      } else {
        for (let i = min; i < max; i++) begin = emit(choice(emitPart(part, begin), next));
      }
      for (let i = 0; i < min; i++) begin = emitPart(part, begin);
      return begin;
    }
  }
}
