/** run(): one program in fresh namespaces, of which nothing is left. Worker threads, too. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createNamespaces, run } from '../../src/index.js';
import { call, kernel, prepareToWatch } from '../../src/native/index.js';
import { children, openFds } from '../support/native.js';
import { run as runByNode } from '../support/nskit.js';

const library = new URL('../../src/index.js', import.meta.url).href;

prepareToWatch();

test('in a worker thread all of it works, and the worker ends', async () => {
  const script = `
    import { parentPort } from 'node:worker_threads';
    import { createNamespaces } from ${JSON.stringify(library)};
    const held = await createNamespaces({ kinds: ['user', 'pid', 'net'] });
    const exits = [held.spawn(['sh', '-c', 'exit 5'], { stdio: 'ignore' }),
      await held.spawnAsync(['sh', '-c', 'exit 6'], { stdio: 'ignore' })].map((c) => c.exit);
    const codes = (await Promise.all(exits)).map((e) => e.exitCode);
    await held[Symbol.asyncDispose]();
    parentPort.postMessage(codes);
  `;
  const fds = openFds();
  for (let i = 0; i < 3; i++) {
    const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
    const worker = new Worker(url);
    assert.deepEqual(await once(worker, 'message'), [[5, 6]]);
    assert.deepEqual(await once(worker, 'exit'), [0]);
  }
  assert.deepEqual(openFds(), fds);
});

test('a worker that is stopped while a program runs takes nothing else with it', async () => {
  const script = `
    import { parentPort } from 'node:worker_threads';
    import { createNamespaces } from ${JSON.stringify(library)};
    const held = await createNamespaces({ kinds: ['user', 'pid'] });
    const child = held.spawn(['sh', '-c', 'read line'], { stdio: 'ignore' });
    await child.exit;
    held.spawn(['cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
    parentPort.postMessage('running');
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
  await once(worker, 'message');
  await worker.terminate();
  await using held = await createNamespaces({ kinds: ['user'] });
  assert.equal((await held.spawn(['true'], { stdio: 'ignore' }).exit).exitCode, 0);
});

describe('run()', () => {
  const quiet = { stdio: 'ignore' } as const;

  test('gives the program’s end, and leaves no fd and no process', async () => {
    const [fds, processes] = [openFds(), children()];
    assert.deepEqual(await run(['sh', '-c', 'exit 9'], quiet), { exitCode: 9, signal: null });
    await assert.rejects(run(['/no/such/program'], quiet), { code: 'ENOENT' });
    assert.deepEqual(openFds(), fds);
    assert.deepEqual(children(), processes);
  });

  test('what the program leaves running dies with it', async () => {
    const pair = new Int32Array(2);
    call({ step: 'make a pipe' }, 'pipe2', pair, kernel.O_CLOEXEC);
    const [readEnd = -1, writeEnd = -1] = pair;
    // A daemon as it should be: a session of its own, its parent gone; it alone holds the pipe.
    const script = '(setsid sh -c "echo up; while :; do kill -STOP \\$\\$; done" &); exit 0';
    const stdio = ['ignore', writeEnd, 'inherit'] as const;
    assert.equal((await run(['sh', '-c', script], { stdio })).exitCode, 0);
    closeSync(writeEnd);
    // To its end, which comes only when nobody can write any more.
    const output = new Socket({ fd: readEnd, readable: true, writable: false });
    await text(output);
  });

  test('the program has a network, a /sys and a /proc of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nskit-run-'));
    const output = openSync(join(folder, 'output'), 'w');
    const script = 'ls /sys/class/net; echo $$; echo /proc/[0-9]*';
    await run(['sh', '-c', script], { stdio: ['ignore', output, 'inherit'] });
    closeSync(output);
    const lines = readFileSync(join(folder, 'output'), 'utf8').trim().split('\n');
    assert.deepEqual(lines, ['lo', '2', '/proc/1 /proc/2']);
    rmSync(folder, { recursive: true });
  });

  test('without a network namespace too, /proc and the mounts are its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nskit-run-'));
    const output = openSync(join(folder, 'output'), 'w');
    const kinds = ['user', 'pid'] as const;
    const script = 'echo /proc/[0-9]*; readlink /proc/self/ns/mnt';
    await run(['sh', '-c', script], { kinds, stdio: ['ignore', output, 'inherit'] });
    closeSync(output);
    const [processes, mounts] = readFileSync(join(folder, 'output'), 'utf8').split('\n');
    assert.equal(processes, '/proc/1 /proc/2');
    assert.notEqual(mounts, runByNode('readlink', ['/proc/self/ns/mnt']).stdout.trim());
    rmSync(folder, { recursive: true });
  });

  test('an AbortSignal ends it', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const ended = run(['sh', '-c', 'kill -STOP $$'], { ...quiet, signal });
    controller.abort();
    const result = await ended.catch((error: unknown) => error as Error);
    assert.ok('signal' in result ? result.signal === 'SIGKILL' : result.name === 'AbortError');
  });
});
