/**
 * How figures are taken: every contender once in each round, in turn, so that whatever else the
 * machine does meanwhile meets all of them; then medians, which one slow round does not move.
 */

/** One way of doing a job; `run` answers how long it took. */
export interface Contender {
  readonly name: string;
  readonly run: () => number | Promise<number>;
}

export type Unit =
  'ms' | 'µs' | 'kB' | 'MB' | 'processes' | 'Gbit/s' | 's/GB' | '/s' | 'kpackets/s';

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** What is promised about two figures, or what is worth knowing about them. */
export interface Ratio {
  readonly what: string;
  readonly value: number;
  readonly unit: '×' | 'ms';
  /** A text like "at least 2", and whether it holds; absent for plain information. */
  readonly target?: { readonly text: string; readonly met: boolean };
}

export interface Group {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
}

export interface Settings {
  /** Rounds of the quickest contenders; slow ones take fewer. */
  readonly iterations: number;
  readonly names: number;
}

const WARM_UP_ROUNDS = 3;

export async function interleaved(
  contenders: readonly Contender[],
  rounds: number,
): Promise<Map<string, Figure>> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  const warmUp = Math.min(WARM_UP_ROUNDS, rounds);
  for (let round = -warmUp; round < rounds; round++) {
    for (const { name, run } of contenders) {
      const took = await run();
      if (round >= 0) samples.get(name)?.push(took);
    }
  }
  return new Map([...samples].map(([name, taken]) => [name, figure(name, taken)]));
}

export function figure(name: string, samples: readonly number[], unit: Unit = 'ms'): Figure {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? 0;
  const count = sorted.length;
  return { name, unit, median: at(count >> 1), min: at(0), max: at(count - 1), count };
}

export function medianOf(figures: ReadonlyMap<string, Figure>, name: string): number {
  const found = figures.get(name);
  if (found === undefined) throw new Error(`no figure is called ${name}`);
  return found.median;
}

/** How many times faster the second is than the first. */
export function timesFaster(what: string, [slow, fast]: [number, number], atLeast?: number): Ratio {
  const value = slow / fast;
  if (atLeast === undefined) return { what, value, unit: '×' };
  return { what, value, unit: '×', target: { text: `≥ ${atLeast}`, met: value >= atLeast } };
}

/** How much of something there is, in its unit, at most. */
export function atMost(what: string, value: number, limit: number, unit: Ratio['unit']): Ratio {
  return { what, value, unit, target: { text: `≤ ${limit}`, met: value <= limit } };
}
