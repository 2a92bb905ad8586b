// Groups of lead times: each ends at a horizon of the breach probabilities and begins where the one before ended.

/** A group; `name` is its end as the API takes it. */
export interface LeadGroup {
  fromMs: number;
  toMs: number;
  name: string;
}

/** The groups for horizons in milliseconds, increasing. */
export function arrangeLeads(horizonsMs: readonly number[]): LeadGroup[] {
  return horizonsMs.map((toMs, at) => ({ fromMs: horizonsMs[at - 1] ?? 0, toMs, name: `${toMs / 60_000}m` }));
}
