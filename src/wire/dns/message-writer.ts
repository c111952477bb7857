/** Writes a message, with names compressed (RFC 1035 section 4.1.4). */
import { Writer } from '../writer.js';
import { labelText, parseName } from './name.js';

/** A pointer has 14 bits for the offset. */
const REACH = 0x4000;

export class MessageWriter extends Writer {
  /** Where the rest of a name has been written before, by its text. */
  readonly #names = new Map<string, number>();

  u8(value: number): void {
    const at = this.reserve(1);
    this.view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.reserve(2);
    this.view.setUint16(at, value);
  }

  u32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  /**
   * Letters keep their case, so only names in the same case are shared. A name that must stay whole
   * (RFC 3597 section 4: in types newer than RFC 1035) can still be pointed to.
   */
  name(text: string, { compress = true }: { compress?: boolean } = {}): void {
    const labels = parseName(text);
    const texts = labels.map(labelText);
    for (const [i, label] of labels.entries()) {
      const rest = texts.slice(i).join('.');
      const known = this.#names.get(rest);
      if (known !== undefined && compress) {
        this.u16(0xc000 | known);
        return;
      }
      if (known === undefined && this.length < REACH) this.#names.set(rest, this.length);
      this.u8(label.length);
      this.append(label);
    }
    this.u8(0);
  }

  /** What `write` writes, with its length in 16 bits before it. */
  counted(write: () => void): void {
    const at = this.reserve(2);
    write();
    const length = this.length - at - 2;
    if (length > 0xffff) throw new RangeError('data of more than 65535 bytes');
    this.view.setUint16(at, length);
  }
}
