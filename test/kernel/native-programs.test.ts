/** Syscall programs: what comes back from each kind of process, and what is left after a failure. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import {
  Block,
  Place,
  close,
  execute,
  exit,
  expectEqual,
  fork,
  forgiving,
  jump,
  kernel,
  label,
  load32,
  mkdir,
  open,
  orElse,
  pipe,
  prepareToWatch,
  pointerTable,
  reportTo,
  runProgram,
  runProgramAsync,
  step,
  tryCall,
  undoing,
  unshare,
  waitFor,
  write,
  writeFile,
  type Program,
} from '../../src/native/index.js';
import { children, openFds, statusField } from '../support/native.js';

const places = ['here', 'child', 'child-files', 'fork'] as const;

// Node's own fds for its pool and its timers, and our epoll fd, come once and stay.
prepareToWatch();
await runProgramAsync([step('warm up', 'getpid', [])], { in: 'child' });

const failing = (): Program => [open('open nothing', '/no/such/file')];
for (const place of places) {
  describe(`in: ${place}`, () => {
    test('a step answers what the kernel answered', () => {
      const pid = step('find out who we are', 'getpid', []);
      const outcome = runProgram([pid], { in: place });
      assert.equal(outcome.result(pid) === process.pid, place === 'here');
      assert.equal(outcome.child, undefined);
    });

    test('steps take the results of earlier ones, and memory comes back', () => {
      // A child with its own memory keeps what it writes there to itself.
      const isShared = place !== 'fork';
      const { make, fds } = pipe('make a pipe');
      const [from, to] = [load32('read end', fds), load32('write end', fds, 4)];
      const got = new Block(8);
      const length = step('read', 'read', [from, got, 8]);
      const outcome = runProgram(
        [make, from, to, write('say it', to, 'hello'), length, close('a', from), close('b', to)],
        { in: place },
      );
      assert.equal(outcome.result(length), 5);
      const heard = new TextDecoder().decode(outcome.read(got).subarray(0, 5));
      assert.equal(heard === 'hello', isShared);
    });

    test('an error names its step, call, errno, object and what to do', () => {
      const program = [step('go first', 'getpid', []), ...failing()];
      assert.throws(() => runProgram(program, { in: place }), {
        name: 'SyscallError',
        message: 'open nothing: open failed with ENOENT on /no/such/file',
        ...{ code: 'ENOENT', errno: -2, syscall: 'open' },
        ...{ step: 'open nothing', path: '/no/such/file' },
      });
      assert.throws(() => runProgram([execute(['no-such-program'], [])], { in: place }), {
        code: 'ENOENT',
        syscall: 'execve',
        hint: /no such program in PATH/,
      });
    });

    test('after an error no later step runs', () => {
      const folder = mkdtempSync(join(tmpdir(), 'nskit-late-'));
      const late = mkdir(join(folder, 'late'));
      assert.throws(() => runProgram([...failing(), late], { in: place }), {
        step: 'open nothing',
      });
      rmdirSync(folder);
    });

    test('a forgiven error goes on, another one does not', () => {
      const attempt = open('open nothing', '/no/such/file');
      const outcome = runProgram([forgiving(attempt, 'ENOENT')], { in: place });
      assert.equal(outcome.result(attempt), -2);
      assert.throws(() => runProgram([forgiving(attempt, 'EPERM')], { in: place }), /ENOENT/);
    });

    test('an error may lead elsewhere, and a jump over steps', () => {
      const [elsewhere, end] = [label('elsewhere'), label('end')];
      const [skipped, reached] = [step('skipped', 'getpid', []), step('reached', 'getpid', [])];
      const attempt = orElse(open('open nothing', '/no/such/file'), elsewhere);
      const outcome = runProgram([attempt, skipped, jump(end), elsewhere, reached, end], {
        in: place,
      });
      assert.ok(outcome.result(reached) > 0);
      assert.equal(outcome.result(skipped), -1);
    });

    test('an error may first lead to where things are undone; the first is the outcome', () => {
      const folder = mkdtempSync(join(tmpdir(), 'nskit-undone-'));
      const made = join(folder, 'made');
      const undo = label('undo');
      const program = [
        mkdir(made),
        undoing(open('open nothing', '/no/such/file'), undo),
        exit(0),
        undo,
        forgiving(step('remove nothing', 'unlinkat', [kernel.AT_FDCWD, '/no/such', 0])),
        step('remove it again', 'unlinkat', [kernel.AT_FDCWD, made, kernel.AT_REMOVEDIR]),
        ...failing(),
      ];
      assert.throws(() => runProgram(program, { in: place }), {
        code: 'ENOENT',
        step: 'open nothing',
      });
      rmdirSync(folder);
    });

    test('as many fds are open afterwards as before, whether it failed or not', () => {
      const before = openFds();
      const file = open('open a file', '/etc/passwd');
      const other = open('open a file and close it', '/etc/passwd');
      const tail = [other, forgiving(close('close it', other))];
      runProgram([file, ...tail], { in: place });
      assert.throws(() => runProgram([file, ...tail, ...failing()], { in: place }));
      assert.deepEqual(openFds(), before);
    });
  });
}

describe('on the pool', () => {
  test('programs run side by side', async () => {
    // Each waits for the other: one after the other they would wait for ever.
    const fds = [new Int32Array(2), new Int32Array(2)] as const;
    for (const pair of fds) assert.equal(tryCall('pipe2', pair, kernel.O_CLOEXEC), 0);
    const [[aRead = -1, aWrite = -1], [bRead = -1, bWrite = -1]] = fds;
    const tell = (fd: number): Program => [write('tell the other', fd, '.')];
    const hear = (fd: number): Program => [step('hear the other', 'read', [fd, new Block(8), 1])];
    await Promise.all([
      runProgramAsync([...tell(aWrite), ...hear(bRead)], { in: 'child' }),
      runProgramAsync([...hear(aRead), ...tell(bWrite)], { in: 'child' }),
    ]);
    for (const fd of [aRead, aWrite, bRead, bWrite]) closeSync(fd);
  });

  test('the loop goes on while a program waits', async () => {
    const pair = new Int32Array(2);
    assert.equal(tryCall('pipe2', pair, kernel.O_CLOEXEC), 0);
    const [readEnd = -1, writeEnd = -1] = pair;
    const waiting = runProgramAsync([step('wait', 'read', [readEnd, new Block(8), 1])], {
      in: 'child',
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(tryCall('write', writeEnd, new Uint8Array(1), 1), 1);
    await waiting;
    for (const fd of [readEnd, writeEnd]) closeSync(fd);
  });

  test('fifty at once: every answer is its own, every failure too', async () => {
    const before = openFds();
    const runs = Array.from({ length: 50 }, async (_, i) => {
      const own = load32('load', new Block(new Uint8Array(Int32Array.of(i).buffer)));
      const compare = expectEqual(`fail ${i}`, own, i % 2 === 0 ? i : -1, 'EDOM');
      const run = runProgramAsync([own, compare], { in: i % 3 === 0 ? 'fork' : 'child' });
      if (i % 2 === 0) assert.equal((await run).result(own), i);
      else await assert.rejects(run, { step: `fail ${i}`, code: 'EDOM' });
    });
    await Promise.all(runs);
    assert.deepEqual(openFds(), before);
    assert.deepEqual(children(), []);
  });
});

describe('operations', () => {
  test('load, store, decimal, expect, getenv', () => {
    const word = new Block(8);
    const text = new Block(24);
    const stored = step('store', 'store64', [word, -5n]);
    const loaded = step('load', 'load64', [word]);
    const half = step('load', 'load32', [new Place(word, 4)]);
    const decimal = step('write it', 'decimal', [text, 1234567890123n]);
    const home = step('find HOME', 'getenv', ['HOME']);
    const none = forgiving(step('find nothing', 'getenv', ['NSKIT_TEST_UNSET']), 'ENOENT');
    const outcome = runProgram([stored, loaded, half, decimal, home, none], { in: 'here' });
    assert.equal(outcome.result(loaded), -5);
    assert.equal(outcome.result(half), -1);
    assert.equal(outcome.result(decimal), 13);
    assert.match(new TextDecoder().decode(outcome.read(text)), /^1234567890123\0/);
    assert.ok(outcome.result(home) > 0);
    assert.equal(outcome.result(none), -2);
  });

  test('a failure is written to an fd too: the number of its step, and the errno', () => {
    const pair = new Int32Array(2);
    assert.equal(tryCall('pipe2', pair, kernel.O_CLOEXEC), 0);
    const [readEnd = -1, writeEnd = -1] = pair;
    // What is forgiven is no failure.
    const begin = [reportTo(writeEnd), forgiving(open('open nothing', '/no/such/file'))];
    runProgram(begin, { in: 'child' });
    const fails = expectEqual('fail', 1, 2, 'EDOM');
    assert.throws(() => runProgram([...begin, fails], { in: 'child' }), { step: 'fail' });
    closeSync(writeEnd);
    const report = readFileSync(readEnd);
    closeSync(readEnd);
    assert.deepEqual([report.length, report.readInt32LE(0), report.readInt32LE(4)], [8, 2, 33]);
  });

  test('execvpe looks through PATH as execvpe(3) does', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nskit-path-'));
    after(() => {
      rmSync(folder, { recursive: true });
    });
    const child = label('child');
    const status = (argv: string[], path: string): number => {
      const started = fork('start', child);
      const word = new Block(4);
      const loaded = load32('load', word);
      const run = [started, waitFor('wait', started, word), loaded, exit(0)];
      const env = pointerTable([`PATH=${path}`]);
      const program = [...run, child, step('run', 'execvpe', [pointerTable(argv), env])];
      // The child's own failure is the program's; its status is the outcome otherwise.
      const outcome = runProgram(program, { in: 'child' });
      return outcome.result(loaded) >> 8;
    };
    const saved = process.env['PATH'];
    const script = join(folder, 'script');
    writeScript(script);
    process.env['PATH'] = folder;
    try {
      assert.equal(status(['script', '7'], folder), 7);
      assert.equal(status(['script', '8'], `/no/such:/etc/passwd:${folder}`), 8);
      assert.equal(status([script, '9'], ''), 9);
    } finally {
      process.env['PATH'] = saved;
    }
    assert.throws(() => status(['script', '7'], '/no/such'), { code: 'ENOENT', step: 'run' });
    assert.throws(() => status(['/etc/passwd'], ''), { code: 'EACCES' });
    assert.throws(() => status([''], ''), { code: 'ENOENT' });
  });
});

/** Without #!: execve says ENOEXEC, and then it is a script for /bin/sh. */
function writeScript(path: string): void {
  runProgram(
    [
      step('make it', 'openat', [
        kernel.AT_FDCWD,
        path,
        kernel.O_WRONLY | kernel.O_CREAT | kernel.O_CLOEXEC,
        0o755,
      ]),
      ...writeFile('write it', path, 'exit $1\n'),
    ],
    { in: 'child' },
  );
}

test('user namespaces are the kernel’s, and Node stays outside', () => {
  const before = statusField('CapEff');
  runProgram([unshare('leave', kernel.CLONE_NEWUSER)], { in: 'child' });
  assert.equal(statusField('CapEff'), before);
});
