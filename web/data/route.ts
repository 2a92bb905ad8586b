// Where one is, in the fragment of the address: `#/servers/web-1?metric=cpu_pct`. Filters, order and horizon are part of it.
import { computed, signal } from "@preact/signals";

const fragment = signal(location.hash);
addEventListener("hashchange", () => {
  fragment.value = location.hash;
});

/** The place: names after the slashes, decoded. */
export const path = computed(() => {
  const [place = ""] = fragment.value.slice(1).split("?");
  return place.split("/").slice(1).map(decode);
});

/** What is chosen at the place. */
export const parameters = computed(() => new URLSearchParams(fragment.value.split("?").slice(1).join("?")));

/** Address of a place. */
export function linkTo(names: readonly string[], query: Record<string, string | undefined> = {}): string {
  const chosen = new URLSearchParams(Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]));
  const text = chosen.toString();
  return `#/${names.map(encodeURIComponent).join("/")}${text && `?${text}`}`;
}

/** Goes to a place. */
export function goTo(link: string): void {
  location.hash = link;
}

/** Changes a choice at this place, without a step in the browser's history. Undefined or "" is the default. */
export function choose(name: string, value: string | undefined): void {
  const link = linkTo(path.value, { ...Object.fromEntries(parameters.value), [name]: value });
  history.replaceState(null, "", link);
  fragment.value = link;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
