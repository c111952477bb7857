/** A stream of blocks, cut where blocks end: what is written to a file should be whole. */
import { DecodeError } from '../../errors/index.js';
import { dataViewOf } from '../struct.js';
import { blockTypes } from './constants.js';

const FRAME_SIZE = 12;
/** A frame of a tap device and what there is to say about it is far smaller. */
const BLOCK_MAX = 1 << 24;

export interface BlockPlace {
  readonly type: number;
  readonly at: number;
  readonly length: number;
}

export class BlockSplitter {
  #rest = new Uint8Array(0);

  /** All blocks that are whole by now, as they follow each other. Throws DecodeError. */
  push(bytes: Uint8Array): Uint8Array {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    let end = 0;
    for (const { at, length } of blocksIn(all)) end = at + length;
    this.#rest = all.slice(end);
    return all.subarray(0, end);
  }
}

/** What stands at the beginning of a file. */
export function isHeadBlock(type: number): boolean {
  return type === blockTypes.SECTION_HEADER || type === blockTypes.INTERFACE_DESCRIPTION;
}

/** The blocks that are whole. Throws DecodeError for a length that no block has. */
export function* blocksIn(bytes: Uint8Array): Generator<BlockPlace> {
  const view = dataViewOf(bytes);
  for (let at = 0; at + 8 <= bytes.length;) {
    const type = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (length < FRAME_SIZE || length % 4 !== 0 || length > BLOCK_MAX) {
      throw new DecodeError('a wrong length', { struct: 'pcapng block', offset: at + 4, bytes });
    }
    if (at + length > bytes.length) return;
    yield { type, at, length };
    at += length;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}
