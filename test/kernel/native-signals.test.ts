/** Signals and threads around a cloned child: what a program inherits, what never runs in it. */
import assert from 'node:assert/strict';
import { spawn as spawnByNode } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import {
  call,
  kernel,
  runProgram,
  runProgramAsync,
  setSignalMask,
  step,
  tryCall,
  Block,
} from '../../src/native/index.js';
import { spawn, spawnAsync, type Way } from '../../src/index.js';
import { said, statusField } from '../support/native.js';

const here: Way = { enter: [], entersPid: false, needsOwnMemory: false };
const { SIGPIPE, SIGXFSZ, SIGUSR2 } = constants.signals;

describe('signals', () => {
  test('a program starts with none blocked, none ignored and none pending', async () => {
    for (const way of [here, { ...here, needsOwnMemory: true }]) {
      const child = spawn(way, ['cat', '/proc/self/status']);
      const status = await said(child);
      for (const field of ['SigBlk', 'SigIgn', 'SigPnd', 'ShdPnd']) {
        assert.match(status, new RegExp(`^${field}:\\s0{16}$`, 'm'), field);
      }
    }
  });

  test('Node itself goes on ignoring SIGPIPE and SIGXFSZ, and blocks nothing', () => {
    spawn(here, ['true'], { stdio: 'ignore' });
    const ignored = BigInt(`0x${statusField('SigIgn')}`);
    for (const signal of [SIGPIPE, SIGXFSZ]) assert.ok((ignored >> BigInt(signal - 1)) & 1n);
    const blocked = statusField('SigBlk');
    runProgram([step('go', 'getpid', [])], { in: 'child' });
    assert.equal(statusField('SigBlk'), blocked);
  });

  test('under a storm of signals no handler runs in a child, and no status is lost', async () => {
    let handled = 0;
    const handler = (): void => {
      handled++;
    };
    process.on('SIGUSR2', handler);
    // Five at a time, then a process that takes its time to start: without a pause Node would do
    // nothing but read signals.
    const five = Array<number>(5).fill(process.pid).join(' ');
    const storm = `while kill -USR2 ${five} 2>/dev/null; do /bin/true; done`;
    const sender = spawnByNode('sh', ['-c', storm], { stdio: 'ignore' });
    try {
      while (handled === 0) await new Promise((resolve) => setImmediate(resolve));
      for (let i = 0; i < 150; i++) {
        const way = { ...here, needsOwnMemory: i % 5 === 0 };
        const child = i % 2 === 0 ? spawn(way, exits(i)) : await spawnAsync(way, exits(i));
        assert.deepEqual(await child.exit, { exitCode: i, signal: null });
      }
      assert.ok(handled > 1);
    } finally {
      sender.kill('SIGKILL');
      await once(sender, 'exit');
      process.off('SIGUSR2', handler);
    }
  });

  function exits(code: number): string[] {
    return ['sh', '-c', `exit ${code}`];
  }

  for (const place of ['child', 'child-files', 'fork'] as const) {
    test(`in: ${place}: a signal to the child waits, and never runs a handler of Node’s`, () => {
      const handler = (): void => {
        assert.fail('it ran');
      };
      process.on('SIGUSR2', handler);
      const pid = step('find out who we are', 'getpid', []);
      const tell = [pid, step('tell ourselves', 'kill', [pid, SIGUSR2])];
      try {
        runProgram(tell, { in: place });
        // Let in, it does what it does to any process without a handler.
        const letIn = [...tell, setSignalMask(), step('go on', 'getpid', [])];
        assert.throws(() => runProgram(letIn, { in: place }), { code: 'EINTR' });
      } finally {
        process.off('SIGUSR2', handler);
      }
    });
  }

  test('a signal that comes while a child runs reaches Node’s handler afterwards', async () => {
    const heard: string[] = [];
    process.once('SIGUSR2', (signal) => heard.push(signal));
    const parent = step('find Node', 'getppid', []);
    runProgram([parent, step('tell it', 'kill', [parent, SIGUSR2])], { in: 'child' });
    // A signal handler alone does not keep Node running.
    while (heard.length === 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('threads', () => {
  test('a program started on the pool lives on when its thread is idle, and when it ends', async () => {
    // In a Node of its own with a pool of one thread, which is busy with something else next.
    const script = `
      const { spawnAsync } = await import(${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)});
      const { promises } = await import('node:fs');
      const way = { enter: [], entersPid: false, needsOwnMemory: false };
      const child = await spawnAsync(way, ['cat']);
      for (let i = 0; i < 100; i++) await promises.stat('/');
      child.stdout.once('data', () => { console.log('alive'); child.stdin.end(); });
      child.stdin.write('?');
      console.log(JSON.stringify(await child.exit));
    `;
    const args = ['--input-type=module', '-e', script];
    const node = spawnByNode(process.execPath, args, {
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    for await (const line of createInterface(node.stdout)) lines.push(line);
    assert.deepEqual(lines, ['alive', '{"exitCode":0,"signal":null}']);
  });

  test('a program has no parent death signal', async () => {
    const script =
      'import ctypes; n=ctypes.c_int(9); ctypes.CDLL(None).prctl(2,ctypes.byref(n)); print(n.value)';
    assert.equal(await said(await spawnAsync(here, ['python3', '-c', script])), '0\n');
  });

  test('a step that waits holds only a thread of the pool', async () => {
    const pair = new Int32Array(2);
    call({ step: 'make a pipe' }, 'pipe2', pair, kernel.O_CLOEXEC);
    const [readEnd = -1, writeEnd = -1] = pair;
    const waiting = runProgramAsync([step('wait', 'read', [readEnd, new Block(8), 1])], {
      in: 'child',
    });
    assert.deepEqual(await spawn(here, ['true'], { stdio: 'ignore' }).exit, {
      exitCode: 0,
      signal: null,
    });
    assert.equal(tryCall('write', writeEnd, new Uint8Array(1), 1), 1);
    await waiting;
    for (const fd of pair) closeSync(fd);
  });
});
