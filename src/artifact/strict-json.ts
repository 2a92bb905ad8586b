// The strict JSON of a safetensors header: objects, arrays, strings and whole numbers without sign or exponent, and no
// key twice in an object. JSON.parse alone would take the last of two equal keys, so two readers could see two files.

/**
 * Parses a safetensors header.
 * @throws SyntaxError that says what is wrong, for text outside this subset of JSON.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  checkSubset(text);
  return value;
}

/** Walks text that is known to be JSON, keeping the set of keys of every open object. */
function checkSubset(text: string): void {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) addKey(keys, JSON.parse(text.slice(at, end)) as string);
      at = end - 1;
    } else if (character === "{") open.push(new Set());
    else if (character === "[") open.push(null);
    else if (character === "}" || character === "]") open.pop();
    else if (!/[0-9:,\s]/.test(character)) {
      throw new SyntaxError(`Expected objects, arrays, strings and whole numbers, got ${JSON.stringify(character)}`);
    }
  }
}

function addKey(keys: Set<string>, key: string): void {
  if (keys.has(key)) throw new SyntaxError(`Expected every key once, got ${JSON.stringify(key)} twice`);
  keys.add(key);
}

/** Index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text[at] ?? "")) at++;
  return text[at] === ":";
}
