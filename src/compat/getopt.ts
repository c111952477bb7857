/**
 * Command lines as getopt_long(3) of glibc reads them, word for word in its messages: programs that
 * stand in for others must refuse what those refuse, in the same way.
 */

type Taking = 'none' | 'required' | 'optional';

export interface Grammar {
  /** As getopt(3) has it: each letter, `:` after those that take a value, `::` when they may. */
  readonly short: string;
  /** Of each long name what it takes, and the name it is reported by when that is another. */
  readonly long?: Readonly<Record<string, readonly [taking: Taking, reported?: string]>>;
  /** Options end at the first word that is none; otherwise they are found anywhere. */
  readonly stopsAtOperand: boolean;
}

export interface ReadOption {
  readonly option: string;
  /** Empty when the option takes none. */
  readonly value: string;
}

/** What is wrong with a command line, as it is to be printed. */
export class GetoptError extends Error {}

/** The options one by one, in order, so that whoever acts on them meets errors in order too. */
export class Getopt implements Iterable<ReadOption> {
  /** Complete once all options have been read. */
  readonly operands: string[] = [];
  readonly #name: string;
  readonly #words: string[];
  readonly #grammar: Grammar;

  /** `name` begins messages. */
  constructor(name: string, words: readonly string[], grammar: Grammar) {
    this.#name = name;
    this.#words = [...words];
    this.#grammar = grammar;
  }

  *[Symbol.iterator](): Generator<ReadOption, void> {
    for (let word = this.#words.shift(); word !== undefined; word = this.#words.shift()) {
      if (word === '--') break;
      if (word === '-' || !word.startsWith('-')) {
        this.operands.push(word);
        if (this.#grammar.stopsAtOperand) break;
      } else if (word.startsWith('--') && this.#grammar.long !== undefined) {
        yield this.#long(word);
      } else {
        yield* this.#cluster(word);
      }
    }
    this.operands.push(...this.#words);
  }

  /** `-Un`, `-nNPATH`, `-nN PATH`. */
  *#cluster(word: string): Generator<ReadOption, void> {
    for (let at = 1; at < word.length; at++) {
      const option = word.charAt(at);
      const rest = word.slice(at + 1);
      const taking = this.#takingOf(option);
      if (taking === 'none') {
        yield { option, value: '' };
        continue;
      }
      const value =
        rest !== '' || taking === 'optional'
          ? rest
          : this.#nextValue(`option requires an argument -- '${option}'`);
      yield { option, value };
      return;
    }
  }

  #takingOf(letter: string): Taking {
    const { short } = this.#grammar;
    const at = letter === ':' ? -1 : short.indexOf(letter);
    if (at < 0) throw this.#error(`invalid option -- '${letter}'`);
    if (short.startsWith('::', at + 1)) return 'optional';
    return short.charAt(at + 1) === ':' ? 'required' : 'none';
  }

  #long(word: string): ReadOption {
    const [, given = '', value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const { name, taking, option } = this.#findLong(word, given);
    if (taking === 'none') {
      if (value !== undefined) throw this.#error(`option '--${name}' doesn't allow an argument`);
      return { option, value: '' };
    }
    if (value !== undefined || taking === 'optional') return { option, value: value ?? '' };
    return { option, value: this.#nextValue(`option '--${name}' requires an argument`) };
  }

  /** A name may be cut short while it is clear what is meant. */
  #findLong(word: string, given: string): { name: string; taking: Taking; option: string } {
    const all = Object.entries(this.#grammar.long ?? {}).map(([name, [taking, reported]]) => ({
      ...{ name, taking, option: reported ?? name },
    }));
    const begun = all.filter(({ name }) => name.startsWith(given));
    const found = all.find(({ name }) => name === given) ?? begun[0];
    if (found === undefined) throw this.#error(`unrecognized option '${word}'`);
    const others = begun.filter(({ option }) => option !== found.option);
    if (found.name === given || others.length === 0) return found;
    const names = begun.map(({ name }) => ` '--${name}'`).join('');
    throw this.#error(`option '${word}' is ambiguous; possibilities:${names}`);
  }

  #nextValue(otherwise: string): string {
    const value = this.#words.shift();
    if (value === undefined) throw this.#error(otherwise);
    return value;
  }

  #error(message: string): GetoptError {
    return new GetoptError(`${this.#name}: ${message}`);
  }
}
