// Requests to the daemon. The key is kept for this tab only; every failure is an ApiError with the daemon's own words.
import { signal } from "@preact/signals";

const KEY = "forewarn-key";

/** The API key of this tab; empty without one. */
export const apiKey = signal(sessionStorage.getItem(KEY) ?? "");

/** Whether the daemon wants a key, or another one. The page asks for it while this is true. */
export const wantsKey = signal(false);

/** Keeps a key for this tab and tries it. */
export function useKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  apiKey.value = key;
  wantsKey.value = false;
}

/** A failed request. `code` is the daemon's, or `unreachable`. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** Parameters of a query; undefined ones are left out. */
export type Query = Record<string, string | number | undefined>;

/** Address of a route below where the page itself lies. */
export function apiUrl(path: string, query: Query = {}): string {
  const url = new URL(`api/v1/${path}`, document.baseURI.split("#")[0]);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url.href;
}

/** Headers of every request. */
export function authorization(): Record<string, string> {
  return apiKey.value === "" ? {} : { authorization: `Bearer ${apiKey.value}` };
}

/** Asks and gives the answer as it came. @throws ApiError also for an answer that is no success. */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers: { ...authorization(), ...(init.headers as object) } });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError("unreachable", 0, "The daemon does not answer.");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  if (response.status === 401) wantsKey.value = true;
  throw new ApiError(problem.code ?? "unreachable", response.status, problem.detail ?? `HTTP ${response.status}`);
}

/** Reads JSON. */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return (await request(apiUrl(path, query), signal ? { signal } : {})).json();
}

/** Sends JSON and reads the answer. */
export async function send<T>(method: "POST" | "DELETE", path: string, body?: object): Promise<T> {
  const json = body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return (await request(apiUrl(path), { method, ...json })).json();
}

/** Saves an answer as a file. A plain link could not carry the key. */
export async function download(path: string, query: Query, name: string): Promise<void> {
  const url = URL.createObjectURL(await (await request(apiUrl(path, query))).blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
