// Rows to a regular grid, per metric kind: mean of a bin for gauges, maximum for flags, last value for counters, which
// are then read as their increase per interval. A cell is one bin of one server; NaN is missing.

/** Collects the values of one metric over all cells. */
export interface MetricGrid {
  /**
   * Takes the first `count` rows.
   * @param cells Cell of each row.
   * @param times Epoch milliseconds of each row; only counters look at them.
   * @param values Value of each row, NaN when missing.
   */
  add(cells: Int32Array, times: Float64Array, values: Float64Array, count: number): void;
  /** The values of cells [begin, end), which belong to one server; NaN where no row had a value. */
  finish(begin: number, end: number): Float32Array;
}

/** Makes the grid of one metric with `cellCount` cells. */
export function createMetricGrid(kind: "gauge" | "counter" | "flag", cellCount: number): MetricGrid {
  switch (kind) {
    case "gauge":
      return meanGrid(cellCount);
    case "flag":
      return maximumGrid(cellCount);
    case "counter":
      return increaseGrid(cellCount);
  }
}

function meanGrid(cellCount: number): MetricGrid {
  const sums = new Float64Array(cellCount);
  const counts = new Uint32Array(cellCount);
  return {
    add(cells, _times, values, count) {
      for (let row = 0; row < count; row++) {
        const value = values[row]!;
        if (Number.isNaN(value)) continue;
        const cell = cells[row]!;
        sums[cell]! += value;
        counts[cell]!++;
      }
    },
    finish(begin, end) {
      const out = new Float32Array(end - begin);
      // 0 / 0 is NaN: an empty cell is missing.
      for (let i = 0; i < out.length; i++) out[i] = sums[begin + i]! / counts[begin + i]!;
      return out;
    },
  };
}

function maximumGrid(cellCount: number): MetricGrid {
  const maxima = new Float32Array(cellCount).fill(Number.NaN);
  return {
    add(cells, _times, values, count) {
      for (let row = 0; row < count; row++) {
        const value = values[row]!;
        const cell = cells[row]!;
        if (value > maxima[cell]! || Number.isNaN(maxima[cell]!)) maxima[cell] = value;
      }
    },
    finish: (begin, end) => maxima.slice(begin, end),
  };
}

function increaseGrid(cellCount: number): MetricGrid {
  const last = new Float64Array(cellCount).fill(Number.NaN);
  const lastTimes = new Float64Array(cellCount).fill(Number.NEGATIVE_INFINITY);
  return {
    add(cells, times, values, count) {
      for (let row = 0; row < count; row++) {
        const cell = cells[row]!;
        if (Number.isNaN(values[row]!) || times[row]! < lastTimes[cell]!) continue;
        last[cell] = values[row]!;
        lastTimes[cell] = times[row]!;
      }
    },
    finish(begin, end) {
      const out = new Float32Array(end - begin).fill(Number.NaN);
      for (let i = 1; i < out.length; i++) {
        const increase = last[begin + i]! - last[begin + i - 1]!;
        // A counter that went down was reset: how far it had come is unknown.
        if (increase >= 0) out[i] = increase;
      }
      return out;
    },
  };
}
