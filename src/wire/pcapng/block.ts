/** What all blocks have in common: type, length, body, options, and the length once more. */
import { DecodeError } from '../../errors/index.js';
import { dataViewOf } from '../struct.js';
import type { Writer } from '../writer.js';
import { OPT_COMMENT, OPT_ENDOFOPT } from './constants.js';

/** Type and length in front, length behind. */
const FRAME_SIZE = 12;
const HEAD_SIZE = 8;

export interface RawOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** A block is written in the order of little-endian machines. `body` writes what is between. */
export function writeBlock(
  writer: Writer,
  type: number,
  body: () => void,
  options: readonly RawOption[] = [],
): void {
  const at = writer.reserve(HEAD_SIZE);
  body();
  writer.align(4);
  writeOptions(writer, options);
  const lengthAt = writer.reserve(4);
  const length = lengthAt + 4 - at;
  writer.view.setUint32(at, type, true);
  writer.view.setUint32(at + 4, length, true);
  writer.view.setUint32(lengthAt, length, true);
}

function writeOptions(writer: Writer, options: readonly RawOption[]): void {
  if (options.length === 0) return;
  for (const { code, value } of options) {
    if (value.length > 0xffff) throw new RangeError('an option has at most 65535 bytes');
    const at = writer.reserve(4);
    writer.view.setUint16(at, code, true);
    writer.view.setUint16(at + 2, value.length, true);
    writer.append(value);
    writer.align(4);
  }
  // OPT_ENDOFOPT, which has no value: two zeros of 16 bits.
  writer.reserve(4);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function textOptions(code: number, texts: readonly (string | undefined)[]): RawOption[] {
  const given = texts.filter((text) => text !== undefined);
  return given.map((text) => ({ code, value: encoder.encode(text) }));
}

export function commentOptions(comments: readonly string[]): RawOption[] {
  return textOptions(OPT_COMMENT, comments);
}

export function textsIn(options: readonly RawOption[], code: number): string[] {
  return options.filter((one) => one.code === code).map(({ value }) => decoder.decode(value));
}

export function commentsIn(options: readonly RawOption[]): string[] {
  return textsIn(options, OPT_COMMENT);
}

/** A block in a file, its body's place and the order of its integers. */
export class BlockReader {
  readonly type: number;
  readonly isLittle: boolean;
  /** Of what follows the block. */
  readonly nextAt: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, at: number, isLittle: boolean) {
    this.#bytes = bytes;
    this.#view = dataViewOf(bytes);
    this.isLittle = isLittle;
    if (at + FRAME_SIZE > bytes.length) throw failure('too short', at, bytes);
    this.type = this.#view.getUint32(at, isLittle);
    const length = this.#view.getUint32(at + 4, isLittle);
    this.nextAt = at + length;
    if (length < FRAME_SIZE || length % 4 !== 0 || this.nextAt > bytes.length) {
      throw failure('a wrong length', at + 4, bytes);
    }
    this.#end = this.nextAt - 4;
    if (this.#view.getUint32(this.#end, isLittle) !== length) {
      throw failure('two lengths that differ', this.#end, bytes);
    }
    this.#at = at + HEAD_SIZE;
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.isLittle);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.isLittle);
  }

  skip(length: number): void {
    this.#take(length);
  }

  /** A copy, and past what fills it up to 32 bits. */
  padded(length: number): Uint8Array {
    const at = this.#take(length + (-length & 3));
    return this.#bytes.slice(at, at + length);
  }

  /** All that is left, as it is. */
  rest(): Uint8Array {
    const at = this.#take(this.#end - this.#at);
    return this.#bytes.slice(at, this.#end);
  }

  options(): RawOption[] {
    const options: RawOption[] = [];
    while (this.#at < this.#end) {
      const code = this.u16();
      const length = this.u16();
      if (code === OPT_ENDOFOPT) break;
      options.push({ code, value: this.padded(length) });
    }
    return options;
  }

  failure(problem: string): DecodeError {
    return failure(problem, this.#at, this.#bytes);
  }

  #take(length: number): number {
    const at = this.#at;
    if (at + length > this.#end) throw this.failure('too short');
    this.#at = at + length;
    return at;
  }
}

export function failure(problem: string, offset: number, bytes: Uint8Array): DecodeError {
  return new DecodeError(problem, { struct: 'pcapng block', offset, bytes });
}
