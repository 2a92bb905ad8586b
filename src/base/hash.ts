// A quick hash of text, for sharing out and for seeds; not against anyone who chooses the text.
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * FNV-1a over UTF-16 units, 32 bits (Fowler, Noll, Vo).
 * @param from The hash of what came before.
 * @returns A whole number of 32 bits without sign.
 */
export function fnv1a(text: string, from = OFFSET): number {
  let hash = from;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash >>> 0;
}
