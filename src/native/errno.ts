import { constants } from 'node:os';

// Of two names of one number the first, as Node itself has it: EAGAIN, not EWOULDBLOCK.
const codes = new Map<number, string>(
  Object.entries(constants.errno)
    .reverse()
    .map(([code, number]) => [number, code]),
);

/** The name of an errno: 1 -> 'EPERM'. */
export function errnoCode(errno: number): string {
  return codes.get(errno) ?? `errno ${String(errno)}`;
}

/** The number of an errno: 'EPERM' -> 1. */
export function errnoNumber(code: string): number {
  const number = (constants.errno as Record<string, number>)[code];
  if (number === undefined) throw new TypeError(`unknown errno ${code}`);
  return number;
}
