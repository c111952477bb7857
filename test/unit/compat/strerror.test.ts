import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { strerror } from '../../../src/compat/strerror.js';
import { run } from '../../support/nskit.js';

test('the texts are those of the C library, for every number', () => {
  const script = 'import os; print("\\n".join(os.strerror(n) for n in range(1, 140)))';
  const { stdout } = run('python3', ['-c', script], { env: { LC_ALL: 'C' } });
  const texts = stdout.trimEnd().split('\n');
  assert.deepEqual(
    texts.map((_, i) => strerror(i + 1)),
    texts,
  );
});

test('Node’s negative numbers mean the same', () => {
  assert.equal(strerror(-constants.errno.EPERM), 'Operation not permitted');
});
