/** Command lines in iproute2's way: words, each of which says what the next one is. */
import { NskitError } from '../index.js';

export class Words {
  readonly #words: string[];
  readonly #about: string;

  /** `about` begins error messages: "link add". */
  constructor(words: readonly string[], about: string) {
    this.#words = [...words];
    this.#about = about;
  }

  get isEmpty(): boolean {
    return this.#words.length === 0;
  }

  peek(): string | undefined {
    return this.#words[0];
  }

  /** The next word. Throws ERR_USAGE at the end. */
  next(what: string): string {
    const word = this.#words.shift();
    if (word === undefined) throw this.error(`${what} is missing`);
    return word;
  }

  /** Passes over a word that may be left out, as `dev` before a device. */
  skip(word: string): boolean {
    if (this.#words[0] !== word) return false;
    this.#words.shift();
    return true;
  }

  /** Takes `word VALUE` out of the middle, when the value is one of these. */
  takePair<T extends string>(word: string, values: readonly T[]): T | undefined {
    const at = this.#words.indexOf(word);
    const value = at < 0 ? undefined : values.find((one) => one === this.#words[at + 1]);
    if (value !== undefined) this.#words.splice(at, 2);
    return value;
  }

  number(what: string): number {
    const word = this.next(what);
    if (/^(\d+|0x[0-9a-f]+)$/i.test(word) && Number.isSafeInteger(Number(word))) {
      return Number(word);
    }
    throw this.error(`${what} is a whole number, not ${word}`);
  }

  onOff(what: string): boolean {
    return this.oneOf(what, ['on', 'off']) === 'on';
  }

  oneOf<T extends string>(what: string, allowed: readonly T[]): T {
    const word = this.next(what);
    const found = allowed.find((one) => one === word);
    if (found !== undefined) return found;
    throw this.error(`${what} is one of ${allowed.join(', ')}, not ${word}`);
  }

  /**
   * The rest, by a table of what each word means; what readers return is put together. `otherwise`
   * is for a word that is in no table.
   */
  readAll<T extends object>(
    table: ReadTable<T>,
    otherwise?: (word: string) => Partial<T>,
  ): Partial<T> {
    let read: Partial<T> = {};
    while (!this.isEmpty) {
      const word = this.next('a word');
      const reader = Object.hasOwn(table, word) ? table[word] : undefined;
      if (reader === undefined && otherwise === undefined) throw this.unknown(word, table);
      read = { ...read, ...(reader === undefined ? otherwise?.(word) : reader(this, read)) };
    }
    return read;
  }

  end(): void {
    const [word] = this.#words;
    if (word !== undefined) throw this.error(`${word} is one word too many`);
  }

  error(message: string, hint?: string): NskitError {
    const options = hint === undefined ? {} : { hint };
    return new NskitError('ERR_USAGE', `${this.#about}: ${message}`, options);
  }

  unknown(word: string, table: object): NskitError {
    return this.error(`unknown word ${word}`, `one of ${Object.keys(table).join(', ')}`);
  }
}

/** What each word means; a reader is told what has been read before it. */
export type ReadTable<T> = Readonly<
  Record<string, (words: Words, soFar: Partial<T>) => Partial<T>>
>;
