/** Programs that fail, run out of fds or are killed: what is said, and that nothing is left. */
import assert from 'node:assert/strict';
import { closeSync, fstatSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import {
  Block,
  close,
  exit,
  expectSuccess,
  fork,
  forgiving,
  kernel,
  label,
  open,
  prepareToWatch,
  runProgram,
  runProgramAsync,
  step,
  type Program,
} from '../../src/native/index.js';
import { children, openFds, withoutFds } from '../support/native.js';

// Our epoll fd and the fds of Node's pool come once and stay.
prepareToWatch();
await runProgramAsync([step('warm up', 'getpid', [])], { in: 'child' });

const failing = (): Program => [open('open nothing', '/no/such/file')];
const places = ['child', 'child-files', 'fork'] as const;

const dying = (): Program => {
  const pid = step('find out who we are', 'getpid', []);
  return [pid, step('die', 'kill', [pid, constants.signals.SIGKILL]), exit(0)];
};

for (const place of places) {
  test(`in: ${place}: what a nested child fails at is what the program fails at`, () => {
    const child = label('child');
    const started = fork('start a child', child);
    const wait = expectSuccess('wait for the child', started);
    const program = [started, ...wait, exit(0), child, ...failing()];
    assert.throws(() => runProgram(program, { in: place }), { step: 'open nothing' });
    assert.deepEqual(children(), []);
  });
}

describe('fds', () => {
  test('child-files: what is kept is open here, close-on-exec, and only that', () => {
    const before = openFds();
    const [kept, other] = [open('keep this', '/etc/passwd'), open('not this', '/etc/hosts')];
    const outcome = runProgram([other, kept], { in: 'child-files', keep: [kept] });
    const fd = outcome.result(kept);
    assert.equal(fstatSync(fd).ino, statSync('/etc/passwd').ino);
    assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'), /flags:\s0*2\d{6}/);
    assert.equal(openFds().length, before.length + 1);
    closeSync(fd);
    assert.deepEqual(openFds(), before);
  });

  test('a variation of a step is kept, or closed, as the step is', () => {
    const before = openFds();
    const original = open('open it', '/etc/passwd');
    const kept = runProgram([forgiving(original)], { in: 'child-files', keep: [original] });
    closeSync(kept.result(original));
    // Closed once only: a second close could hit a file that somebody else has just opened.
    const reused = open('open another', '/etc/hosts');
    const program = [forgiving(original), close('close it', original), reused];
    closeSync(runProgram(program, { in: 'child-files', keep: [reused] }).result(reused));
    assert.deepEqual(openFds(), before);
  });

  test('child: what it opens or closes is its own', () => {
    const before = openFds();
    const program = [open('open it', '/etc/passwd'), close('close an fd of ours', 0)];
    runProgram(program, { in: 'child' });
    assert.deepEqual(openFds(), before);
  });

  test('no fd is free: the error says so, nothing is left, and then all works again', async () => {
    const before = openFds();
    for (const place of places) {
      await withoutFds(0, () => {
        assert.throws(() => runProgram([step('go', 'getpid', [])], { in: place }), {
          code: 'EMFILE',
          step: 'start a child process',
          syscall: 'clone',
        });
      });
    }
    assert.deepEqual(children(), []);
    assert.deepEqual(openFds(), before);
    runProgram([step('go', 'getpid', [])], { in: 'child' });
  });

  test('one fd is free: the pidfd takes it, and the step that wants one fails', async () => {
    const file = open('open a file', '/etc/passwd');
    const run = (): unknown => runProgram([file], { in: 'child-files' });
    await withoutFds(1, () => {
      assert.throws(run, { code: 'EMFILE', step: 'open a file', hint: /ulimit -n/ });
    });
  });
});

describe('a child that is killed', () => {
  for (const place of places) {
    test(`in: ${place}: the step it died in is named`, () => {
      assert.throws(() => runProgram(dying(), { in: place }), { step: 'die', code: 'EINTR' });
      assert.deepEqual(children(), []);
    });
  }

  test('killAfter kills after as many steps', () => {
    const steps = ['one', 'two', 'three'].map((name) => step(name, 'getpid', []));
    for (const killAfter of [0, 1, 2, 3]) {
      assert.throws(() => runProgram(steps, { in: 'child', killAfter }), { step: 'die here' });
    }
  });

  test('a seccomp filter that kills is reported as well', () => {
    // One instruction: RET, SECCOMP_RET_KILL_PROCESS.
    const instruction = Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 0x80);
    const filter = new Block(Uint8Array.of(1, ...Array<number>(15).fill(0)), [
      { at: 8, target: new Block(instruction) },
    ]);
    const program = [
      step('no new privileges', 'prctl', [kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]),
      step('filter', 'seccomp', [kernel.SECCOMP_SET_MODE_FILTER, 0, filter]),
      step('be killed', 'getpid', []),
    ];
    assert.throws(() => runProgram(program, { in: 'fork' }), { step: 'be killed' });
  });
});
