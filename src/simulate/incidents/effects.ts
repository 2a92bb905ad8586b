// What an incident does to a server at an instant, in terms that the server's metrics are made from.

/** Pressure on a server; the neutral values change nothing. */
export interface Effects {
  /** Share of the way from their ordinary value to `levelPct` that CPU, memory and disk are drawn. In [0, 1]. */
  cpuPull: number;
  memPull: number;
  diskPull: number;
  levelPct: number;
  /** Added to CPU and memory, in percent. */
  cpuPct: number;
  memPct: number;
  /** Factors on the answer time, the failed share, disk traffic and network traffic. */
  latency: number;
  errors: number;
  diskIo: number;
  netIn: number;
  netOut: number;
  /** Factor on the run queue beyond what CPU explains. */
  queue: number;
}

/** Effects that change nothing. */
export function neutralEffects(): Effects {
  const effects = {} as Effects;
  resetEffects(effects);
  return effects;
}

/** Sets effects back to those that change nothing. */
export function resetEffects(effects: Effects): void {
  effects.cpuPull = 0;
  effects.memPull = 0;
  effects.diskPull = 0;
  effects.levelPct = 100;
  effects.cpuPct = 0;
  effects.memPct = 0;
  effects.latency = 1;
  effects.errors = 1;
  effects.diskIo = 1;
  effects.netIn = 1;
  effects.netOut = 1;
  effects.queue = 1;
}
