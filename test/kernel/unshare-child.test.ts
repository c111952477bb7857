/** What `nskit unshare` does to the file system that a program sees, and to a child it waits for. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { call, watch } from '../../src/native/index.js';
import { nskit, nskitPath, run, start, type Ended } from '../support/nskit.js';

const unshare = (...args: string[]): Ended => nskit(['unshare', ...args]);

describe('the file system', () => {
  const rootfs = mkdtempSync(join(tmpdir(), 'nskit-rootfs-'));
  after(() => {
    rmSync(rootfs, { recursive: true });
  });
  copyWithLibraries('/bin/sh', rootfs);
  mkdirSync(join(rootfs, 'proc'));
  const list = 'echo /*; while read l; do echo "$l"; done < /proc/self/mountinfo';

  test('--pivot-root leaves nothing of the old root', () => {
    const args = ['-r', '--pivot-root', rootfs, '-pf', '--mount-proc', '/bin/sh', '-c', list];
    const { status, stdout, stderr } = unshare(...args);
    assert.equal(status, 0, stderr);
    const [names, ...mounts] = stdout.trim().split('\n');
    assert.doesNotMatch(names ?? '', /etc|var|usr/);
    assert.deepEqual(
      mounts.map((line) => line.split(' ')[4]),
      ['/', '/proc'],
    );
  });

  test('--root changes the root directory, and --wd is seen from inside it', () => {
    const args = ['-r', '--root', rootfs, '--wd', '/bin', '/bin/sh', '-c', 'pwd; echo *'];
    assert.equal(unshare(...args).stdout, '/bin\nsh\n');
  });

  test('without --wd the program starts in the new root', () => {
    assert.equal(unshare('-r', '--root', rootfs, '/bin/sh', '-c', 'pwd').stdout, '/\n');
  });

  test('a program missing in the new root is named even though Node is out of reach', () => {
    const { status, stderr } = unshare('-r', '--root', rootfs, 'no-such-program');
    assert.equal(status, 127);
    assert.match(stderr, /^nskit: run the program: .*ENOENT/);
  });

  test('--mount-proc takes another directory, and needs no --mount', () => {
    const dir = join(rootfs, 'proc');
    const { stdout } = unshare('-rpf', `--mount-proc=${dir}`, 'sh', '-c', `cat ${dir}/1/comm`);
    assert.equal(stdout, 'sh\n');
  });

  test('mounts that spread do so no more in a new mount namespace', () => {
    const spreading = ['-rm', '--propagation', 'shared'];
    const inner = ['unshare', '-m', 'grep', '-c', 'shared:', '/proc/self/mountinfo'];
    assert.equal(run('unshare', [...spreading, nskitPath, ...inner]).stdout, '0\n');
  });

  test('--propagation', () => {
    const count = (kind: string): string => {
      const args = ['-rm', '--propagation', kind, 'grep', '-c', 'shared:', '/proc/self/mountinfo'];
      const ours = unshare(...args);
      assert.equal(ours.stdout, run('unshare', args).stdout, ours.stderr);
      return ours.stdout;
    };
    assert.notEqual(count('shared'), '0\n');
    for (const kind of ['private', 'slave']) assert.equal(count(kind), '0\n');
    count('unchanged');
  });
});

/** A program that runs in an otherwise empty root. */
function copyWithLibraries(program: string, root: string): void {
  const libraries = run('ldd', [program]).stdout.match(/\/\S+/g) ?? [];
  for (const file of [program, ...libraries]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(file, join(root, file));
  }
}

describe('a child', () => {
  // A signal that does not arrive would be waited for.
  const limit = { timeout: 30_000 };

  test('signals reach it through us', limit, async () => {
    const script = 'trap "exit 42" TERM; echo ready; while :; do read line; done';
    await using held = await start(nskitPath, ['unshare', '-Urf', 'sh', '-c', script]);
    process.kill(held.pid, 'SIGTERM');
    assert.equal(await held.end, 42);
  });

  test('a child that a signal ends gives 128 and its number', () => {
    assert.equal(unshare('-Urf', 'sh', '-c', 'kill -KILL $$').status, 137);
  });

  test('it starts with no signal held back', () => {
    const { stdout } = unshare('-Urf', 'grep', 'SigBlk', '/proc/self/status');
    assert.match(stdout, /0{16}/);
  });

  test('--kill-child: it dies with us, by SIGKILL', limit, async () => {
    const script = 'trap "" TERM; echo $$; while :; do read line; done';
    const held = await start(nskitPath, ['unshare', '-Ur', '--kill-child', 'sh', '-c', script]);
    const ended = endOf(Number(held.firstLine));
    await held[Symbol.asyncDispose]();
    await ended;
  });

  test('--kill-child=SIGNAL sends another one, also after --setuid', limit, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nskit-told-'));
    chmodSync(folder, 0o777);
    const script = `trap "echo told > ${folder}/it; exit" USR1; echo $$; while :; do read line; done`;
    const args = ['-r', '--map-auto', '-S', '33', '--kill-child=USR1', 'sh', '-c', script];
    const held = await start(nskitPath, ['unshare', ...args]);
    const ended = endOf(Number(held.firstLine));
    await held[Symbol.asyncDispose]();
    await ended;
    assert.equal(readFileSync(join(folder, 'it'), 'utf8'), 'told\n');
    rmSync(folder, { recursive: true });
  });
});

/** When a process that is no child of ours has ended. */
async function endOf(pid: number): Promise<void> {
  const pidfd = call({ step: 'find the child' }, 'pidfd_open', pid, 0);
  await new Promise<void>((resolve) => {
    const watched = watch(pidfd, () => {
      watched[Symbol.dispose]();
      resolve();
    });
  });
  closeSync(pidfd);
}
