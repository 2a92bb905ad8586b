// Checks of written markup.

/** Tags of a page that close nothing or are never closed. */
export function unbalancedTags(html: string): string[] {
  const open: string[] = [];
  for (const [, slash, name, self] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s+[a-z-]+="[^"<>]*")*\s*(\/?)>/gi)) {
    if (slash === "/") {
      if (open.pop() !== name) return [`</${name}>`];
    } else if (self !== "/") open.push(name!);
  }
  return open;
}
