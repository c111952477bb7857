/** Programs started in namespaces: how they end, what they are given, and what is left of them. */
import assert from 'node:assert/strict';
import { spawn as spawnByNode } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createNamespaces, type Child, type Namespaces } from '../../src/index.js';
import { prepareToWatch } from '../../src/native/index.js';
import { children, openFds, said, withoutFds } from '../support/native.js';
import { run as runByNode } from '../support/nskit.js';

prepareToWatch();
const library = new URL('../../src/index.js', import.meta.url).href;

// One with and one without a pid namespace: there the program is a grandchild that becomes ours.
for (const kinds of [
  ['user', 'net'],
  ['user', 'pid', 'net'],
] as const) {
  describe(`in ${kinds.join(', ')} namespaces`, () => {
    let held: Namespaces;
    before(async () => {
      held = await createNamespaces({ kinds });
    });
    after(async () => {
      await held[Symbol.asyncDispose]();
    });
    const sh = (script: string, options?: Parameters<Namespaces['spawn']>[1]): Child =>
      held.spawn(['sh', '-c', script], options);

    test('the exit code and the signal are the program’s', async () => {
      const quiet = { stdio: 'ignore' } as const;
      assert.deepEqual(await sh('exit 0', quiet).exit, { exitCode: 0, signal: null });
      assert.deepEqual(await sh('exit 255', quiet).exit, { exitCode: 255, signal: null });
      const killed = await sh('kill -SEGV $$', quiet).exit;
      assert.deepEqual(killed, { exitCode: null, signal: 'SIGSEGV' });
    });

    test('kill sends a signal, and says no once the program has ended', async () => {
      const child = sh('trap "exit 3" USR1; echo ready; while :; do read line; done');
      assert.ok(child.stdout !== null);
      await once(child.stdout, 'data');
      assert.equal(child.kill('SIGUSR1'), true);
      assert.deepEqual(await child.exit, { exitCode: 3, signal: null });
      assert.equal(child.kill(), false);
      assert.equal(child.pidfd, -1);
    });

    test('disposing kills, waits and closes the streams', async () => {
      const fds = openFds().length;
      let ended: Child['exit'];
      {
        await using child = sh('trap "" TERM; echo noise; echo noise >&2; read line');
        ended = child.exit;
      }
      assert.deepEqual(await ended, { exitCode: null, signal: 'SIGKILL' });
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(openFds().length, fds);
    });

    test('an AbortSignal kills it, before, during and after', async () => {
      const early = AbortSignal.abort(new Error('early'));
      assert.throws(() => sh('true', { signal: early }), /early/);
      const controller = new AbortController();
      const { signal } = controller;
      const child = sh('read line', { signal });
      const starting = held.spawnAsync(['sh', '-c', 'read line'], { signal });
      controller.abort();
      for (const each of [child, await starting]) {
        assert.deepEqual(await each.exit, { exitCode: null, signal: 'SIGKILL' });
      }
      const late = new AbortController();
      const done = sh('exit 4', { signal: late.signal, stdio: 'ignore' });
      assert.equal((await done.exit).exitCode, 4);
      late.abort();
    });

    test('pipes carry what is written, both ways, and more than a pipe holds', async () => {
      const child = sh('cat; echo problem >&2');
      const long = 'x'.repeat(300_000);
      child.stdin?.end(long);
      let problem = '';
      child.stderr?.on('data', (chunk: Buffer) => (problem += String(chunk)));
      assert.equal(await said(child), long);
      assert.equal(problem, 'problem\n');
    });

    test('output can still be read after the end', async () => {
      const child = sh('echo late');
      await child.exit;
      assert.equal(await said(child), 'late\n');
    });

    test('ignore is /dev/null, and a mixture is as it was asked for', async () => {
      const quiet = sh('cat; echo lost >&2', { stdio: ['ignore', 'pipe', 'ignore'] });
      assert.equal(await said(quiet), '');
      const child = sh('true', { stdio: ['ignore', 'ignore', 'pipe'] });
      assert.deepEqual([child.stdin, child.stdout], [null, null]);
      assert.ok(child.stderr !== null);
      child.stderr.resume();
      await child.exit;
    });

    test('an fd of ours, even one of the first three in another place', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'nskit-stdio-'));
      const file = openSync(join(folder, 'output'), 'w');
      const child = sh('echo out; echo err >&2', { stdio: ['ignore', file, file] });
      assert.equal((await child.exit).exitCode, 0);
      assert.equal(readFileSync(join(folder, 'output'), 'utf8'), 'out\nerr\n');
      const swapped = sh('true', { stdio: [0, 2, 1] });
      assert.equal((await swapped.exit).exitCode, 0);
      closeSync(file);
      rmSync(folder, { recursive: true });
      const fds = openFds();
      assert.throws(() => sh('true', { stdio: ['pipe', 9999, 'ignore'] }), {
        code: 'EBADF',
        step: 'put the standard streams in place',
      });
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(openFds(), fds);
    });

    test('inherit is ours', () => {
      const script = `
        const { createNamespaces } = await import(${JSON.stringify(library)});
        await using held = await createNamespaces({ kinds: ${JSON.stringify(kinds)} });
        await held.spawn(['sh', '-c', 'read line; echo $line; echo err >&2'], { stdio: 'inherit' }).exit;
      `.replace('await using', 'const');
      const end = `${script}; await held[Symbol.asyncDispose]();`;
      const { stdout, stderr } = runByNode(process.execPath, ['--input-type=module', '-e', end], {
        input: 'hello\n',
      });
      assert.deepEqual([stdout, stderr], ['hello\n', 'err\n']);
    });

    test('the environment is ours, or the one given, and nothing unset is in it', async () => {
      process.env['NSKIT_TEST_VARIABLE'] = 'ours';
      assert.match(await said(held.spawn(['env'])), /^NSKIT_TEST_VARIABLE=ours$/m);
      delete process.env['NSKIT_TEST_VARIABLE'];
      const env = { PATH: '/usr/bin:/bin', A: 'b=c', EMPTY: '', GONE: undefined };
      const given = await said(held.spawn(['env'], { env }));
      assert.equal(given, 'PATH=/usr/bin:/bin\nA=b=c\nEMPTY=\n');
    });

    test('the working directory, and an error that names one that is not there', async () => {
      assert.equal(await said(held.spawn(['pwd'], { cwd: '/usr' })), '/usr\n');
      assert.throws(() => held.spawn(['pwd'], { cwd: '/no/such' }), {
        code: 'ENOENT',
        syscall: 'chdir',
        path: '/no/such',
      });
    });

    test('misuse is refused before anything is started', () => {
      const fds = openFds();
      assert.throws(() => held.spawn([]), { code: 'ERR_USAGE' });
      assert.throws(() => held.spawn(['a\0b'], { stdio: 'ignore' }), /NUL/);
      assert.throws(() => held.spawn(['true'], { stdio: 'ignore', env: { A: '\0' } }), /NUL/);
      assert.deepEqual(openFds(), fds);
    });

    test('without a free fd it fails clearly, and leaves nothing', async () => {
      const [fds, processes] = [openFds(), children()];
      for (let free = 0; free < 9; free++) {
        await withoutFds(free, async () => {
          let child: Child | undefined;
          try {
            child = sh('true');
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'EMFILE');
          }
          await child?.[Symbol.asyncDispose]();
          // A pipe is closed a turn of the loop later.
          await new Promise((resolve) => setImmediate(resolve));
        });
        assert.deepEqual(openFds(), fds, `${free} free`);
        assert.deepEqual(children(), processes, `${free} free`);
      }
    });
  });
}

test('200 spawns beside Node’s own children: every status is right', async () => {
  await using held = await createNamespaces({ kinds: ['user', 'pid'] });
  const expected = (i: number): object =>
    i % 7 === 0 ? { exitCode: null, signal: 'SIGKILL' } : { exitCode: i, signal: null };
  const script = (i: number): string => (i % 7 === 0 ? 'kill -9 $$' : `exit ${i}`);
  const ours = Array.from({ length: 200 }, async (_, i) => {
    const argv = ['sh', '-c', script(i)];
    const stdio = 'ignore';
    if (i % 3 === 0) {
      const [exitCode, signal] = (await once(
        spawnByNode('sh', argv.slice(1), { stdio }),
        'exit',
      )) as [number | null, string | null];
      return { exitCode, signal };
    }
    const child =
      i % 3 === 1 ? held.spawn(argv, { stdio }) : await held.spawnAsync(argv, { stdio });
    return await child.exit;
  });
  for (const [i, exit] of (await Promise.all(ours)).entries()) assert.deepEqual(exit, expected(i));
});

test('after 1,000 spawns as many fds and processes are there as before', async () => {
  await using held = await createNamespaces({ kinds: ['user', 'net'] });
  const [fds, processes] = [openFds(), children()];
  for (let i = 0; i < 250; i++) {
    await Promise.all(
      [0, 1, 2, 3].map(async (n) => {
        if (n === 0) return await said(held.spawn(['true']));
        return await held.spawn(['true'], { stdio: 'ignore' }).exit;
      }),
    );
  }
  assert.deepEqual(openFds(), fds);
  assert.deepEqual(children(), processes);
});
