/** The examples do what they say. */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { nskitPath, run } from '../support/nskit.js';

const examples = join(dirname(dirname(nskitPath)), 'dist/examples');

test('virtual-host serves HTTP to a namespace from a function', () => {
  const example = join(examples, 'virtual-host.js');
  const url = 'http://192.0.2.1/hello';
  const ended = run(process.execPath, [example, 'curl', '-sS', '--noproxy', '*', url]);
  assert.deepEqual(ended, { status: 0, stdout: 'you asked for /hello\n', stderr: '' });
});

test('virtual-host answers for its own address and port alone', () => {
  const example = join(examples, 'virtual-host.js');
  const url = 'http://10.0.2.2:1/';
  const ended = run(process.execPath, [example, 'curl', '-s', '--noproxy', '*', url]);
  // curl's "failed to connect".
  assert.equal(ended.status, 7);
});
