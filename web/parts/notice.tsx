// What is wrong and what to do about it: for whole pages and for parts of them.
import type { ComponentChildren } from "preact";
import type { ApiError } from "../data/api.ts";

/** A state in which there is little else to show. @param isPage It is all that the page shows. */
export function Notice(props: { title: string; isPage?: boolean; children?: ComponentChildren }) {
  const { title, isPage = false, children } = props;
  return (
    <section class="notice" role="status">
      {isPage ? <h1>{title}</h1> : <h2>{title}</h2>}
      <div>{children}</div>
    </section>
  );
}

/** The explanations of failures that people can do something about. */
const ADVICE: Record<string, { title: string; todo: string }> = {
  unreachable: {
    title: "The daemon does not answer",
    todo: "Check that forewarn serve is running and reachable. This page tries again by itself.",
  },
  unauthenticated: { title: "This daemon wants a key", todo: "Give an API key with the scope read." },
  forbidden: { title: "This key may not do that", todo: "Use a key with the scope that is named above." },
  model_unavailable: {
    title: "No model serves",
    todo: "Train one with forewarn train, put it into the models directory, then reload. Rows are taken in the meantime.",
  },
  insufficient_data: {
    title: "Warming up",
    todo: "Keep sending rows: the forecast begins when the history is long enough.",
  },
  stale_input: { title: "The data is stale", todo: "Check the sender of this server: a forecast needs fresh rows." },
  server_unknown: {
    title: "Unknown server",
    todo: "It may have been silent for longer than the hot window, or the name may be misspelt.",
  },
  overloaded: { title: "The daemon is busy", todo: "This page tries again with the next tick." },
  not_ready: { title: "The daemon is starting", todo: "This page tries again by itself." },
};

/** A failed request as a notice: the daemon's words, then what to do. */
export function Failure({ error, isPage = false }: { error: ApiError; isPage?: boolean }) {
  const { title, todo } = ADVICE[error.code] ?? { title: "That did not work", todo: "The daemon's log may have more." };
  return (
    <Notice title={title} isPage={isPage}>
      <p>{error.message}</p>
      <p>{todo}</p>
    </Notice>
  );
}

/** Shown while the first answer is awaited; quick answers never show it. */
export function Loading() {
  return (
    <p class="loading" role="status">
      Loading
    </p>
  );
}
