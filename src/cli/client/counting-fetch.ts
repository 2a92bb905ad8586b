// Reads what a daemon says about the rows that it was sent. An answer that counts rows is one that has taken them, also
// when some of them were rejected: sending those again would not help.

/** One rejected row. */
export interface RowRefusal {
  code: string;
  path: string;
  message: string;
}

/** What became of all rows so far. */
export interface PushCounts {
  accepted: number;
  duplicates: number;
  conflicts: number;
  rejected: number;
  /** The first of the rejections. */
  errors: RowRefusal[];
}

const MOST_ERRORS = 100;
const SUMS = ["accepted", "duplicates", "conflicts", "rejected"] as const;

/** Nothing sent yet. */
export function emptyPushCounts(): PushCounts {
  return { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, errors: [] };
}

/** A fetch that adds the daemon's counts to `counts`. */
export function countingFetch(send: typeof fetch, counts: PushCounts): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (response.status !== 200 && response.status !== 400) return response;
    const text = await response.text();
    const said = parse(text);
    if (said === null || typeof said.accepted !== "number") {
      return new Response(text, { status: response.status, statusText: response.statusText });
    }
    for (const key of SUMS) counts[key] += said[key] ?? 0;
    counts.errors.push(...(said.errors ?? []).slice(0, MOST_ERRORS - counts.errors.length));
    return new Response(null, { status: 200 });
  };
}

function parse(text: string): Partial<PushCounts> | null {
  try {
    return JSON.parse(text) as Partial<PushCounts> | null;
  } catch {
    // Some other server than a daemon; the status says enough.
    return null;
  }
}
