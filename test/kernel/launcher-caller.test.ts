/** What Node changes in a process, and what a program that takes its place gets back. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { nskit, nskitPath, run } from '../support/nskit.js';

describe('what the caller had set', () => {
  const script = 'grep -E "Sig(Ign|Blk)" /proc/self/status; ulimit -Sn; env | grep -c NSKIT_';
  const hup = 2n ** BigInt(constants.signals.SIGHUP - 1);

  for (const way of [
    ['run', '--'],
    ['run', '--no-pid', '--'],
    ['run', '--uplink', '--'],
    ['run', '--uplink', '--no-pid', '--'],
    ['unshare', '-Ur', '--'],
  ]) {
    test(`reaches a program of nskit ${way.join(' ')}`, () => {
      const caller = `trap "" HUP; ulimit -Sn 333; exec "$@"`;
      const { stdout } = run('sh', ['-c', caller, 'sh', nskitPath, ...way, 'sh', '-c', script]);
      const [blocked, ignored, limit, ours] = stdout.trim().split('\n');
      assert.match(blocked ?? '', /SigBlk:\s0{16}/);
      // SIGHUP as with nohup, and nothing that Node ignores: SIGPIPE least of all.
      assert.equal(BigInt(`0x${ignored?.split('\t')[1] ?? ''}`), hup);
      assert.deepEqual([limit, ours], ['333', '0']);
    });
  }

  for (const way of [
    ['run', '--'],
    ['run', '--uplink', '--'],
    ['unshare', '-Ur', '--'],
    ['enter', '-a', '-t', String(process.pid), '--'],
  ]) {
    test(`descriptors beside the standard ones reach a program of nskit ${way.join(' ')}`, () => {
      // Node makes what it is given close-on-exec, and has files of its own between the two.
      const caller = 'exec 7<<A 33<<B 2>&1\nseven\nA\nthirty-three\nB\nexec "$@"';
      const program = ['sh', '-c', 'cat <&7; exec cat /proc/self/fd/33'];
      const { stdout } = run('bash', ['-c', caller, 'sh', nskitPath, ...way, ...program]);
      assert.equal(stdout, 'seven\nthirty-three\n');
      const files = ['sh', '-c', 'ls /proc/self/fd | tr "\\n" " "'];
      const listed = run('bash', ['-c', caller, 'sh', nskitPath, ...way, ...files]).stdout;
      assert.equal(listed, run('bash', ['-c', caller, 'sh', ...files]).stdout);
    });
  }

  test('a note that somebody else wrote is not believed', () => {
    const env = { ...process.env, NSKIT_CALLER: '1:17' };
    const { stdout } = nskit(['run', '--', 'sh', '-c', script], { env });
    const [, ignored, limit, ours] = stdout.trim().split('\n');
    assert.match(ignored ?? '', /SigIgn:\s0{16}/);
    assert.notEqual(limit, '17');
    assert.equal(ours, '0');
  });
});

describe('the launcher of an architecture, as a package without an install step starts it', () => {
  const launcher = join(dirname(nskitPath), `launcher-linux-${process.arch}`);

  test('is the command that it is told to be', () => {
    const version = run(launcher, ['--as', 'nskit', nskitPath, '--version']);
    assert.deepEqual(version, nskit(['--version']));
    const { stdout } = run(launcher, ['--as', 'nskit', nskitPath, 'run', '--', 'echo', 'ran']);
    assert.equal(stdout, 'ran\n');
  });

  test('is nskit when it is told nothing', () => {
    assert.deepEqual(run(launcher, ['--version']), nskit(['--version']));
  });

  test('whereas a command is what its file is called', () => {
    const { status, stderr } = nskit(['--as', 'other', 'other']);
    assert.equal(status, 2);
    assert.match(stderr, /unknown option '--as'/);
    assert.equal(basename(nskitPath), 'nskit');
  });
});
