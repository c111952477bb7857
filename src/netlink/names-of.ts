/** Numbers that have names, both ways; one without a name is its number. */
import { NskitError } from '../errors/index.js';

export function nameOf(names: Readonly<Record<string, number>>, number: number): string {
  return Object.entries(names).find(([, value]) => value === number)?.[0] ?? String(number);
}

/** Throws ERR_USAGE. */
export function numberOf(
  names: Readonly<Record<string, number>>,
  name: string | number,
  what: string,
): number {
  if (typeof name === 'number') return name;
  const number = Object.hasOwn(names, name) ? names[name] : undefined;
  if (number !== undefined) return number;
  if (/^\d+$/.test(name)) return Number(name);
  throw new NskitError('ERR_USAGE', `there is no ${what} ${name}`, {
    hint: `one of ${Object.keys(names).join(', ')}, or a number`,
  });
}

/** The names of the bits that are set. */
export function bitsOf<N extends string>(names: Readonly<Record<N, number>>, bits: number): N[] {
  return (Object.keys(names) as N[]).filter((name) => (bits & names[name]) !== 0);
}
