/** nskit started inside `nskit exec`: uid 0 there is the same user, and root's places are not ours. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { nskit, nskitPath, type Ended } from '../support/nskit.js';

const runtime = mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? '/tmp', 'inside-'));
const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
const outside = (...args: string[]): Ended => nskit(args, { env });
const inside = (...args: string[]): Ended => outside('exec', 'outer', nskitPath, ...args);
const net = ['readlink', '/proc/self/ns/net'];

describe('inside nskit exec', () => {
  before(() => {
    const { status, stderr } = outside('add', 'outer');
    assert.equal(status, 0, stderr);
  });
  after(() => {
    outside('delete', '--all', '--kill');
    rmSync(runtime, { recursive: true });
  });

  test('the names are the user’s own', () => {
    const names = (listed: Ended): unknown[] =>
      (JSON.parse(listed.stdout) as { name: string; system: boolean }[])
        .filter(({ system }) => !system)
        .map(({ name }) => name);
    assert.deepEqual(names(inside('list', '--json')), ['outer']);
    assert.deepEqual(names(inside('list', '--json')), names(outside('list', '--json')));
  });

  test('run, exec and shell work, with and without Node', () => {
    assert.equal(inside('run', 'id', '-u').stdout, '0\n');
    const own = outside('exec', 'outer', ...net).stdout;
    assert.equal(inside('exec', 'outer', ...net).stdout, own);
    assert.equal(inside('exec', '--wd', '/', 'outer', ...net).stdout, own);
  });

  test('what is added there is there outside, and the other way round', () => {
    const added = inside('add', 'inner');
    assert.equal(added.status, 0, added.stderr);
    const own = outside('exec', 'inner', ...net).stdout;
    assert.equal(inside('exec', 'inner', ...net).stdout, own);
    assert.equal(inside('delete', 'inner').status, 0);
    assert.equal(outside('exec', 'inner', 'true').status, 125);
  });

  test('delete --all means the user’s names, and spares one that others run in', () => {
    assert.equal(outside('add', 'inner').status, 0);
    const script = `"${nskitPath}" delete --all; echo $?`;
    const { stdout, stderr } = outside('exec', 'outer', 'sh', '-c', script);
    assert.equal(stdout, '1\n');
    assert.match(stderr, /inside outer/);
    assert.equal(stderr.includes('was made by root'), false);
    assert.equal(outside('exec', 'inner', 'true').status, 125);
    assert.equal(outside('exec', 'outer', 'true').status, 0);
  });

  test('the variables that sudo sets mean nothing, and --owner is for real root', () => {
    const script = `SUDO_UID=1 SUDO_GID=1 "${nskitPath}" add inner && "${nskitPath}" delete inner`;
    assert.equal(outside('exec', 'outer', 'sh', '-c', script).status, 0);
    const { status, stderr } = inside('add', 'inner', '--owner', '0');
    assert.equal(status, 1);
    assert.match(stderr, /only root makes a namespace for another user/);
  });

  test('without XDG_RUNTIME_DIR the same place is found from inside', () => {
    const name = `standard-${process.pid}`;
    const settings = { env: { ...process.env } };
    delete settings.env['XDG_RUNTIME_DIR'];
    const added = nskit(['add', name], settings);
    assert.equal(added.status, 0, added.stderr);
    try {
      const here = nskit(['exec', name, ...net], settings).stdout;
      const again = nskit(['exec', name, nskitPath, 'exec', name, ...net], settings);
      assert.equal(again.stdout, here, again.stderr);
    } finally {
      assert.equal(nskit(['delete', name], settings).status, 0);
    }
  });
});
