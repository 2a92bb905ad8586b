// Measured values of a server, asked of a running daemon.
import { ForewarnError } from "../../base/index.ts";
import type { Contract } from "../../contract/index.ts";
import type { Series } from "../../store/index.ts";

/** Makes a reader of series; a server that the daemon does not know gives null. It throws ForewarnError `delivery_failed`. */
export function daemonSeries(
  base: string,
  key: string | undefined,
  contract: Contract,
  toMs: number,
): (server: string, fromMs: number) => Promise<Series | null> {
  const secret = key ?? process.env["FOREWARN_API_KEY"];
  const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
  return async (server, fromMs) => {
    const range = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
    const url = new URL(`/api/v1/servers/${encodeURIComponent(server)}/history?${range}`, base);
    const response = await fetch(url, { headers }).catch((cause: unknown) => {
      throw new ForewarnError("delivery_failed", `${base}: Expected a daemon, got no answer`, { cause });
    });
    if (response.status === 404) return null;
    if (!response.ok) {
      throw new ForewarnError("delivery_failed", `${base}: Expected the history of ${server}, got ${response.status}`);
    }
    const body = (await response.json()) as {
      startAt: string;
      steps: number;
      metrics: Record<string, (number | null)[]>;
    };
    return {
      server,
      labels: {},
      startMs: Date.parse(body.startAt),
      steps: body.steps,
      values: contract.metrics.map(({ name }) =>
        Float32Array.from(body.metrics[name] ?? [], (value) => value ?? Number.NaN),
      ),
    };
  };
}
