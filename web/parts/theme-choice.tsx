// The choice of the look.
import { THEMES, type Theme, theme } from "../lib/theme.ts";

const NAMES: Record<Theme, string> = { auto: "System", light: "Light", dark: "Dark", contrast: "High contrast" };

/** A list to choose from, kept on this machine. */
export function ThemeChoice() {
  const pick = (event: Event) => {
    theme.value = (event.target as HTMLSelectElement).value as Theme;
  };
  return (
    <select class="look" aria-label="Look" value={theme.value} onChange={pick}>
      {THEMES.map((one) => (
        <option key={one} value={one}>
          {NAMES[one]}
        </option>
      ))}
    </select>
  );
}
