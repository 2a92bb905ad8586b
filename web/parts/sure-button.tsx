// A button that asks once more, in place.
import { useState } from "preact/hooks";

/** For what changes what everyone sees. */
export function SureButton({ children, onSure }: { children: string; onSure: () => void }) {
  const [isAsked, setAsked] = useState(false);
  if (!isAsked) {
    return (
      <button type="button" onClick={() => setAsked(true)}>
        {children}
      </button>
    );
  }
  const act = () => {
    setAsked(false);
    onSure();
  };
  return (
    <span class="sure">
      <button type="button" onClick={act} ref={(button) => button?.focus()}>
        Yes, {children.toLowerCase()}
      </button>{" "}
      <button type="button" class="plain" onClick={() => setAsked(false)}>
        Cancel
      </button>
    </span>
  );
}
