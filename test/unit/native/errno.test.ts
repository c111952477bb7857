import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { getSystemErrorName } from 'node:util';
import {
  errnoCode,
  errnoNumber,
  open,
  step,
  stepError,
  syscallNames,
  syscallNumber,
} from '../../../src/native/index.js';

test('every errno has its number and its name', () => {
  for (const [code, number] of Object.entries(constants.errno)) {
    assert.equal(errnoNumber(code), number);
    assert.equal(errnoNumber(errnoCode(number)), number);
  }
});

test('an unknown errno is shown by its number, and an unknown name is refused', () => {
  assert.equal(errnoCode(4000), 'errno 4000');
  assert.throws(() => errnoNumber('ENONE'), TypeError);
});

test('of two names the one that Node has is taken', () => {
  assert.equal(errnoCode(constants.errno.EWOULDBLOCK), 'EAGAIN');
  assert.equal(errnoCode(constants.errno.EOPNOTSUPP), getSystemErrorName(-95));
});

test('no two system calls share a number', () => {
  assert.equal(new Set(syscallNames.map((name) => syscallNumber(name))).size, syscallNames.length);
});

test('a step’s error has its sentence, its call by the manual’s name, its path and a hint', () => {
  const { message, code, errno, syscall, path, hint } = stepError(open('open it', '/a'), 24);
  assert.equal(message, 'open it: open failed with EMFILE on /a');
  assert.deepEqual([code, errno, syscall, path], ['EMFILE', -24, 'open', '/a']);
  assert.match(hint ?? '', /ulimit -n/);
  assert.equal(stepError(step('run it', 'execvpe', []), 2).syscall, 'execve');
});

test('without a step it is the child that could not be made', () => {
  const { message, hint } = stepError(undefined, constants.errno.EAGAIN);
  assert.equal(message, 'start a child process: clone failed with EAGAIN');
  assert.match(hint ?? '', /ulimit -u/);
});
