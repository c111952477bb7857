/** All blocks of a file. Nskit writes files; it reads them in tests only. */
import { failure, BlockReader } from './block.js';
import { blockTypes } from './constants.js';
import { parseInterface, type InterfaceDescription } from './interface.js';
import { parsePacket, type CapturedPacket } from './packet.js';
import { parseStatistics, type InterfaceStatistics } from './statistics.js';
import { openSection, parseSection, type SectionHeader } from './section.js';

/** A block that this reader does not know. */
export interface OtherBlock {
  readonly kind: 'other';
  readonly type: number;
  readonly body: Uint8Array;
}

export type PcapngBlock =
  SectionHeader | InterfaceDescription | CapturedPacket | InterfaceStatistics | OtherBlock;

export function parseFile(bytes: Uint8Array): PcapngBlock[] {
  const blocks: PcapngBlock[] = [];
  let isLittle: boolean | undefined;
  for (let at = 0; at < bytes.length;) {
    const block = openBlock(bytes, at, isLittle);
    isLittle = block.isLittle;
    at = block.nextAt;
    blocks.push(parseBlock(block));
  }
  return blocks;
}

/** A file begins with a section header, and so may go on. */
function openBlock(bytes: Uint8Array, at: number, isLittle: boolean | undefined): BlockReader {
  const isSection =
    at + 4 <= bytes.length &&
    new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0) === blockTypes.SECTION_HEADER;
  if (isSection) return openSection(bytes, at);
  if (isLittle === undefined) throw failure('no section header', at, bytes);
  return new BlockReader(bytes, at, isLittle);
}

function parseBlock(block: BlockReader): PcapngBlock {
  switch (block.type) {
    case blockTypes.SECTION_HEADER:
      return parseSection(block);
    case blockTypes.INTERFACE_DESCRIPTION:
      return parseInterface(block);
    case blockTypes.ENHANCED_PACKET:
      return parsePacket(block);
    case blockTypes.INTERFACE_STATISTICS:
      return parseStatistics(block);
    default:
      return { kind: 'other', type: block.type, body: block.rest() };
  }
}
