// Snappy's block format (google/snappy format_description.txt), which remote write demands. The declared length is
// judged before anything is allocated for it; hysnappy does the work in WebAssembly.
import { snappyCompressor, snappyUncompressor } from "hysnappy";
import { ForewarnError } from "../base/index.ts";
import { checkLimit } from "./limits.ts";

const SUBJECT = "snappy block";
/** The densest element: three bytes that copy 64. */
const MOST_BYTES_PER_BYTE = 64 / 3;
/** First bytes of the framed format, which remote write forbids: the chunk "sNaPpY". */
const FRAME_START = Buffer.from([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e]);

let uncompress: ReturnType<typeof snappyUncompressor> | undefined;
let compress: ReturnType<typeof snappyCompressor> | undefined;

/**
 * Decompresses one block.
 * @param maxBytes Most bytes that the result may have.
 * @throws ForewarnError `body_too_large` if the block declares more, `body_unreadable` if it is not a valid block.
 */
export function decompressSnappy(block: Uint8Array, maxBytes: number): Uint8Array {
  const { length, headerBytes } = declaredLength(block);
  checkLimit(length, maxBytes, "decompressed bytes", SUBJECT);
  const bodyBytes = block.length - headerBytes;
  if (length > bodyBytes * MOST_BYTES_PER_BYTE) {
    throw unreadable(`Expected at most ${Math.floor(bodyBytes * MOST_BYTES_PER_BYTE)} bytes from ${bodyBytes}`, length);
  }
  uncompress ??= snappyUncompressor();
  try {
    return uncompress(block, length);
  } catch (cause) {
    throw unreadable(`Expected elements that give exactly ${length} bytes`, (cause as Error).message, cause);
  }
}

/** Compresses into one block. */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  compress ??= snappyCompressor();
  return compress(bytes);
}

/** The length varint at the front of a block: 32 bits, at most five bytes. */
function declaredLength(block: Uint8Array): { length: number; headerBytes: number } {
  if (FRAME_START.equals(block.subarray(0, FRAME_START.length))) {
    throw unreadable("Expected the block format", "the framed format");
  }
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at];
    if (byte === undefined) throw unreadable("Expected a length of one to five bytes", "the end of the body");
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) {
      if (length >= 2 ** 32) break;
      return { length, headerBytes: at + 1 };
    }
  }
  throw unreadable("Expected a length below 2^32", "more");
}

function unreadable(expected: string, got: string | number, cause?: unknown): ForewarnError {
  return new ForewarnError(
    "body_unreadable",
    `${SUBJECT}: ${expected}, got ${got}`,
    cause === undefined ? {} : { cause },
  );
}
