// Colours of the present look for canvases, which know no custom properties.

/** What the tokens (`--ink`) are now, in their order, as `rgb(...)`. */
export function coloursOf<const T extends readonly `--${string}`[]>(tokens: T): { [Place in keyof T]: string } {
  // Only where it is used does a token become the colour of the light or of the dark look.
  const probe = document.createElement("i");
  document.body.append(probe);
  const style = getComputedStyle(probe);
  const colours = tokens.map((token) => {
    probe.style.color = `var(${token})`;
    return style.color;
  });
  probe.remove();
  return colours as { [Place in keyof T]: string };
}
