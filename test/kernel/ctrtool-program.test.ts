/** `ctrtool launcher`: how the program runs, and what it is executed from. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ctrtoolPath, launcher, ownUser } from '../support/ctrtool.js';
import { run, start, waiting } from '../support/nskit.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-program-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('--wait', () => {
  test('takes the exit code, and 128+n of signal n', () => {
    for (const [script, status] of [
      ['exit 0', 0],
      ['exit 42', 42],
      ['kill -TERM $$', 143],
    ] as const) {
      assert.equal(launcher(['sh', '-c', script]).status, status);
    }
  });

  test('signals go to the program', async () => {
    const script = 'trap "exit 42" TERM; echo ready; while :; do read line; done';
    await using held = await start(ctrtoolPath, [
      ...['launcher', ...ownUser, '--wait', 'sh', '-c', script],
    ]);
    process.kill(held.pid, 'SIGTERM');
    assert.equal(await held.end, 42);
  });

  test('127 when it cannot be run, with the reason', () => {
    assert.deepEqual(launcher(['no-such-program']), {
      status: 127,
      stdout: '',
      stderr: 'ctrtool launcher: run no-such-program: No such file or directory\n',
    });
    const { status, stderr } = launcher(['/etc/passwd']);
    assert.equal(status, 127);
    assert.equal(stderr, 'ctrtool launcher: run /etc/passwd: Permission denied\n');
  });

  test('--no-exec runs nothing, not even what is named', () => {
    assert.deepEqual(launcher(['--no-exec']), { status: 0, stdout: '', stderr: '' });
    assert.equal(launcher(['--no-exec', 'echo', 'ran']).stdout, '');
  });
});

describe('--fork', () => {
  test('the program in a child: the new process is its init, and takes its exit code', () => {
    const { status, stdout } = launcher(['-pmt', '--fork', 'sh', '-c', 'echo $$ $PPID; exit 9']);
    assert.deepEqual([status, stdout], [9, '2 1\n']);
  });

  test('--fork-daemon: the new process goes at once', () => {
    const { status, stdout } = launcher(['--fork-daemon', 'sh', '-c', 'echo ran; exit 9']);
    assert.deepEqual([status, stdout], [0, 'ran\n']);
  });

  test('either tells of a program that cannot be run', () => {
    for (const option of ['--fork', '--fork-daemon']) {
      const { status, stderr } = launcher([option, 'no-such-program']);
      assert.equal(status, 127);
      assert.match(stderr, /no-such-program: No such file or directory/);
    }
  });
});

describe('settings of the process', () => {
  test('--rlimit, soft and hard, by name and by letter', () => {
    const options = ['--rlimit', 'nofile=100:200', '--rlimit', 'c=0', '--rlimit=s=:unlimited'];
    const script = 'ulimit -Sn; ulimit -Hn; ulimit -c; ulimit -Hs';
    const { stdout, stderr } = launcher([...options, 'sh', '-c', script]);
    const hard = run('sh', ['-c', 'ulimit -Hs']).stdout;
    assert.equal(stdout, `100\n200\n0\n${hard}`, stderr);
    const more = launcher(['--rlimit', 'nofile=1:9999999999', 'true']);
    assert.equal(more.status, 1);
    assert.match(more.stderr, /set the limit nofile: Operation not permitted/);
  });

  test('-s: a session of its own', () => {
    const script = 'test "$(ps -o sid= -p $$ | tr -d " ")" = $$ && echo leader';
    assert.equal(launcher(['-s', 'sh', '-c', script]).stdout, 'leader\n');
    assert.equal(launcher(['sh', '-c', script]).stdout, '');
  });

  test('-Q and -v: timer slack, huge pages', () => {
    const show = ['sh', '-c', 'cat /proc/self/timerslack_ns; grep THP_enabled /proc/self/status'];
    assert.equal(launcher(['-Q', '77777', '-v1', ...show]).stdout, '77777\nTHP_enabled:\t0\n');
    assert.match(launcher(['-v', '0', ...show]).stdout, /THP_enabled:\t1\n/);
  });

  test('descriptors of the caller pass, but for those of --close-fd', () => {
    const script = 'exec "$@" 7</dev/null 8</dev/null';
    const list = ['sh', '-c', 'cd /proc/$$/fd; for f in *; do test $f -gt 2 && echo $f; done'];
    const call = ['sh', '-c', script, 'sh', ctrtoolPath, 'launcher', ...ownUser, '--wait'];
    assert.match(run('env', [...call, ...list]).stdout, /^7$\n^8$/m);
    assert.doesNotMatch(run('env', [...call, '--close-fd', '7', ...list]).stdout, /^7$/m);
  });

  test('--notify-fd: a newline once the program runs, and only then', () => {
    const ready = join(folder, 'ready');
    const script = `exec "$@" 9>${ready}`;
    const call = ['-c', script, 'sh', ctrtoolPath, 'launcher', ...ownUser, '--notify-fd', '9'];
    const { stdout } = run('sh', [
      ...call,
      '--wait',
      'sh',
      '-c',
      'test -e /proc/self/fd/9 || echo gone',
    ]);
    assert.equal(stdout, 'gone\n');
    assert.equal(readFileSync(ready, 'utf8'), '\n');
    run('sh', [...call, '--wait', 'no-such-program']);
    assert.equal(readFileSync(ready, 'utf8'), '');
  });

  test('-L: its output is appended to a file, and it has no input', () => {
    const log = join(folder, 'log');
    writeFileSync(log, 'before\n');
    const script = 'cat; echo out; echo err >&2';
    const { stdout, stderr } = launcher(['-L', log, 'sh', '-c', script], { input: 'input' });
    assert.deepEqual([stdout, stderr], ['', '']);
    assert.equal(readFileSync(log, 'utf8'), 'before\nout\nerr\n');
    // What keeps it from running is said to the caller.
    assert.match(launcher(['-L', log, 'no-such-program']).stderr, /no-such-program/);
  });
});

describe('what is executed', () => {
  const args = ['argument zero', 'one'];
  const shown = 'print(sys.argv)';

  test('--exec-file: a file as seen inside, whatever the first argument says', () => {
    const { stdout } = launcher(['--exec-file', '/bin/sh', 'my-name', '-c', 'echo $0']);
    assert.equal(stdout, 'my-name\n');
    const missing = launcher(['--exec-file', '/no/such', ...args]);
    assert.equal(missing.status, 127);
  });

  test('--exec-file-host: a file opened outside before', () => {
    const host = ['--exec-file-host', '/bin/cat', 'cat', '/proc/self/comm'];
    assert.equal(launcher(host).status, 0);
    assert.match(
      launcher(['--exec-file-host', '/no/such', 'x']).stderr,
      /open \/no\/such: No such/,
    );
  });

  test('--exec-fd: an open descriptor, closed when the program runs', () => {
    const script = 'exec "$@" 9</bin/ls';
    const call = [
      '-c',
      script,
      'sh',
      ctrtoolPath,
      'launcher',
      ...ownUser,
      '--wait',
      '--exec-fd',
      '9',
    ];
    const { stdout } = run('sh', [...call, 'ls', '/proc/self/fd']);
    assert.doesNotMatch(stdout, /^9$/m);
    assert.match(stdout, /^2$/m);
  });

  test('--exec-anon-fd: written by the script, sealed, and only then executed', () => {
    const variable = '$CTRTOOL_CONTAINER_LAUNCHER_EXEC_FD';
    const copy = ['--exec-anon-fd', '-d', '-x', `cat /bin/readlink > /proc/self/fd/${variable}`];
    const { stdout, stderr } = launcher([...copy, 'readlink', '/proc/self/exe']);
    assert.equal(stdout, '/memfd:program (deleted)\n', stderr);
  });

  test('--exec-no-cloexec: so that an interpreter can open it', () => {
    const file = join(folder, 'script.py');
    writeFileSync(file, `#!/usr/bin/python3\nimport os, sys\n${shown}\n`);
    chmodSync(file, 0o755);
    assert.equal(launcher(['--exec-file-host', file, 'x']).status, 127);
    const kept = launcher(['--exec-no-cloexec', '--exec-file-host', file, 'x', 'y']);
    assert.match(kept.stdout, /^\['\/dev\/fd\/\d+', 'y'\]\n$/, kept.stderr);
  });
});

describe('--escape', () => {
  const seals = 'import fcntl, sys; print(fcntl.fcntl(open(sys.argv[1]), 1034))';

  test('the process outside runs from a copy in memory, which nobody can change', async () => {
    for (const args of [
      ['escape', 'launcher'],
      ['launcher', '--escape'],
      // An option of the original's, which changes nothing here.
      ['launcher', '--unsafe-no-escape', '--escape'],
    ]) {
      await using held = await start(ctrtoolPath, [...args, ...ownUser, '--wait', ...waiting]);
      const exe = `/proc/${held.pid}/exe`;
      assert.equal(readlinkSync(exe), '/memfd:nskit-launcher (deleted)');
      // F_SEAL_SEAL, SHRINK, GROW and WRITE.
      assert.equal(run('python3', ['-c', seals, exe]).stdout, '15\n');
    }
  });

  test('without it, it runs from the launcher’s file; failures are explained either way', async () => {
    await using held = await start(ctrtoolPath, ['launcher', ...ownUser, '--wait', ...waiting]);
    assert.match(readlinkSync(`/proc/${held.pid}/exe`), /\/launcher-linux-\w+$/);
    const failed = launcher(['--escape', 'no-such-program']);
    assert.equal(failed.status, 127);
    assert.equal(
      failed.stderr,
      'ctrtool launcher: run no-such-program: No such file or directory\n',
    );
  });
});
