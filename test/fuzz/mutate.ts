/** Changes an input a little, without knowing what it means. */
import { between, type Chance } from '../support/tcp/chance.js';
import { kinds, operation, type Input, type Operation } from './input.js';

const OPERATIONS_MAX = 40;
const BYTES_MAX = 4000;

const numbers = [0, 1, 2, 3, 7, 8, 15, 16, 63, 64, 127, 128, 255, 256, 1023, 1460, 1500, 4096];
const largeNumbers = [65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

const pick = <T>(chance: Chance, list: readonly T[]): T =>
  list[between(chance, 0, list.length - 1)] as T;

function anyNumber(chance: Chance): number {
  if (chance() < 0.6) return pick(chance, numbers);
  return chance() < 0.5 ? pick(chance, largeNumbers) : between(chance, 0, 0xffff_ffff);
}

/** One to eight changes; `other` may lend some of its own. */
export function mutate(chance: Chance, input: Input, other: Input): Input {
  let changed = [...input];
  for (let left = between(chance, 1, 8); left > 0; left--) changed = change(chance, changed, other);
  return changed.slice(0, OPERATIONS_MAX);
}

function change(chance: Chance, input: Operation[], other: Input): Operation[] {
  const at = between(chance, 0, Math.max(0, input.length - 1));
  const one = input[at];
  const dice = chance();
  if (one === undefined || dice < 0.05) return input.toSpliced(at, 0, anyOperation(chance));
  if (dice < 0.1) return input.toSpliced(at, 1);
  if (dice < 0.15) return input.toSpliced(at, 0, one);
  if (dice < 0.2) return input.toSpliced(at, 1).toSpliced(between(chance, 0, input.length), 0, one);
  if (dice < 0.3) {
    const from = between(chance, 0, other.length);
    return input.toSpliced(at, 0, ...other.slice(from, from + between(chance, 1, 6)));
  }
  return input.with(at, dice < 0.55 ? changeNumbers(chance, one) : changeBytes(chance, one));
}

function anyOperation(chance: Chance): Operation {
  const three = [anyNumber(chance), anyNumber(chance), anyNumber(chance)];
  const bytes = chance() < 0.5 ? 0 : between(chance, 0, 3000);
  return operation(pick(chance, kinds), three, new Uint8Array(bytes));
}

function changeNumbers(chance: Chance, one: Operation): Operation {
  const name = pick(chance, ['a', 'b', 'c'] as const);
  const flipped = (one[name] ^ (1 << between(chance, 0, 31))) >>> 0;
  return { ...one, [name]: chance() < 0.5 ? flipped : anyNumber(chance) };
}

function changeBytes(chance: Chance, one: Operation): Operation {
  const bytes = one.bytes.slice();
  if (bytes.length === 0) return changeNumbers(chance, one);
  const at = between(chance, 0, bytes.length - 1);
  const dice = chance();
  if (dice < 0.25) bytes[at] = (bytes[at] ?? 0) ^ (1 << between(chance, 0, 7));
  else if (dice < 0.5) bytes[at] = pick(chance, [0, 1, 4, 6, 17, 58, 127, 128, 254, 255]);
  else if (dice < 0.65) writeNumber(bytes, at, anyNumber(chance));
  else return { ...one, bytes: resize(chance, bytes, at) };
  return { ...one, bytes };
}

/** Two or four bytes, in the order of the network. */
function writeNumber(bytes: Uint8Array, at: number, value: number): void {
  const size = value > 0xffff ? 4 : 2;
  for (let i = 0; i < size && at + i < bytes.length; i++) {
    bytes[at + i] = value >>> (8 * (size - 1 - i));
  }
}

function resize(chance: Chance, bytes: Uint8Array, at: number): Uint8Array {
  const dice = chance();
  const length = between(chance, 1, 40);
  if (dice < 0.25) return bytes.slice(0, at);
  if (dice < 0.5) return Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + length));
  const from = between(chance, 0, bytes.length - 1);
  const more = dice < 0.75 ? bytes.subarray(from, from + length) : new Uint8Array(length);
  return Uint8Array.of(...bytes.subarray(0, at), ...more, ...bytes.subarray(at)).slice(
    0,
    BYTES_MAX,
  );
}
