/**
 * TCP options (RFC 9293 section 3.2): maximum segment size, window scale (RFC 7323), selective
 * acknowledgment (RFC 2018). Timestamps are neither read nor written: on a link that keeps the order
 * of frames they cost twelve bytes a segment and tell nothing. Reading allocates nothing.
 */
const END = 0;
const NO_OPERATION = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;

/** As many as fit into 40 bytes of options. */
export const SACK_BLOCKS_MAX = 4;

/** RFC 7323 section 2.3: a larger shift means this one. */
export const WINDOW_SHIFT_MAX = 14;

/** What the options of one segment say; moved from segment to segment. */
export class TcpOptions {
  /** 0: not said. */
  mss = 0;
  /** -1: not said. */
  windowShift = -1;
  sackPermitted = false;
  sackBlocks = 0;
  /** Left and right edge of each block, as signed sequence numbers. */
  readonly sackEdges = new Int32Array(2 * SACK_BLOCKS_MAX);

  /** From the end of the header to that of its options. What follows a malformed option is ignored. */
  read(view: DataView, start: number, end: number): this {
    this.mss = 0;
    this.windowShift = -1;
    this.sackPermitted = false;
    this.sackBlocks = 0;
    let at = start;
    while (at < end) {
      const kind = view.getUint8(at);
      if (kind === NO_OPERATION) {
        at++;
        continue;
      }
      const length = kind === END || at + 1 >= end ? 0 : view.getUint8(at + 1);
      if (length < 2 || at + length > end) break;
      this.#take(view, at, length);
      at += length;
    }
    return this;
  }

  #take(view: DataView, at: number, length: number): void {
    const kind = view.getUint8(at);
    if (kind === MSS && length === 4) this.mss = view.getUint16(at + 2);
    else if (kind === SACK_PERMITTED && length === 2) this.sackPermitted = true;
    else if (kind === WINDOW_SCALE && length === 3) {
      this.windowShift = Math.min(WINDOW_SHIFT_MAX, view.getUint8(at + 2));
    } else if (kind === SACK && length % 8 === 2) {
      this.sackBlocks = Math.min(SACK_BLOCKS_MAX, (length - 2) / 8);
      for (let i = 0; i < 2 * this.sackBlocks; i++) {
        this.sackEdges[i] = view.getInt32(at + 2 + 4 * i);
      }
    }
  }
}

export interface SynOptions {
  readonly mss: number;
  /** -1: no scaling. */
  readonly windowShift: number;
  readonly sackPermitted: boolean;
}

/** Writes the options of a SYN, a whole number of words; answers how many bytes. */
export function writeSynOptions(view: DataView, start: number, options: SynOptions): number {
  let at = start;
  view.setUint16(at, (MSS << 8) | 4);
  view.setUint16(at + 2, options.mss);
  at += 4;
  if (options.sackPermitted) {
    view.setUint32(at, (NO_OPERATION << 24) | (NO_OPERATION << 16) | (SACK_PERMITTED << 8) | 2);
    at += 4;
  }
  if (options.windowShift >= 0) {
    view.setUint32(
      at,
      (NO_OPERATION << 24) | (WINDOW_SCALE << 16) | (3 << 8) | options.windowShift,
    );
    at += 4;
  }
  return at - start;
}

/** The same for blocks of data that came out of order, given as their edges. */
export function writeSackOption(
  view: DataView,
  at: number,
  edges: Int32Array,
  blocks: number,
): number {
  const length = 2 + 8 * blocks;
  view.setUint32(at, (NO_OPERATION << 24) | (NO_OPERATION << 16) | (SACK << 8) | length);
  for (let i = 0; i < 2 * blocks; i++) view.setInt32(at + 4 + 4 * i, edges[i] ?? 0);
  return 2 + length;
}
