// Runs a compiled expression over a whole text. Every step moves all threads by one character, so the time is bounded by
// the length of the text times the size of the program, whatever the expression.
import type { Instruction, RegexProgram } from "./program.ts";
import { type Assertion, holds } from "./syntax.ts";

/** Threads of one position, in order of preference: where they stand in the program, and the groups they have seen. */
interface Threads {
  pcs: number[];
  captures: (readonly number[])[];
}

/** Counts the work of matches: a thread at one character is one step, of some tens of nanoseconds. */
export interface StepMeter {
  steps: number;
}

/**
 * Matches `program` against all of `text`, preferring alternatives from left to right as Perl does.
 * @param meter Counts what it took.
 * @returns Begin and end of each group in UTF-16 units, -1 where a group took no part; or null if it does not match.
 */
export function matchWhole(
  program: RegexProgram,
  text: string,
  meter: StepMeter = { steps: 0 },
): readonly number[] | null {
  const { instructions, begin, groupNames } = program;
  const seen = new Int32Array(instructions.length).fill(-1);
  let current = noThreads();
  let following = noThreads();
  follow(instructions, begin, new Array<number>(2 * groupNames.length).fill(-1), text, 0, seen, current);
  for (let at = 0; at < text.length && current.pcs.length > 0; ) {
    const codePoint = text.codePointAt(at)!;
    at += codePoint > 0xffff ? 2 : 1;
    meter.steps += 1 + current.pcs.length;
    for (let i = 0; i < current.pcs.length; i++) {
      const instruction = instructions[current.pcs[i]!]!;
      if (instruction.kind !== "set" || !holds(instruction.set, codePoint)) continue;
      follow(instructions, instruction.next, current.captures[i]!, text, at, seen, following);
    }
    [current, following] = [following, current];
    following.pcs.length = 0;
    following.captures.length = 0;
  }
  const matched = current.pcs.findIndex((pc) => instructions[pc]!.kind === "match");
  return matched < 0 ? null : current.captures[matched]!.with(0, 0).with(1, text.length);
}

/**
 * Adds the threads that stand at `pc` and behind everything from there that consumes no character.
 * @param seen The last position at which each instruction was added: once a position is enough.
 */
function follow(
  instructions: readonly Instruction[],
  pc: number,
  captures: readonly number[],
  text: string,
  at: number,
  seen: Int32Array,
  threads: Threads,
): void {
  const pending: { pc: number; captures: readonly number[] }[] = [];
  let next: { pc: number; captures: readonly number[] } | undefined = { pc, captures };
  while (next !== undefined) {
    const place = next.pc;
    const instruction = instructions[place]!;
    const isNew = seen[place] !== at;
    seen[place] = at;
    if (isNew && instruction.kind === "split") {
      pending.push({ pc: instruction.other, captures: next.captures });
      next.pc = instruction.next;
    } else if (isNew && instruction.kind === "save") {
      next.captures = next.captures.with(instruction.slot, at);
      next.pc = instruction.next;
    } else if (isNew && instruction.kind === "assert" && isAt(instruction.assertion, text, at)) {
      next.pc = instruction.next;
    } else {
      if (isNew && (instruction.kind === "set" || instruction.kind === "match")) {
        threads.pcs.push(place);
        threads.captures.push(next.captures);
      }
      next = pending.pop();
    }
  }
}

function noThreads(): Threads {
  return { pcs: [], captures: [] };
}

function isAt(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case "textBegin":
      return at === 0;
    case "textEnd":
      return at === text.length;
    case "lineBegin":
      return at === 0 || text[at - 1] === "\n";
    case "lineEnd":
      return at === text.length || text[at] === "\n";
    case "word":
      return isWord(text[at - 1]) !== isWord(text[at]);
    case "notWord":
      return isWord(text[at - 1]) === isWord(text[at]);
  }
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
