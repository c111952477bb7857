/** A packet with its time, its interface and what there is to say about it: an enhanced packet. */
import type { Writer } from '../writer.js';
import {
  commentOptions,
  commentsIn,
  writeBlock,
  type BlockReader,
  type RawOption,
} from './block.js';
import { EPB_FLAGS, EPB_INBOUND, EPB_OUTBOUND, blockTypes } from './constants.js';

export interface CapturedPacket {
  readonly kind: 'packet';
  readonly interfaceId: number;
  /** Since 1970 began, in the interface's units. */
  readonly timestamp: bigint;
  readonly bytes: Uint8Array;
  /** Before bytes were cut off; as many as there are when not said. */
  readonly originalLength?: number | undefined;
  /** Seen from the interface. */
  readonly direction?: 'inbound' | 'outbound' | undefined;
  readonly comments?: readonly string[] | undefined;
}

const directions = { inbound: EPB_INBOUND, outbound: EPB_OUTBOUND } as const;
const DIRECTION_MASK = 3;
const HEAD_SIZE = 20;

export function writePacket(writer: Writer, packet: Omit<CapturedPacket, 'kind'>): void {
  const { interfaceId, timestamp, bytes, originalLength = bytes.length } = packet;
  const body = (): void => {
    const at = writer.reserve(HEAD_SIZE);
    const { view } = writer;
    view.setUint32(at, interfaceId, true);
    view.setUint32(at + 4, Number((timestamp >> 32n) & 0xffff_ffffn), true);
    view.setUint32(at + 8, Number(timestamp & 0xffff_ffffn), true);
    view.setUint32(at + 12, bytes.length, true);
    view.setUint32(at + 16, originalLength, true);
    writer.append(bytes);
  };
  const { direction, comments = [] } = packet;
  writeBlock(writer, blockTypes.ENHANCED_PACKET, body, [
    ...commentOptions(comments),
    ...(direction === undefined ? [] : [flagsOption(directions[direction])]),
  ]);
}

function flagsOption(flags: number): RawOption {
  return { code: EPB_FLAGS, value: Uint8Array.of(flags, 0, 0, 0) };
}

export function parsePacket(block: BlockReader): CapturedPacket {
  const interfaceId = block.u32();
  const timestamp = (BigInt(block.u32()) << 32n) | BigInt(block.u32());
  const length = block.u32();
  const originalLength = block.u32();
  const bytes = block.padded(length);
  const options = block.options();
  const direction = directionIn(options, block.isLittle);
  const comments = commentsIn(options);
  return { kind: 'packet', interfaceId, timestamp, bytes, originalLength, direction, comments };
}

function directionIn(
  options: readonly RawOption[],
  isLittle: boolean,
): CapturedPacket['direction'] {
  const value = options.find(({ code }) => code === EPB_FLAGS)?.value;
  const flags = value?.[isLittle ? 0 : 3] ?? 0;
  const names = Object.keys(directions) as (keyof typeof directions)[];
  return names.find((name) => directions[name] === (flags & DIRECTION_MASK));
}
