// Something read for a part of the page: read anew when its key changes, the old value stays until the new one is there.
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "./api.ts";

/** What is there of it. */
export interface Resource<T> {
  value: T | null;
  error: ApiError | null;
}

/**
 * Reads with `read` and again whenever `key` differs.
 * @param subject What the value is about: with another subject the old value is dropped.
 */
export function useResource<T>(
  subject: string,
  key: string | number,
  read: (signal: AbortSignal) => Promise<T>,
): Resource<T> {
  const [state, setState] = useState<Resource<T> & { subject: string }>({ subject, value: null, error: null });
  useEffect(() => {
    const abort = new AbortController();
    read(abort.signal).then(
      (value) => !abort.signal.aborted && setState({ subject, value, error: null }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const failure = error instanceof ApiError ? error : new ApiError("page_fault", 0, String(error));
        setState((before) => ({ subject, value: before.subject === subject ? before.value : null, error: failure }));
      },
    );
    return () => abort.abort();
  }, [subject, key]);
  return state.subject === subject ? state : { value: null, error: null };
}
