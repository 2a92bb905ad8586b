// Which of n daemons a server belongs to: rendezvous hashing, so that they share a fleet without talking to each other,
// and one more of them takes servers over only for itself (Thaler and Ravishankar, "Using name-based mappings to increase
// hit rates", IEEE/ACM Transactions on Networking 6(1), 1998).
import { ForewarnError, fnv1a } from "../../base/index.ts";

/** One daemon of several that share a fleet. */
export interface Shard {
  /** From 0, as the ordinals of a StatefulSet. */
  index: number;
  count: number;
}

/** Most shards; a score is computed for each of them and every server. */
export const MOST_SHARDS = 1024;

/**
 * Reads `index/count`, such as `0/4`, the first of four.
 * @throws ForewarnError `usage_invalid`.
 */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.count >= 1 && shard.count <= MOST_SHARDS && shard.index < shard.count) return shard;
  throw new ForewarnError("usage_invalid", `shard: Expected index/count such as 0/4 to 3/4, got ${text}`, {
    hint: "the index counts from 0, as the ordinals of a StatefulSet do",
  });
}

/**
 * The shard of a server: the one with the highest score, `fmix32(fnv1a32(name) xor fmix32(shard + 1))`. FNV-1a (Fowler,
 * Noll, Vo; draft-eastlake-fnv) is taken over the name's UTF-8; fmix32 is the finalizer of MurmurHash3 (Appleby), and a
 * bijection, so that two shards never have the same score. The function never changes: daemons of two versions must agree.
 */
export function shardOf(server: string, count: number): number {
  const name = fnv1a(Buffer.from(server, "utf8").toString("latin1")); // of its bytes
  let [best, highest] = [0, -1];
  for (let shard = 0; shard < count; shard++) {
    const score = fmix32(name ^ fmix32(shard + 1));
    if (score > highest) [best, highest] = [shard, score];
  }
  return best;
}

/** Whether a shard has a server. */
export function isInShard({ index, count }: Shard, server: string): boolean {
  return count === 1 || shardOf(server, count) === index;
}

function fmix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
