/** What an interface has seen and what was lost of it, at the end of a capture. */
import type { Writer } from '../writer.js';
import {
  commentOptions,
  commentsIn,
  writeBlock,
  type BlockReader,
  type RawOption,
} from './block.js';
import {
  ISB_ENDTIME,
  ISB_FILTERACCEPT,
  ISB_IFDROP,
  ISB_IFRECV,
  ISB_STARTTIME,
  blockTypes,
} from './constants.js';

export interface InterfaceStatistics {
  readonly kind: 'statistics';
  readonly interfaceId: number;
  /** Since 1970 began, in the interface's units, as the other two. */
  readonly timestamp: bigint;
  readonly startedAt?: bigint | undefined;
  readonly endedAt?: bigint | undefined;
  /** Packets that the interface has carried, those that the filter let pass, and those lost. */
  readonly received?: number | undefined;
  readonly accepted?: number | undefined;
  readonly dropped?: number | undefined;
  readonly comments?: readonly string[] | undefined;
}

export function writeStatistics(
  writer: Writer,
  statistics: Omit<InterfaceStatistics, 'kind'>,
): void {
  const { interfaceId, timestamp, startedAt, endedAt, comments = [] } = statistics;
  const { received, accepted, dropped } = statistics;
  const body = (): void => {
    const at = writer.reserve(12);
    writer.view.setUint32(at, interfaceId, true);
    putTime(writer.view, at + 4, timestamp);
  };
  writeBlock(writer, blockTypes.INTERFACE_STATISTICS, body, [
    ...commentOptions(comments),
    ...timeOption(ISB_STARTTIME, startedAt),
    ...timeOption(ISB_ENDTIME, endedAt),
    ...countOption(ISB_IFRECV, received),
    ...countOption(ISB_IFDROP, dropped),
    ...countOption(ISB_FILTERACCEPT, accepted),
  ]);
}

/** The upper 32 bits come first, whatever the order of the bytes is. */
function putTime(view: DataView, at: number, time: bigint): void {
  view.setUint32(at, Number((time >> 32n) & 0xffff_ffffn), true);
  view.setUint32(at + 4, Number(time & 0xffff_ffffn), true);
}

function timeOption(code: number, time: bigint | undefined): RawOption[] {
  if (time === undefined) return [];
  const value = new Uint8Array(8);
  putTime(new DataView(value.buffer), 0, time);
  return [{ code, value }];
}

function countOption(code: number, count: number | undefined): RawOption[] {
  if (count === undefined) return [];
  const value = new Uint8Array(8);
  new DataView(value.buffer).setBigUint64(0, BigInt(count), true);
  return [{ code, value }];
}

export function parseStatistics(block: BlockReader): InterfaceStatistics {
  const interfaceId = block.u32();
  const timestamp = (BigInt(block.u32()) << 32n) | BigInt(block.u32());
  const options = block.options();
  const { isLittle } = block;
  const view = (code: number): DataView | undefined => {
    const value = options.find((option) => option.code === code)?.value;
    return value?.length === 8 ? new DataView(value.buffer, value.byteOffset, 8) : undefined;
  };
  const time = (code: number): bigint | undefined => {
    const its = view(code);
    if (its === undefined) return undefined;
    return (BigInt(its.getUint32(0, isLittle)) << 32n) | BigInt(its.getUint32(4, isLittle));
  };
  const count = (code: number): number | undefined => {
    const its = view(code)?.getBigUint64(0, isLittle);
    return its === undefined ? undefined : Number(its);
  };
  return {
    ...{ kind: 'statistics', interfaceId, timestamp },
    ...{ startedAt: time(ISB_STARTTIME), endedAt: time(ISB_ENDTIME) },
    ...{ received: count(ISB_IFRECV), dropped: count(ISB_IFDROP) },
    ...{ accepted: count(ISB_FILTERACCEPT), comments: commentsIn(options) },
  };
}
