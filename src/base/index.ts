// base: what every room needs and no room owns. Errors, seeded randomness, durations, canonical JSON, atomic files.
export { canonicalJson, sha256 } from "./canonical-json.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { ERROR_CODES, type ErrorCode, ForewarnError, type Issue } from "./errors.ts";
export { fileError, makeDirectory, publishDirectory, syncPath, syncPathSync, writeFileAtomic } from "./files.ts";
export { matchesGlob } from "./glob.ts";
export { fnv1a } from "./hash.ts";
export { isProcessAlive } from "./process.ts";
export { createRng, type Rng, type RngState, restoreRng } from "./rng.ts";
