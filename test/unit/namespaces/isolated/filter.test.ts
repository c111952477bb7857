import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isolationFilter } from '../../../../src/namespaces/isolated/filter.js';
import { decision, type SystemCall } from '../../../support/seccomp-decision.js';

const decide = (architecture: string, call: SystemCall): 'allow' | number =>
  decision(isolationFilter(architecture), call);

const EPERM = 1;
const ENOSYS = 38;
const TIOCSTI = 0x5412;
const TCGETS = 0x5401;

const machines = [
  { name: 'x64', arch: 0xc000003e, ioctl: 16, socket: 41, keyctl: 250, write: 1 },
  { name: 'x64', arch: 0x40000003, ioctl: 54, socket: 359, keyctl: 288, write: 4 },
  { name: 'arm64', arch: 0xc00000b7, ioctl: 29, socket: 198, keyctl: 219, write: 64 },
  { name: 'arm64', arch: 0x40000028, ioctl: 54, socket: 281, keyctl: 311, write: 4 },
];

for (const { name, arch, ioctl, socket, keyctl, write } of machines) {
  const on = (number: number, ...args: readonly number[]): 'allow' | number =>
    decide(name, { arch, number, arguments: args });

  describe(`${name}, convention ${arch.toString(16)}`, () => {
    test('refuses to type into a terminal, and no other ioctl', () => {
      assert.equal(on(ioctl, 0, TIOCSTI), EPERM);
      assert.equal(on(ioctl, 0, 0x541c), EPERM);
      assert.equal(on(ioctl, 0, TCGETS), 'allow');
    });

    test('refuses keyrings and virtual sockets, and no other call', () => {
      assert.equal(on(keyctl), EPERM);
      assert.equal(on(socket, 40), EPERM);
      assert.equal(on(socket, 2), 'allow');
      assert.equal(on(write, 1, TIOCSTI), 'allow');
    });
  });
}

test('the calls of x32, and those of a convention it does not know, are refused', () => {
  assert.equal(decide('x64', { arch: 0xc000003e, number: 0x4000_0000 + 514 }), EPERM);
  assert.equal(decide('x64', { arch: 0xc00000b7, number: 1 }), ENOSYS);
  assert.equal(decide('riscv64', { arch: 1, number: 1 }), ENOSYS);
});

test('socketcall makes no socket, because its arguments cannot be seen', () => {
  const socketcall = { arch: 0x40000003, number: 102 };
  assert.equal(decide('x64', { ...socketcall, arguments: [1] }), EPERM);
  assert.equal(decide('x64', { ...socketcall, arguments: [3] }), 'allow');
});
