// Patterns in which `*` stands for any characters: for people who name servers, not for regular expressions.

/**
 * Whether a text is like a pattern: the parts between the stars must occur in order. Each part is taken at its first
 * place, so it is one pass whatever the pattern.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return text === pattern;
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
