/** Samples of many figures, taken in turns, and what they say together. */
import { figure, type Figure, type Ratio, type Unit } from '../measure.js';

export class Samples {
  readonly #taken = new Map<string, { unit: Unit; values: number[] }>();

  add(name: string, unit: Unit, value: number): void {
    const { values } = this.#taken.get(name) ?? this.#begin(name, unit);
    values.push(value);
  }

  /** In the order in which they came first. */
  figures(): Figure[] {
    return [...this.#taken].map(([name, { unit, values }]) => figure(name, values, unit));
  }

  median(name: string): number | undefined {
    return this.figures().find((one) => one.name === name)?.median;
  }

  /** How many times as much as the best of some others, if they are there. */
  against(name: string, others: readonly string[], atLeast?: number): Ratio[] {
    const own = this.median(name);
    const best = Math.max(...others.map((other) => this.median(other) ?? 0));
    if (own === undefined || best === 0) return [];
    const what = `${name} against ${others.join(' and ')}`;
    const value = own / best;
    if (atLeast === undefined) return [{ what, value, unit: '×' }];
    const target = { text: `≥ ${atLeast}`, met: value >= atLeast };
    return [{ what, value, unit: '×', target }];
  }

  #begin(name: string, unit: Unit): { unit: Unit; values: number[] } {
    const begun = { unit, values: [] };
    this.#taken.set(name, begun);
    return begun;
  }
}
