/** The description of an interface whose packets follow. Interfaces are numbered as they come. */
import type { Writer } from '../writer.js';
import {
  commentOptions,
  commentsIn,
  textOptions,
  textsIn,
  writeBlock,
  type BlockReader,
} from './block.js';
import { IF_DESCRIPTION, IF_NAME, IF_TSRESOL, blockTypes } from './constants.js';

export interface InterfaceDescription {
  readonly kind: 'interface';
  /** LINKTYPE_ETHERNET. */
  readonly linkType: number;
  /** Bytes of a packet that are kept, at most; 0: all. */
  readonly snapLength?: number | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Timestamps count units of 10 to the power of minus this many seconds: 6 when not said. */
  readonly timestampDigits?: number | undefined;
  readonly comments?: readonly string[] | undefined;
}

const MICROSECONDS = 6;
/** Then the unit is a power of 2. */
const BINARY = 0x80;

export function writeInterface(
  writer: Writer,
  description: Omit<InterfaceDescription, 'kind'>,
): void {
  const { linkType, snapLength = 0, timestampDigits = MICROSECONDS } = description;
  const body = (): void => {
    const at = writer.reserve(8);
    writer.view.setUint16(at, linkType, true);
    writer.view.setUint32(at + 4, snapLength, true);
  };
  writeBlock(writer, blockTypes.INTERFACE_DESCRIPTION, body, [
    ...commentOptions(description.comments ?? []),
    ...textOptions(IF_NAME, [description.name]),
    ...textOptions(IF_DESCRIPTION, [description.description]),
    { code: IF_TSRESOL, value: Uint8Array.of(timestampDigits) },
  ]);
}

export function parseInterface(block: BlockReader): InterfaceDescription {
  const linkType = block.u16();
  block.skip(2);
  const snapLength = block.u32();
  const options = block.options();
  const resolution = options.find(({ code }) => code === IF_TSRESOL)?.value[0];
  const timestampDigits = resolution ?? MICROSECONDS;
  if ((timestampDigits & BINARY) !== 0) {
    throw block.failure('a unit of time that is no power of 10');
  }
  const [name] = textsIn(options, IF_NAME);
  const [description] = textsIn(options, IF_DESCRIPTION);
  const comments = commentsIn(options);
  return { kind: 'interface', linkType, snapLength, name, description, timestampDigits, comments };
}
