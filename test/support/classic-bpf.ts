/** A machine for socket filters, of the operations that our filters use (linux/filter.h). */
import assert from 'node:assert/strict';
import { dataViewOf } from '../../src/wire/index.js';
import type { BpfInstruction } from '../../src/native/index.js';

/** What the kernel knows of a packet beside its bytes. */
export interface Ancillary {
  readonly protocol: number;
  readonly packetType: number;
  readonly mark: number;
}

const SKF_AD_OFF = 0xffff_f000;

/** How many bytes of the packet pass; 0: it is ignored, as where a load is out of its bounds. */
export function runFilter(
  filter: readonly BpfInstruction[],
  packet: Uint8Array,
  ancillary: Ancillary,
): number {
  const machine: Machine = { a: 0, x: 0, load: loader(packet, ancillary) };
  try {
    for (let at = 0; ;) {
      const [code, jt, jf, k] = filter[at] ?? assert.fail('ran off the end');
      if (code === RETURN) return k;
      at += 1;
      const test = tests.get(code);
      if (test !== undefined) at += test(machine.a, k) ? jt : jf;
      else (operations.get(code) ?? assert.fail(`no operation ${code}`))(machine, k);
    }
  } catch (error) {
    if (error instanceof RangeError) return 0;
    throw error;
  }
}

interface Machine {
  a: number;
  x: number;
  readonly load: (at: number, size: 1 | 2 | 4) => number;
}

const RETURN = 0x06;

const tests = new Map<number, (a: number, k: number) => boolean>([
  [0x15, (a, k) => a === k],
  [0x45, (a, k) => (a & k) !== 0],
]);

const operations = new Map<number, (machine: Machine, k: number) => void>([
  [0x20, (machine, k) => (machine.a = machine.load(k, 4))],
  [0x28, (machine, k) => (machine.a = machine.load(k, 2))],
  [0x30, (machine, k) => (machine.a = machine.load(k, 1))],
  [0x50, (machine, k) => (machine.a = machine.load(machine.x + k, 1))],
  [0xb1, (machine, k) => (machine.x = 4 * (machine.load(k, 1) & 15))],
  [0x54, (machine, k) => (machine.a = (machine.a & k) >>> 0)],
]);

function loader(packet: Uint8Array, { protocol, packetType, mark }: Ancillary): Machine['load'] {
  const view = dataViewOf(packet);
  const known = new Map([
    [SKF_AD_OFF, protocol],
    [SKF_AD_OFF + 4, packetType],
    [SKF_AD_OFF + 20, mark],
  ]);
  return (at, size) => {
    const special = known.get(at);
    if (special !== undefined) return special;
    if (at + size > packet.length) throw new RangeError('out of bounds');
    return size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
  };
}
