/** `ctrtool launcher`: what runs outside while the new process waits, and what becomes of both. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ctrtool, ctrtoolPath, launcher, ownUser } from '../support/ctrtool.js';
import { run, type Ended } from '../support/nskit.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-script-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The launcher with a script, not waiting for the program. */
const withScript = (script: string, ...args: string[]): Ended =>
  ctrtool(['launcher', ...ownUser, '-d', '-x', script, ...args]);

describe('the script', () => {
  test('finds the new process waiting: in its namespaces, mapped, and running nothing yet', () => {
    const script = `cd /proc/self/fd/$2
      readlink ns/net; cat uid_map; cat setgroups; grep -c . environ; echo "$3 $#"
      test "$(readlink /proc/$1/ns/net)" = "$(readlink ns/net)" && echo same`;
    const { stdout, stderr } = withScript(script, '-n', '--wait', 'readlink', '/proc/self/ns/net');
    const [net, map, setgroups, , third, same, inside] = stdout.trim().split('\n');
    assert.equal(map?.trim().replaceAll(/ +/g, ' '), `0 ${process.getuid?.()} 1`, stderr);
    assert.deepEqual([setgroups, third, same], ['deny', '-1 3', 'same']);
    assert.equal(inside, net);
  });

  test('runs outside: as the caller, in the caller’s namespaces and working directory', () => {
    const { stdout } = run('sh', ['-c', 'id -u; readlink /proc/self/ns/net; pwd']);
    const { stdout: said } = withScript('id -u; readlink /proc/self/ns/net; pwd', '-n', 'true');
    assert.equal(said, stdout);
  });

  test('has ended when the program begins', () => {
    const path = join(folder, 'order');
    const args = ['--wait', 'sh', '-c', `echo program >> ${path}`];
    withScript(`echo script > ${path}`, ...args);
    assert.equal(readFileSync(path, 'utf8'), 'script\nprogram\n');
  });

  test('is a file without -d, found in PATH; another interpreter with -e', () => {
    const file = join(folder, 'script');
    writeFileSync(file, '#!/bin/sh\necho "file $#"\n');
    chmodSync(file, 0o755);
    assert.equal(launcher(['-x', file, 'true']).stdout, 'file 3\n');
    const python = ['--script-is-shell', '--script-interpreter=python3'];
    const code = '--script=import sys; print(len(sys.argv), sys.argv[1] != "-")';
    assert.equal(launcher([...python, code, 'true']).stdout, '5 False\n');
  });

  test('when it fails the program does not run, and its exit code is the launcher’s', () => {
    for (const [script, status] of [
      ['exit 5', 5],
      ['kill -9 $$', 127],
      ['exec /no/such', 127],
    ] as const) {
      const { stdout, status: ended } = withScript(script, '--wait', 'echo', 'ran');
      assert.deepEqual([stdout, ended], ['', status], script);
    }
    assert.equal(launcher(['-x', '/no/such', 'true']).status, 127);
  });

  test('-F: it takes the launcher’s place, and says itself when the program may go on', () => {
    const lock = join(folder, 'lock');
    const script = 'echo "$# $$ $4"; printf x >&$5; exec 1>&-; tail --pid=$1 -f /dev/null; exit 6';
    const args = ['-K', lock, '-F', 'sh', '-c', 'echo program'];
    const { status, stdout } = withScript(script, ...args);
    const [first, second] = stdout.split('\n');
    assert.match(first ?? '', /^5 \d+ \d+$/);
    assert.deepEqual([second, status], ['program', 6]);
    const without = withScript('echo "$4"; printf x >&$5', '-F', 'true');
    assert.equal(without.stdout, '-1\n');
  });

  test('-X: a socket pair of the type that is asked for, one end each', () => {
    const types = { 1: 'SOCK_STREAM', 2: 'SOCK_DGRAM', 3: 'SOCK_SEQPACKET' };
    const python = `
import os, socket, sys
s = socket.socket(fileno=int(sys.argv[1]))
print(s.type.name, flush=True)
s.send(b"to the other end")`;
    const inside = `
import os, socket
s = socket.socket(fileno=int(os.environ["CONTAINER_LAUNCHER_UNIX_FD"]))
print(s.type.name, s.recv(100).decode())`;
    for (const [number, name] of Object.entries(types)) {
      const script = `exec python3 -c '${python}' $3`;
      const args = ['-X', number, '--wait', 'python3', '-c', inside];
      const { stdout, stderr } = withScript(script, ...args);
      assert.equal(stdout, `${name}\n${name} to the other end\n`, stderr);
    }
  });

  test('--open-namespaces and --pidfd: descriptors in variables, for the script alone', () => {
    const script = `for n in IPC MNT NET PID USER UTS; do
        eval fd=\\$CTRTOOL_CONTAINER_LAUNCHER_\${n}_NS
        test "$(readlink /proc/self/fd/$fd)" = "$(readlink /proc/$1/ns/$(echo $n | tr A-Z a-z))" || echo $n
      done; readlink /proc/self/fd/$CTRTOOL_CONTAINER_LAUNCHER_PID_FD`;
    const args = ['--open-namespaces', 'imnpUu', '--pidfd', '-impnu', '--wait'];
    const { stdout, stderr } = withScript(script, ...args, 'sh', '-c', 'env | grep -c CTRTOOL_');
    assert.equal(stdout, 'anon_inode:[pidfd]\n0\n', stderr);
  });

  test('-P writes the number into files, each anew, before the script runs', () => {
    const files = [join(folder, 'pid1'), join(folder, 'pid2')];
    writeFileSync(files[0] ?? '', 'something longer than a number');
    const options = files.flatMap((file) => ['-P', file]);
    const { stdout } = withScript(`cat ${files.join(' ')}; echo " $1"`, ...options, 'true');
    const [written, pid] = stdout.trim().split(' ');
    assert.equal(written, `${pid}${pid}`);
  });

  test('-M: a file that is not empty keeps all of it from running', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    assert.equal(withScript('echo script', '-M', empty, 'true').stdout, 'script\n');
    writeFileSync(empty, '1\n');
    const { status, stdout, stderr } = withScript('echo script', '-M', empty, 'echo', 'ran');
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /see that .*empty is empty/);
  });

  test('-K: one at a time, and the program does not hold the lock', () => {
    const lock = join(folder, 'one');
    const script = `flock -n ${lock} true && echo free || echo taken`;
    const { stdout } = withScript(script, '-K', lock, '--wait', 'sh', '-c', 'ls -l /proc/self/fd');
    assert.match(stdout, /^taken\n/);
    assert.ok(!stdout.includes(lock));
    assert.equal(run('flock', ['-n', lock, 'true']).status, 0);
  });
});

describe('without --wait', () => {
  test('the launcher ends when the program runs, which goes on', () => {
    const file = join(folder, 'later');
    const fifo = join(folder, 'fifo');
    run('mkfifo', [fifo]);
    const program = ['sh', '-c', `read line < ${fifo}; echo $line > ${file}; echo done > ${fifo}`];
    // Whoever waits for its output would wait for the program.
    const call = ['-c', '"$@" >/dev/null 2>&1', 'sh', ctrtoolPath, 'launcher', ...ownUser, '-n'];
    assert.equal(run('sh', [...call, ...program]).status, 0);
    assert.equal(existsSync(file), false);
    run('sh', ['-c', `echo still here > ${fifo}; cat ${fifo}`]);
    assert.equal(readFileSync(file, 'utf8'), 'still here\n');
  });

  test('a program that cannot be run is still its failure', () => {
    const { status, stderr } = ctrtool(['launcher', ...ownUser, 'no-such-program']);
    assert.equal(status, 127);
    assert.equal(stderr, 'ctrtool launcher: run no-such-program: No such file or directory\n');
  });
});

describe('nothing is left', () => {
  test('no process, whatever fails and whenever', () => {
    const mark = `mark-${process.pid}`;
    for (const args of [
      ['-d', '-x', 'exit 3', 'sleep', mark],
      ['-M', '/etc/passwd', 'sleep', mark],
      ['-P', '/no/such/folder/pid', 'sleep', mark],
      ['-r', '/no/such', '-m', 'sleep', mark],
      ['-b', '0x8000000000000000', 'sleep', mark],
      ['--no-exec'],
      ['/etc/passwd', mark],
    ]) {
      ctrtool(['launcher', ...ownUser, '-n', ...args]);
    }
    const user = String(process.getuid?.());
    const left = run('pgrep', ['-u', user, '-af', `^(sleep ${mark}|ctrtool-launcher)`]);
    assert.equal(left.stdout, '');
  });
});
