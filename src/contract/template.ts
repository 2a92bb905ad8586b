// The commented contract that `forewarn contract init` writes: a small fleet to be edited, valid as it stands.

/** YAML text of a contract to start from. */
export const contractTemplate = `# A contract says what a fleet's data must look like. Every import, training and forecast is checked against it.
# Columns "timestamp" (UTC) and "server" are part of every contract and are not listed here.
name: my-fleet
version: "1.0"            # in quotes; raise it whenever a change makes older models unfit
description: Servers of my fleet.

# Step of the regular grid. Rows may come more often; they are binned.
interval: 5m

# Static categories of a server. Values outside the list are errors.
labels:
  - name: profile
    required: false
    values: [web, database, batch]

# The operational state that people or tools report, or null. It is never an input of a model by default.
state:
  name: state
  values: [healthy, degraded, maintenance, offline]

# kind:      gauge (mean of a bin), counter (its increase per bin) or flag (0 or 1, maximum of a bin)
# role:      target (forecast and read) or observed (only read)
# min, max:  legal range; null is unbounded
# required:  false if a file may lack the whole column
# transform: where the model works: identity; log1p (heavy tails, min >= 0) makes a target's errors count as ratios;
#            logit (bounded rates)
metrics:
  - { name: cpu_pct, unit: percent, kind: gauge, role: target, min: 0, max: 100, required: true, transform: identity }
  - { name: mem_pct, unit: percent, kind: gauge, role: target, min: 0, max: 100, required: true, transform: identity }
  - { name: latency_ms, unit: ms, kind: gauge, role: observed, min: 0, max: null, required: false, transform: log1p }

# Free-text columns: kept with the data, never read by a model.
texts: [notes]

# What counts as an incident: the condition holds for "for", after it has not held for "clear".
# Both are multiples of the interval.
breachRules:
  - { id: cpu_high, metric: cpu_pct, op: ">=", threshold: 90, for: 15m, clear: 1h }
  - { id: mem_high, metric: mem_pct, op: ">=", threshold: 90, for: 15m, clear: 1h }
`;
