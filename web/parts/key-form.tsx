// Asks for an API key; it stays in this tab and ends with it.
import { apiKey, useKey } from "../data/api.ts";

/** The form that stands instead of a page that the daemon does not give. */
export function KeyForm() {
  const give = (event: SubmitEvent) => {
    event.preventDefault();
    useKey(String(new FormData(event.target as HTMLFormElement).get("key")).trim());
  };
  return (
    <form class="notice" onSubmit={give}>
      <h1>{apiKey.value === "" ? "This daemon wants a key" : "This key is not valid"}</h1>
      <p>
        {apiKey.value === ""
          ? "Give an API key with the scope read."
          : "It may be misspelt, expired or revoked. Give another one."}{" "}
        Make one on the daemon's machine with <code>forewarn keys add NAME --scope read</code>. It is kept for this tab
        only.
      </p>
      <label for="key">API key</label>
      <div class="row">
        <input id="key" name="key" type="password" autocomplete="current-password" required spellcheck={false} />
        <button type="submit">Use it</button>
      </div>
    </form>
  );
}
