/** `ctrtool launcher --alloc-tty` and `--alloc-pipe`: the program never has our own streams. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { ctrtoolPath, launcher, ownUser } from '../support/ctrtool.js';
import { run } from '../support/nskit.js';
import { Terminal } from '../support/terminal.js';

const call = [ctrtoolPath, 'launcher', ...ownUser] as const;

describe('--alloc-pipe', () => {
  test('pipes of the program’s own; input, output, errors and exit code pass', () => {
    const script = `readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2; cat; echo err >&2; exit 3`;
    const { status, stdout, stderr } = launcher(['--alloc-pipe', 'sh', '-c', script], {
      input: 'input\n',
    });
    assert.deepEqual([status, stderr], [3, 'err\n']);
    const [input, output, error, rest] = stdout.split('\n');
    assert.match(input ?? '', /^pipe:/);
    assert.equal(new Set([input, output, error]).size, 3);
    assert.equal(rest, 'input');
  });

  test('a lot, both ways at once, unchanged', () => {
    const input = 'x'.repeat(900_000);
    const { stdout } = run(call[0], [...call.slice(1), '--alloc-pipe', 'cat'], { input });
    assert.equal(stdout, input);
  });

  test('a program that reads nothing, and one that leaves somebody with its output', () => {
    const ended = launcher(['--alloc-pipe', 'sh', '-c', 'echo out; exit 4'], { input: 'unread' });
    assert.deepEqual([ended.status, ended.stdout], [4, 'out\n']);
    const left = launcher(['--alloc-pipe', 'sh', '-c', 'sleep 1000 & echo $!; exit 5']);
    assert.equal(left.status, 5);
    process.kill(Number(left.stdout));
  });

  test('nobody reads any more: the program is told', async () => {
    const argv = [...call.slice(1), '--alloc-pipe', 'yes'];
    const child = spawn(call[0], argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 128 + 13);
  });
});

describe('--alloc-tty', () => {
  test('a terminal of the program’s own, with the size of ours, and its job control', async () => {
    const script =
      'tty; stty size; ps -o pid= -p $$ | tr -d " "; echo ready; read line; echo "got $line"; exit 7';
    await using terminal = new Terminal([...call, '-s', '--alloc-tty', 'sh', '-c', script]);
    const size = await terminal.sees(/\d+ \d+\r\n/);
    assert.equal(size, '42 137\r\n');
    await terminal.sees(/ready\r\n/);
    terminal.type('words\n');
    // Once, by the inner terminal: ours is raw.
    assert.match(await terminal.sees(/[^]*got words/), /^words\r\ngot words$/);
    assert.equal(await terminal.end, 7);
  });

  test('when ours changes its size, so does the program’s, which hears of it', async () => {
    const script = 'trap "stty size; exit 6" WINCH; echo ready; while :; do read line; done';
    await using terminal = new Terminal([...call, '--alloc-tty', 'sh', '-c', script]);
    await terminal.sees(/ready/);
    terminal.resize(11, 22);
    await terminal.sees(/11 22\r\n/);
    assert.equal(await terminal.end, 6);
  });

  test('^C reaches the program, not the launcher', async () => {
    const script = 'trap "echo trapped; exit 5" INT; echo ready; while :; do read line; done';
    await using terminal = new Terminal([...call, '--alloc-tty', 'sh', '-c', script]);
    await terminal.sees(/ready/);
    terminal.type('\x03');
    await terminal.sees(/trapped/);
    assert.equal(await terminal.end, 5);
  });

  test('ours is as it was when the program has ended, or could not be run', async () => {
    for (const program of [['true'], ['no-such-program']]) {
      const line = 'stty -g; "$@"; stty -g; echo done; read end';
      await using terminal = new Terminal([
        ...['sh', '-c', line, 'sh', ...call, '--alloc-tty', ...program],
      ]);
      const shown = await terminal.sees(/[^]*done/);
      const settings = shown.split('\r\n').filter((one) => /^[0-9a-f:]+$/.test(one));
      assert.equal(settings.length, 2, shown);
      assert.equal(settings[0], settings[1]);
    }
  });

  test('without a terminal of ours too', () => {
    const { status, stdout } = launcher(['--alloc-tty', 'sh', '-c', 'test -t 0 && tty; exit 3']);
    assert.equal(status, 3);
    assert.match(stdout, /^\/dev\/pts\/\d+\r\n$/);
  });

  test('the last words of a program are not lost', () => {
    const { stdout } = launcher(['--alloc-tty', 'seq', '1', '20000']);
    assert.equal(stdout.trimEnd().split('\r\n').at(-1), '20000');
  });
});

test('with --alloc-pipe the launcher waits, and its own signals still reach the program', async () => {
  const script = 'trap "exit 42" TERM; echo ready; while :; do sleep 0.1; done';
  const argv = [...call.slice(1), '--alloc-pipe', 'sh', '-c', script];
  const child = spawn(call[0], argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const rest = text(child.stdout);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 42);
  await rest;
});
