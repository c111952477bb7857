/** What a seccomp filter decides, by an interpreter of the few BPF operations that ours use. */
import assert from 'node:assert/strict';
import type { BpfInstruction } from '../../src/native/index.js';

export interface SystemCall {
  readonly arch: number;
  readonly number: number;
  readonly arguments?: readonly number[];
}

const LOAD = 0x20;
const AND = 0x54;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;

const tests = new Map<number, (loaded: number, operand: number) => boolean>([
  [0x15, (loaded, operand) => loaded === operand],
  [0x35, (loaded, operand) => loaded >= operand],
  [0x45, (loaded, operand) => (loaded & operand) !== 0],
]);

/** `allow`, or the errno. */
export function decision(filter: readonly BpfInstruction[], call: SystemCall): 'allow' | number {
  const words = new Map([
    [0, call.number],
    [4, call.arch],
    ...(call.arguments ?? []).map((value, i): [number, number] => [16 + 8 * i, value]),
  ]);
  let loaded = 0;
  for (let at = 0; ; at++) {
    const [code, ifTrue, ifFalse, operand] = filter[at] ?? assert.fail('ran off the end');
    if (code === RETURN) return operand === ALLOW ? 'allow' : operand & 0xffff;
    if (code === LOAD) loaded = words.get(operand) ?? 0;
    else if (code === AND) loaded &= operand;
    else {
      const holds = tests.get(code) ?? assert.fail(`no operation ${code}`);
      at += holds(loaded, operand) ? ifTrue : ifFalse;
    }
  }
}
