// The look: that of the system until one is chosen, kept on this machine.
import { effect, signal } from "@preact/signals";

export const THEMES = ["auto", "light", "dark", "contrast"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "forewarn-theme";
const kept = localStorage.getItem(KEY);

/** The chosen look. */
export const theme = signal<Theme>(THEMES.find((one) => one === kept) ?? "auto");

/** Grows whenever colours have changed: canvases draw anew. */
export const paint = signal(0);

/** Applies the look and follows the system's. */
export function startTheme(): void {
  const repaint = () => {
    paint.value = paint.peek() + 1;
  };
  effect(() => {
    localStorage.setItem(KEY, theme.value);
    document.documentElement.dataset["theme"] = theme.value;
    repaint();
  });
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
    matchMedia(query).addEventListener("change", repaint);
  }
}
