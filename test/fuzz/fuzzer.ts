/** The loop: change an input that once did something new, run it, keep it if it does so again. */
import { between, chanceOf, type Chance } from '../support/tcp/chance.js';
import type { Input } from './input.js';
import { mutate } from './mutate.js';
import { seeds } from './seeds.js';

/** What inputs run in, and which branches of it they reach. */
export interface Target {
  run(input: Input): void;
  readonly coverage: {
    readonly counters: ArrayLike<number>;
    readonly reached: number;
    isNew(): boolean;
  };
}

/** An input that made the world throw, made as small as it gets. */
export interface Finding {
  readonly input: Input;
  readonly error: unknown;
}

export class Fuzzer {
  readonly corpus: Input[] = [];
  runs = 0;
  readonly #target: Target;
  readonly #chance: Chance;

  constructor(target: Target, seed: number) {
    this.#target = target;
    this.#chance = chanceOf(seed);
  }

  /** Branches that some input has taken, and how many there are. */
  get reached(): string {
    const { reached, counters } = this.#target.coverage;
    return `${reached} of ${counters.length}`;
  }

  /** Runs what is known: the seeds, and what earlier times have left. */
  begin(known: readonly Input[] = []): Finding | undefined {
    for (const input of [...seeds, ...known]) {
      const finding = this.#try(input);
      if (finding) return finding;
    }
    return undefined;
  }

  /** One more run. */
  step(): Finding | undefined {
    return this.#try(mutate(this.#chance, this.#pick(), this.#pick()));
  }

  /** Half of the time one of the last ones: new ground is near where ground was new. */
  #pick(): Input {
    const { length } = this.corpus;
    const isRecent = this.#chance() < 0.5;
    const first = isRecent ? Math.max(0, length - 1 - Math.ceil(length / 8)) : 0;
    return this.corpus[between(this.#chance, first, length - 1)] ?? [];
  }

  #try(input: Input): Finding | undefined {
    this.runs++;
    const error = this.#errorOf(input);
    if (error !== undefined) return this.#reduce(input, error);
    if (this.#target.coverage.isNew()) this.corpus.push(input);
    return undefined;
  }

  #errorOf(input: Input): unknown {
    try {
      this.#target.run(input);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Without every operation, and every end of bytes, that the error does not need. */
  #reduce(whole: Input, first: unknown): Finding {
    let finding: Finding = { input: whole, error: first };
    for (let i = whole.length - 1; i >= 0; i--)
      finding = this.#keep(finding, without(finding.input, i));
    for (let i = 0; i < finding.input.length; i++) {
      for (const part of [2, 4, 8, 16]) finding = this.#keep(finding, cut(finding.input, i, part));
    }
    return finding;
  }

  #keep(finding: Finding, smaller: Input): Finding {
    const error = this.#errorOf(smaller);
    return error === undefined ? finding : { input: smaller, error };
  }
}

function without(input: Input, at: number): Input {
  return input.toSpliced(at, 1);
}

function cut(input: Input, at: number, part: number): Input {
  const one = input[at];
  if (one === undefined) return input;
  const length = one.bytes.length - Math.floor(one.bytes.length / part);
  return input.with(at, { ...one, bytes: one.bytes.slice(0, length) });
}
