/** The block at the start of a file: what wrote it, and in which order the integers are. */
import type { Writer } from '../writer.js';
import {
  BlockReader,
  commentOptions,
  commentsIn,
  failure,
  textOptions,
  textsIn,
  writeBlock,
} from './block.js';
import { BYTE_ORDER_MAGIC, SHB_HARDWARE, SHB_OS, SHB_USERAPPL, blockTypes } from './constants.js';

export interface SectionHeader {
  readonly kind: 'section';
  readonly hardware?: string | undefined;
  readonly os?: string | undefined;
  /** The program that wrote the file. */
  readonly application?: string | undefined;
  readonly comments?: readonly string[] | undefined;
}

const MAJOR = 1;
/** Written; 2 is read too, as wireshark does. */
const MINOR = 0;
const MAGIC_AT = 8;

export function writeSection(writer: Writer, section: Omit<SectionHeader, 'kind'>): void {
  const { hardware, os, application, comments = [] } = section;
  const body = (): void => {
    const at = writer.reserve(16);
    writer.view.setUint32(at, BYTE_ORDER_MAGIC, true);
    writer.view.setUint16(at + 4, MAJOR, true);
    writer.view.setUint16(at + 6, MINOR, true);
    // The section goes on to the end of the file.
    writer.view.setBigInt64(at + 8, -1n, true);
  };
  writeBlock(writer, blockTypes.SECTION_HEADER, body, [
    ...commentOptions(comments),
    ...textOptions(SHB_HARDWARE, [hardware]),
    ...textOptions(SHB_OS, [os]),
    ...textOptions(SHB_USERAPPL, [application]),
  ]);
}

/** Its type is the same in both orders, so that one can look for the magic. */
export function openSection(bytes: Uint8Array, at: number): BlockReader {
  if (at + MAGIC_AT + 4 > bytes.length) throw failure('too short', at, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magicAt = at + MAGIC_AT;
  const isLittle = view.getUint32(magicAt, true) === BYTE_ORDER_MAGIC;
  if (!isLittle && view.getUint32(magicAt) !== BYTE_ORDER_MAGIC) {
    throw failure('no byte-order magic', magicAt, bytes);
  }
  return new BlockReader(bytes, at, isLittle);
}

export function parseSection(block: BlockReader): SectionHeader {
  block.skip(4);
  const [major, minor] = [block.u16(), block.u16()];
  if (major !== MAJOR || (minor !== MINOR && minor !== 2)) {
    throw block.failure(`unknown version ${major}.${minor}`);
  }
  block.skip(8);
  const options = block.options();
  const [hardware] = textsIn(options, SHB_HARDWARE);
  const [os] = textsIn(options, SHB_OS);
  const [application] = textsIn(options, SHB_USERAPPL);
  return { kind: 'section', hardware, os, application, comments: commentsIn(options) };
}
