// One page of metrics over HTTP: whole, within its time and size. Redirects are not followed, so that credentials go only
// where they were meant to go.
import { EXPOSITION_LIMITS, type ExpositionFormat, expositionFormat, SCRAPE_ACCEPT } from "../../wire/index.ts";
import type { ScrapeTarget } from "./scrape-config.ts";

/** A page as it came, unpacked. */
export interface Page {
  bytes: Uint8Array;
  format: ExpositionFormat;
}

/** Why there is no page. */
export class PageError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "PageError";
  }
}

/**
 * Fetches the page of a target.
 * @param signal Ends it early.
 * @throws PageError for no answer in time, another status than 200, another type than text, or too many bytes.
 */
export async function fetchPage(
  fetch: typeof globalThis.fetch,
  { url, authorization, timeoutMs }: Pick<ScrapeTarget, "url" | "authorization" | "timeoutMs">,
  signal: AbortSignal,
): Promise<Page> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      headers: {
        accept: SCRAPE_ACCEPT,
        "user-agent": "forewarn",
        "x-prometheus-scrape-timeout-seconds": String(timeoutMs / 1000),
        ...(authorization !== undefined && { authorization }),
      },
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    return await pageOf(response);
  } catch (error) {
    if (error instanceof PageError) throw error;
    if (timeout.aborted) throw new PageError(`Expected a page within ${timeoutMs / 1000} s, got none`);
    // What fetch throws names its reason in the cause.
    const { cause } = error as Error;
    throw new PageError(cause instanceof Error ? cause.message : (error as Error).message, error);
  }
}

async function pageOf(response: Response): Promise<Page> {
  const type = response.headers.get("content-type") ?? undefined;
  const format = expositionFormat(type);
  const fault =
    response.status !== 200
      ? `Expected status 200, got ${response.status}`
      : format === null
        ? `Expected the text of metrics, got ${JSON.stringify(type?.slice(0, 100))}`
        : null;
  if (fault !== null || format === null) {
    await response.body?.cancel();
    throw new PageError(fault ?? "");
  }
  return { bytes: await readBytes(response), format };
}

/** Bytes as they are unpacked: a small answer that becomes a large one ends here, too. */
async function readBytes({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > EXPOSITION_LIMITS.decodedBytes) {
      throw new PageError(`Expected at most ${EXPOSITION_LIMITS.decodedBytes} bytes, got more`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
