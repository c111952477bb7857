/** Namespaces of somebody else, which only root can make: an ordinary user opens nothing there. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { namespaces } from '../../src/index.js';

const NAME = `nskit-sockets-${process.pid}`;
const path = `/run/netns/${NAME}`;
before(() => {
  execFileSync('ip', ['netns', 'add', NAME]);
  execFileSync('ip', ['-n', NAME, 'link', 'set', 'lo', 'up']);
});
after(() => {
  execFileSync('ip', ['netns', 'delete', NAME]);
});

test('root itself opens sockets there', async () => {
  using held = namespaces.ofFiles([path]);
  using listener = await held.listen({ port: 80 });
  assert.match(execFileSync('ip', ['netns', 'exec', NAME, 'ss', '-Hltn']).toString(), /:80 /);
  assert.equal(listener.port, 80);
});

test('root opens sockets in a user’s namespace and stays as traceable as it was', async () => {
  const owner = { uid: 1, gid: 1 };
  await using theirs = await namespaces.addForOwner(`${NAME}-owned`, owner);
  using listener = await theirs.listen({ port: 80 });
  assert.equal(listener.port, 80);
  // Cleared, this file would be root's even for another user's process; ours shows by reading it.
  const { status } = spawnSync('cat', [`/proc/${process.pid}/environ`]);
  assert.equal(status, 0);
});

test('an ordinary user is refused, with what to do', () => {
  const library = new URL('../../src/index.js', import.meta.url).href;
  const code = `
    const { namespaces } = await import(${JSON.stringify(library)});
    const held = namespaces.ofFiles([${JSON.stringify(path)}]);
    const error = await held.listen({ port: 80 }).catch((error) => error);
    console.log(error.code, error.syscall, error.hint);`;
  const { stdout, stderr } = spawnSync(
    'setpriv',
    [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      process.execPath,
      '--input-type=module',
      '-e',
      code,
    ],
    { encoding: 'utf8' },
  );
  assert.match(stdout, /^EPERM setns only the owner of a namespace, or root, may enter it/, stderr);
});
