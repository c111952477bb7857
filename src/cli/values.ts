/** What options say, as values: numbers, signals, ranges of ids. */
import { InvalidArgumentError } from 'commander';
import { constants } from 'node:os';
import type { RequestedRange } from '../index.js';

/** A number that is not negative: a pid, a file descriptor. */
export function parseNumber(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

/** Seconds that a clock is moved by. */
export function parseSeconds(text: string): number {
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of seconds.');
}

/** `KILL`, `SIGKILL`, `9`. */
export function parseSignal(text: string): number {
  const name = text.toUpperCase().replace(/^(SIG)?/, 'SIG');
  const number = (constants.signals as Record<string, number>)[name] ?? Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 64) return number;
  throw new InvalidArgumentError('There is no such signal.');
}

/**
 * `INSIDE:OUTSIDE:COUNT` as newer versions of unshare(1) have it, or `OUTSIDE,INSIDE,COUNT` as
 * older ones do: the separator tells which.
 */
export function parseRange(text: string): RequestedRange {
  if (text === 'auto' || text === 'all') return text;
  const [, first, separator, second, count] = /^(\d+)([:,])(\d+)\2(\d+)$/.exec(text) ?? [];
  if (first === undefined || second === undefined) {
    throw new InvalidArgumentError('It must be INSIDE:OUTSIDE:COUNT, "auto" or "all".');
  }
  const [inside, outside] = separator === ':' ? [first, second] : [second, first];
  return { inside: Number(inside), outside: Number(outside), count: Number(count) };
}

/** For an option that may be given more than once. */
export function collectRanges(text: string, before: RequestedRange[] = []): RequestedRange[] {
  return [...before, parseRange(text)];
}

export function oneOf<T extends string>(...allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((word) => word === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It must be one of ${allowed.join(', ')}.`);
  };
}
