import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ENOSYS,
  EPERM,
  allowValues,
  refuseBits,
  refuseCall,
  refuseFrom,
  refuseValues,
  seccompFilter,
} from '../../../src/native/index.js';
import { decision } from '../../support/seccomp-decision.js';

const ARCH = 7;
const filter = seccompFilter([
  {
    arch: ARCH,
    rules: [
      refuseFrom(1000),
      refuseValues({ number: 1, index: 1 }, [5, 6]),
      refuseCall(2),
      refuseBits({ number: 3, index: 0 }, 0x30),
      allowValues({ number: 3, index: 0, mask: 0x0f }, [1, 2]),
      allowValues({ number: 4, index: 2 }, [0]),
      refuseCall(5, ENOSYS),
    ],
  },
  { arch: ARCH + 1, rules: [refuseCall(1)] },
]);
const on = (number: number, ...args: readonly number[]): 'allow' | number =>
  decision(filter, { arch: ARCH, number, arguments: args });

test('what no rule refuses is allowed', () => {
  assert.deepEqual([on(0), on(6), on(999)], ['allow', 'allow', 'allow']);
});

test('a call is refused, with the errno that is said', () => {
  assert.deepEqual([on(2), on(5)], [EPERM, ENOSYS]);
});

test('all calls from a number on are refused', () => {
  assert.deepEqual([on(1000), on(0xffff_ffff)], [EPERM, EPERM]);
});

test('values of an argument are refused, of that argument and that call', () => {
  assert.deepEqual([on(1, 0, 5), on(1, 0, 6)], [EPERM, EPERM]);
  assert.deepEqual([on(1, 5, 0), on(1, 0, 7), on(6, 0, 5)], ['allow', 'allow', 'allow']);
});

test('values of an argument are allowed, and no other', () => {
  assert.deepEqual([on(4, 9, 9, 0), on(4, 0, 0, 1)], ['allow', EPERM]);
});

test('bits are refused, and a later rule about the same call still counts', () => {
  assert.deepEqual([on(3, 0x11), on(3, 0x21)], [EPERM, EPERM]);
  assert.deepEqual([on(3, 1), on(3, 2), on(3, 0xc2)], ['allow', 'allow', 'allow']);
  assert.deepEqual([on(3, 3), on(3, 0xc0)], [EPERM, EPERM]);
});

test('each convention has its own rules, and one without any has no calls', () => {
  assert.equal(decision(filter, { arch: ARCH + 1, number: 1 }), EPERM);
  assert.equal(decision(filter, { arch: ARCH + 1, number: 2 }), 'allow');
  assert.equal(decision(filter, { arch: ARCH + 2, number: 0 }), ENOSYS);
});
