// Models: which one serves, which there are, what is known of each, and the contract that they are bound to.
import { useState } from "preact/hooks";
import { type ApiError, get, send } from "../data/api.ts";
import type { Snapshot } from "../data/live.ts";
import { useResource } from "../data/resource.ts";
import { choose, parameters } from "../data/route.ts";
import type { Model } from "../data/types.ts";
import { ContractView } from "../parts/contract-view.tsx";
import { ModelView } from "../parts/model-view.tsx";
import { Failure, Loading, Notice } from "../parts/notice.tsx";
import { Scroll } from "../parts/scroll.tsx";
import { SureButton } from "../parts/sure-button.tsx";
import { Time } from "../parts/time.tsx";

const STATES: Record<Model["state"], string> = {
  serving: "serves",
  standby: "ready for rollback",
  available: "available",
  refused: "refused",
};

/** The page at `#/models`. */
export function ModelsPage({ now }: { now: Snapshot }) {
  const [changed, setChanged] = useState(0);
  const [said, setSaid] = useState("");
  const models = useResource("models", `${now.fleet.tick?.issuedAt} ${changed}`, (signal) =>
    get<{ items: Model[] }>("models", {}, signal),
  );
  const change = (path: string) => {
    setSaid("");
    send<Model>("POST", path).then(
      ({ modelId }) => {
        setSaid(`${modelId} serves from the next tick on.`);
        setChanged(changed + 1);
      },
      ({ message }: ApiError) => setSaid(message),
    );
  };
  const items = models.value?.items ?? [];
  const chosen = parameters.value.get("model") ?? now.fleet.model?.modelId ?? items[0]?.modelId;
  return (
    <>
      <h1>Models</h1>
      {now.fleet.model === null && (
        <Notice title="No model serves">
          <p>{now.status.modelMissing}</p>
          <p>
            Train one with <code>forewarn train</code>, or activate one below.
          </p>
        </Notice>
      )}
      {models.error && <Failure error={models.error} />}
      {models.value === null && models.error === null && <Loading />}
      {models.value && (
        <Scroll label="Models on disk">
          <table class="plain-table">
            <thead>
              <tr>
                {["Model", "State", "Made", "Contract", ""].map((title) => (
                  <th scope="col" key={title}>
                    {title || <span class="unseen">Actions</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map(({ modelId, state, createdAt, contractHash, reason }) => (
                <tr key={modelId}>
                  <th scope="row">
                    <button
                      type="button"
                      class="plain"
                      aria-pressed={modelId === chosen}
                      onClick={() => choose("model", modelId)}
                    >
                      {modelId}
                    </button>
                  </th>
                  <td>
                    {STATES[state]}
                    {reason && <small class="block">{reason}</small>}
                  </td>
                  <td>
                    <Time at={createdAt} />
                  </td>
                  <td>
                    <code>{contractHash?.slice(0, 12) ?? "–"}</code>
                    {contractHash !== null && contractHash !== now.fleet.contractHash && (
                      <small> another contract</small>
                    )}
                  </td>
                  <td>
                    {(state === "available" || state === "standby") && (
                      <SureButton onSure={() => change(`models/${encodeURIComponent(modelId)}/activate`)}>
                        Activate
                      </SureButton>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <p>
        {items.some(({ state }) => state === "standby") && (
          <SureButton onSure={() => change("models/rollback")}>Roll back to the model before</SureButton>
        )}{" "}
        <span role="status">{said}</span>
      </p>
      {chosen && <ModelView id={chosen} />}
      <ContractView contract={now.contract} hash={now.fleet.contractHash} />
    </>
  );
}
