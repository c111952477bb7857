/** The launcher in front of a program that it waits for: exit status, signals, job control. */
import assert from 'node:assert/strict';
import { spawn as spawnByNode } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { packageFolder } from '../../src/index.js';
import { nskit, nskitPath, run, start } from '../support/nskit.js';

describe('standing in for the program', () => {
  const ways = { run: ['run', '--'], unshare: ['unshare', '-Urf', '--'] };
  const terminal = join(packageFolder(), 'test/support/terminal.py');
  const limit = { timeout: 60_000 };

  for (const [name, way] of Object.entries(ways)) {
    describe(`nskit ${name}`, () => {
      test('ends as the program does: its code, or 128 and its signal', () => {
        for (const code of [0, 1, 125, 255]) {
          assert.equal(nskit([...way, 'sh', '-c', `exit ${code}`]).status, code);
        }
        for (const [signal, number] of [
          ['TERM', 15],
          ['KILL', 9],
          ['PIPE', 13],
        ] as const) {
          const script = `sh -c 'kill -${signal} $$'; exit $?`;
          assert.equal(nskit([...way, 'sh', '-c', script]).status, 128 + number);
        }
      });

      test('a failure is told apart: 127 not found, 126 not to be run', () => {
        assert.equal(nskit([...way, 'no-such-program']).status, 127);
        assert.equal(nskit([...way, '/etc/passwd']).status, 126);
      });

      test('passes signals on', limit, async () => {
        for (const signal of ['SIGTERM', 'SIGUSR1', 'SIGHUP', 'SIGINT'] as const) {
          const trap = `trap "exit 42" ${signal.slice(3)}; echo ready; while :; do read line; done`;
          await using held = await start(nskitPath, [...way, 'sh', '-c', trap]);
          process.kill(held.pid, signal);
          assert.equal(await held.end, 42, signal);
        }
      });

      const typed = (keys: string, script: string): string => {
        const command = [nskitPath, ...way, 'sh', '-c', script];
        const { stdout, stderr, status } = run('python3', [terminal, keys, ...command]);
        assert.equal(status, 0, stderr);
        return stdout.replaceAll('\r', '');
      };

      test('^Z stops it as a shell expects, and fg goes on with it', limit, () => {
        const said = typed('zx', 'echo ready; read line; echo "got $line"; exit 7');
        assert.match(said, /ready\n[^]*STOPPED\n[^]*got x\nSTATUS 7\n/);
      });

      test('twice', limit, () => {
        const said = typed('zzx', 'echo ready; read line; echo "got $line"; exit 7');
        assert.match(said, /got x\nSTATUS 7\n/);
      });

      test('^C reaches it once, and ends it', limit, () => {
        assert.match(typed('c', 'echo ready; read line'), /STATUS 130\n/);
        const trap = 'trap "exit 5" INT; echo ready; while :; do read line; done';
        assert.match(typed('c', trap), /STATUS 5\n/);
      });

      test('the terminal is the program’s own', limit, () => {
        const said = typed('x', 'tty; test -t 0 && test -t 1 && echo ready; read line; exit 0');
        assert.match(said, /STATUS 0\n/);
      });
    });
  }

  for (const way of [ways.run, ['unshare', '-Urpf', '--']]) {
    test(
      `nskit ${way.join(' ')} ends with the program, and takes with it what that left`,
      limit,
      async () => {
        const child = spawnByNode(nskitPath, [...way, 'sh', '-c', 'sleep 1000 & exit 3'], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        // Its pid namespace goes with it, so its output ends, too.
        const silence = once(child.stdout.resume(), 'end');
        const [code] = (await once(child, 'exit')) as [number];
        assert.equal(code, 3);
        await silence;
      },
    );
  }
});
