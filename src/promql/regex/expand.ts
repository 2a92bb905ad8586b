// Replacement templates of label_replace: $1, ${1}, $name, ${name} and $$, as Go's regexp.Expand reads them.
import type { RegexProgram } from "./program.ts";

/**
 * Fills `template` with the groups that a match of `program` on `text` found. Unknown groups are empty; a name without
 * braces is as long as possible, so `$1x` means the group named "1x".
 * @param captures What `matchWhole` returned.
 */
export function expandTemplate(
  program: RegexProgram,
  template: string,
  text: string,
  captures: readonly number[],
): string {
  return template.replace(/\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu, (whole, plain, braced) => {
    if (whole === "$$") return "$";
    const name = String(plain ?? braced);
    const index = /^\d+$/.test(name) ? Number(name) : program.groupNames.indexOf(name);
    const [from, to] = [captures[2 * index] ?? -1, captures[2 * index + 1] ?? -1];
    return from < 0 ? "" : text.slice(from, to);
  });
}
