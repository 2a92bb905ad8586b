// A forecast as numbers, before it has a name.

/** Numbers of one forecast. */
export interface RawForecast {
  /** In the targets' units, ascending along the levels.   [horizonSteps, T, Q] */
  quantiles: Float32Array;
  /** P(an incident begins within each group's end), by rule; never falls along the groups.   [R, G] */
  breaches: Float32Array;
}
