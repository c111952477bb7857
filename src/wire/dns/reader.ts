/** Reads a message from its start on. Whatever the bytes are, it ends: a value or a DecodeError. */
import { DecodeError } from '../../errors/index.js';
import { dataViewOf } from '../struct.js';
import { LABEL_MAX, NAME_MAX, ROOT, labelText } from './name.js';

const POINTER = 0xc0;
/**
 * Pointers in a row, at most. A name has no more labels than this, and a pointer to a pointer is of
 * no use, so more are an attempt to keep us busy.
 */
const POINTERS_MAX = 127;

export class Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  /** Reading stops here: the message's end, or that of the record's data. */
  end: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.view = dataViewOf(bytes);
    this.at = at;
    this.end = bytes.length;
  }

  u8(): number {
    return this.view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.view.getUint32(this.#take(4));
  }

  /** A copy. */
  raw(length: number): Uint8Array {
    const at = this.#take(length);
    return this.bytes.slice(at, at + length);
  }

  skip(length: number): void {
    this.#take(length);
  }

  /** What is left before `end`. */
  rest(): Uint8Array {
    return this.raw(this.end - this.at);
  }

  /** RFC 1035 section 4.1.4: labels, then the root or a pointer to where the name goes on. */
  name(): string {
    const labels: string[] = [];
    let size = 1;
    this.#walk((at, length) => {
      size += 1 + length;
      if (size > NAME_MAX) throw this.failure('a name too long', at);
      labels.push(labelText(this.bytes.subarray(at, at + length)));
    });
    return labels.length === 0 ? ROOT : labels.join('.');
  }

  /** Past a name, without following its pointer. */
  skipName(): void {
    for (;;) {
      const length = this.u8();
      if (length >= POINTER) this.skip(1);
      if (length === 0 || length >= POINTER) return;
      if (length > LABEL_MAX) throw this.failure('an unknown kind of label', this.at - 1);
      this.skip(length);
    }
  }

  failure(problem: string, offset = this.at): DecodeError {
    return new DecodeError(problem, { struct: 'dns message', offset, bytes: this.bytes });
  }

  /** A pointer leads back, to before where it was led to: so there is no loop. */
  #walk(onLabel: (at: number, length: number) => void): void {
    const { end } = this;
    let before = this.at;
    let after = -1;
    for (let pointers = 0; ;) {
      const length = this.u8();
      if (length === 0) break;
      if (length >= POINTER) {
        const target = ((length & ~POINTER) << 8) | this.u8();
        if (after < 0) after = this.at;
        if (target >= before || ++pointers > POINTERS_MAX) {
          throw this.failure('a pointer that leads nowhere', this.at - 2);
        }
        before = target;
        this.at = target;
        this.end = this.bytes.length;
        continue;
      }
      if (length > LABEL_MAX) throw this.failure('an unknown kind of label', this.at - 1);
      onLabel(this.#take(length), length);
    }
    if (after >= 0) this.at = after;
    this.end = end;
  }

  #take(length: number): number {
    const { at } = this;
    if (length < 0 || at + length > this.end) throw this.failure('too short');
    this.at = at + length;
    return at;
  }
}
