// The contract: what the data must look like, and its hash, by which everything is checked.

import type { Contract } from "../data/types.ts";
import { HeadRow } from "./head-row.tsx";
import { Scroll } from "./scroll.tsx";

/** Metrics and rules; the whole document below. */
export function ContractView({ contract, hash }: { contract: Contract; hash: string }) {
  return (
    <section>
      <h2>
        Contract {contract.name}/{contract.version}
      </h2>
      <p class="under break">
        Hash <code>{hash}</code>, a step every {contract.interval}
      </p>
      <Scroll label="Metrics of the contract">
        <table class="plain-table">
          <HeadRow titles={["Metric", "Unit", "Role", "Breach"]} />
          <tbody>
            {contract.metrics.map(({ name, unit, role, description }) => (
              <tr key={name}>
                <th scope="row">
                  {name} {description && <small>{description}</small>}
                </th>
                <td>{unit}</td>
                <td>{role === "target" ? "forecast" : "read"}</td>
                <td>
                  {contract.breachRules
                    .filter(({ metric }) => metric === name)
                    .map((rule) => `${rule.id}: ${rule.op === ">=" ? "≥" : "≤"} ${rule.threshold} for ${rule.for}`)
                    .join(", ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
