/** `nskit run --uplink` stands in front of its program: the terminal, signals, and what kills what. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { nskitPath, start } from '../support/nskit.js';
import { ended, leaveNothing, ownHome, processesAbout } from '../support/own-home.js';
import { children } from '../support/native.js';
import { Terminal } from '../support/terminal.js';
import { terminalSuite } from '../support/terminal-suite.js';

const here = ownHome();
after(() => leaveNothing(here));

terminalSuite('nskit run --uplink', ['run', '--uplink', '--']);
terminalSuite('nskit run --uplink --no-pid', ['run', '--uplink', '--no-pid', '--']);

const inUplink = (...program: readonly string[]): string[] => [
  ...['run', '--uplink', '--'],
  ...program,
];

describe('the terminal of nskit run --uplink', () => {
  test('is left as the program set it', async () => {
    await using terminal = new Terminal(['/bin/bash', '--norc', '--noprofile', '-i']);
    // bash itself sets the terminal back, but not for what runs within one list.
    const list = `"${nskitPath}" run --uplink -- stty -echo intr ^T`;
    terminal.type(`PS1='$ '; (${list}; stty -a); exit\n`);
    await terminal.sees(/intr = \^T/);
    assert.equal(await terminal.end, 0);
  });

  test('tells the program of its new size', async () => {
    const argv = inUplink(...waitingFor('SIGWINCH', 'print(*os.get_terminal_size()); exit(3)'));
    await using terminal = new Terminal([nskitPath, ...argv]);
    await terminal.sees(/ready/);
    terminal.resize(20, 30);
    await terminal.sees(/30 20/);
    assert.equal(await terminal.end, 3);
  });
});

describe('a signal to nskit run --uplink', () => {
  for (const [signal, uncaught] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGUSR1', 138],
    ['SIGQUIT', 131],
  ] as const) {
    test(`goes to the program: ${signal}, caught or not`, async () => {
      const argv = inUplink(...waitingFor(signal, 'exit(7)'));
      await using caught = await start(nskitPath, argv);
      process.kill(caught.pid, signal);
      assert.equal(await caught.end, 7);
      await using plain = await start(nskitPath, inUplink('sh', '-c', 'echo ready; read a'));
      process.kill(plain.pid, signal);
      assert.equal(await plain.end, uncaught);
    });
  }

  test('reaches the program once', async () => {
    const then =
      'print("one", flush=True); print(int(signal.sigwait({signal.SIGUSR1, signal.SIGTERM})))';
    await using program = await start(nskitPath, inUplink(...waitingFor('SIGUSR1', then)));
    process.kill(program.pid, 'SIGUSR1');
    assert.equal(await program.nextLine(), 'one');
    process.kill(program.pid, 'SIGTERM');
    assert.equal(await program.nextLine(), '15');
    assert.equal(await program.end, 0);
  });
});

/** A program that is ready for a signal whenever it comes, and then goes on. */
function waitingFor(signal: NodeJS.Signals, then: string): string[] {
  const lines = [
    'import os, signal',
    `signal.pthread_sigmask(signal.SIG_BLOCK, {signal.${signal}, signal.SIGTERM})`,
    'print("ready", flush=True)',
    `signal.sigwait({signal.${signal}})`,
    then,
  ];
  return ['python3', '-c', lines.join('\n')];
}

describe('kill -9', () => {
  /** A program, and one that it left in a session of its own; both say who they are by their words. */
  const leaving = (mark: string): string[] => {
    const left = `: ${mark}; kill -STOP \\$\\$; :`;
    return ['sh', '-c', `: ${mark}; setsid sh -c "${left}" & echo up; read a`];
  };

  const rows = [
    { what: 'nskit', of: (pid: number) => pid, end: 'SIGKILL' },
    { what: 'the program', of: (pid: number, mark: string) => programOf(pid, mark), end: 137 },
    { what: 'the init process', of: (pid: number, mark: string) => initOf(pid, mark), end: 137 },
  ] as const;
  for (const [i, { what, of, end }] of rows.entries()) {
    test(`of ${what} leaves nothing, and what waits for nskit is told`, async () => {
      const mark = `${here.scratch}/mark-${i}`;
      await using nskit = await start(nskitPath, inUplink(...leaving(mark)));
      process.kill(of(nskit.pid, mark), 'SIGKILL');
      assert.equal(await nskit.end, end);
      await endOfAll(mark);
    });
  }

  test('of nskit with --no-pid ends the program itself', async () => {
    const mark = `${here.scratch}/no-pid`;
    const argv = ['run', '--uplink', '--no-pid', '--', 'sh', '-c', `: ${mark}; echo up; read a`];
    await using nskit = await start(nskitPath, argv);
    process.kill(nskit.pid, 'SIGKILL');
    assert.equal(await nskit.end, 'SIGKILL');
    await endOfAll(mark);
  });
});

function programOf(nskit: number, mark: string): number {
  const about = pidsAbout(mark);
  return children(nskit).find((pid) => about.includes(pid)) ?? assert.fail('no program');
}

function initOf(nskit: number, mark: string): number {
  const about = pidsAbout(mark);
  return children(nskit).find((pid) => !about.includes(pid)) ?? assert.fail('no init');
}

function pidsAbout(mark: string): number[] {
  return processesAbout(mark).map((line) => Number.parseInt(line, 10));
}

async function endOfAll(mark: string): Promise<void> {
  for (const pid of pidsAbout(mark)) await ended(pid);
  assert.deepEqual(processesAbout(mark), []);
}
