/** Chance for the stack: unpredictable, as sequence numbers and query ids have to be. */
import { getRandomValues } from 'node:crypto';

const numbers = new Uint32Array(256);
let left = 0;

/** 32 bits. Drawing many at once costs no more than drawing one. */
export function random(): number {
  if (left === 0) {
    getRandomValues(numbers);
    left = numbers.length;
  }
  left -= 1;
  return numbers[left] ?? 0;
}
