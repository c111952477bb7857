/** `ctrtool mount_seq`: sequences that fail half-way, and bad command lines. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { mountSeq as runIn, mountsHere as mounts } from '../support/ctrtool.js';
import type { Ended } from '../support/nskit.js';

const all: string[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-mount-seq-'));
  all.push(folder);
});
after(() => {
  for (const one of all) rmSync(one, { recursive: true, force: true });
});

const mountSeq = (args: readonly string[], look?: string): Ended => runIn(folder, args, look);

describe('a sequence that fails half-way', () => {
  test('leaves what it did, and does nothing more: 3', () => {
    const args = ['-m', 'a', '-E', '-t', 'tmpfs', '-D', 'a/in', '-D', 'a/in', '-D', 'never'];
    const { status, stdout, stderr } = mountSeq(args, `${mounts}; ls . a`);
    assert.deepEqual([status, stderr], [3, 'mkdir a/in: File exists\n']);
    assert.match(stdout, /^a rw.*\n\.:\na\n\na:\nin\n$/);
  });

  test('leaves the target it has made for a mount that failed', () => {
    const { stdout } = mountSeq(['-m', 'made', '-E', '-t', 'no-such-fs'], 'ls -d made');
    assert.equal(stdout, 'made\n');
  });

  test('goes on after a step with -e, and then it is 2', () => {
    const args = ['-D', 'a', '-D', 'a', '-e', '-S', 'exit 1', '-e', '-D', 'b'];
    const { status, stdout, stderr } = mountSeq(args, 'ls');
    assert.deepEqual([status, stdout, stderr], [2, 'a\nb\n', 'mkdir a: File exists\n']);
  });

  test('does not go on past a path that is refused, even with -e', () => {
    symlinkSync('/tmp', join(folder, 'link'));
    const { status, stdout } = mountSeq(['-D', 'link/x', '-e', '-D', 'never'], 'ls');
    assert.deepEqual([status, stdout], [3, 'link\n']);
  });
});

describe('a bad command line is 1, and nothing is done', () => {
  const cases: [args: string[], message: string][] = [
    [['-Z'], "mount_seq: invalid option -- 'Z'"],
    [['-D', 'a', '-m'], "mount_seq: option requires an argument -- 'm'"],
    [['-e', '-D', 'a'], 'mount_seq: -e may only be used after -m, -D, -u, -S, -c or -l'],
    [['-D', 'a', '-t', 'tmpfs'], 'mount_seq: -t may only be used with -m'],
    [['-D', 'a', '-s', 'x'], 'mount_seq: -s may only be used with -m or -l'],
    [['-D', 'a', '-K'], 'mount_seq: -K may only be used with -m'],
    [['-D', 'a', '-E'], 'mount_seq: -E may only be used with -m'],
    [['-D', 'a', '-o', 'x'], 'mount_seq: -o may only be used with -m'],
    [['-D', 'a', '-x'], 'mount_seq: -x may only be used with -m'],
    [['-D', 'a', '-r'], 'mount_seq: -r may only be used with -m'],
    [['-D', 'a', '-u', 'b', '-M', '700'], 'mount_seq: -M may only be used with -D'],
    [['-D', 'a', '-c', 'b', '-Oe'], 'mount_seq: -O may only be used with -m or -D or -u'],
    [['-D', 'a', '-m', 'b', '-Ok'], 'mount_seq: -m has no flag k'],
    [['-D', 'a', '-u', 'b', '-Ob'], 'mount_seq: -u has no flag b'],
    [['-D', 'a', '-Ox'], 'mount_seq: -D has no flag x'],
    [['-D', 'a', '-m', 'b', '-OB'], 'mount_seq: -m has no flag B'],
    [['-D', 'a', '-F', '1'], 'mount_seq: -D has no flag number 1'],
    [['-D', 'a', '-m', 'b', '-F', '32'], 'mount_seq: -m has no flag number 32'],
    [['-D', 'a', '-m', 'b', '-F', 'x'], '-F x: it is a whole number'],
    [['-D', 'a', '-M', 'rwx'], 'rwx is no mode: octal digits'],
  ];
  for (const [args, message] of cases) {
    test(args.join(' '), () => {
      const { status, stdout, stderr } = mountSeq(args, 'ls');
      assert.deepEqual([status, stdout, stderr], [1, '', `${message}\n`]);
    });
  }

  test('no step is no error, and words that belong to nothing are passed over', () => {
    assert.equal(mountSeq([]).status, 0);
    assert.equal(mountSeq(['word', '-D', 'a', 'word'], 'ls').stdout, 'a\n');
  });
});
