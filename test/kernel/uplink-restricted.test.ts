/** What the uplink process may not do: tried by a program that starts as it does, and read off itself. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { namespaces, stateDirectory } from '../../src/index.js';
import { startDetached, writeUplinkFiles } from '../../src/namespaces/index.js';
import { lockHolderPid } from '../../src/namespaces/pause.js';
import { restrictBeforeStart } from '../../src/namespaces/restricted/index.js';
import { errnoNumber, execute, landlockVersion, syscallNumber } from '../../src/native/index.js';
import { nskitPath } from '../support/nskit.js';
import type { Tried } from '../support/restricted-process.js';
import { ALLOW, onCall, runFiltered } from './doctor-filter.js';

const script = fileURLToPath(new URL('../support/restricted-process.js', import.meta.url));

let folder: string;
let ownFile: string;
before(() => {
  folder = mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'restricted-'));
  process.env['XDG_RUNTIME_DIR'] = folder;
  ownFile = join(mkdtempSync(join(homedir(), 'nskit-restricted-')), 'secret');
  writeFileSync(ownFile, 'secret');
  const state = stateDirectory();
  state.prepare();
  writeUplinkFiles(state, 'lab', { etc: { '/etc/resolv.conf': 'as it was' }, hidden: [] });
});
after(() => {
  rmSync(join(ownFile, '..'), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
});

async function tryAll(how: 'restricted' | 'free'): Promise<Tried> {
  const env = [`XDG_RUNTIME_DIR=${folder}`, 'UV_THREADPOOL_SIZE=1'];
  const argv = [process.execPath, script, how, ownFile, String(process.pid)];
  const steps = how === 'restricted' ? restrictBeforeStart(stateDirectory()) : [];
  return JSON.parse(await startDetached([...steps, execute(argv, env)])) as Tried;
}

describe('a process that starts as the uplink process does', () => {
  let tried: Tried;
  let free: Tried;
  before(async () => {
    // One after the other: what the second may make must not be there for the first.
    tried = await tryAll('restricted');
    free = await tryAll('free');
    const { programs, uplinks } = stateDirectory();
    for (const made of [join(programs, 'evil'), join(uplinks, 'lab')]) {
      rmSync(made, { recursive: true });
    }
  });

  /** Of every thread alike. */
  function outcome({ main, pool }: Tried, what: string): string {
    if (pool[what] !== undefined) assert.equal(pool[what], main[what], what);
    return main[what] ?? assert.fail(`nobody tried to ${what}`);
  }

  const refused = [
    ...['enter a namespace', 'leave a namespace', 'trace a process', 'execute a program'],
    ...['execute a file that is open', 'make a process', 'make a process in a user namespace'],
    ...['make a thread in a network namespace', 'read the memory of a process'],
    ...['take a descriptor of a process', 'signal a process by its pidfd', 'signal a process'],
    ...['change the limits of a process', 'change a mount', 'open a mount', 'use keyrings'],
    ...['use io_uring', 'watch page faults'],
    ...['make a Unix socket', 'make a pair of datagram sockets'],
  ];
  for (const what of refused) {
    test(`cannot ${what}, and the filter is why`, () => {
      assert.equal(outcome(tried, what), 'EPERM');
      assert.notEqual(outcome(free, what), 'EPERM');
    });
  }

  test('cannot make a process by clone3, which libc then does without', () => {
    assert.equal(outcome(tried, 'make a process by clone3'), 'ENOSYS');
    assert.equal(outcome(free, 'make a process by clone3'), 'EINVAL');
  });

  test('knows no call of another convention, and no fork', () => {
    if (process.arch !== 'x64') return;
    const refusal = String(-errnoNumber('EPERM'));
    assert.deepEqual([tried.main['fork'], tried.main['call by x32']], [refusal, refusal]);
  });

  /** What only Landlock of this version refuses; where the kernel has none, nothing does. */
  const refusedSince = (version: number): string =>
    landlockVersion() >= version ? 'EACCES' : 'done';

  for (const what of [
    ...['read a file of the user', 'make a stored program', 'make a file over /etc of a name'],
  ]) {
    test(`cannot ${what}`, () => {
      assert.equal(outcome(tried, what), refusedSince(1));
      assert.equal(outcome(free, what), 'done');
    });
  }

  test('cannot look into another process of the user, nor signal it', () => {
    assert.equal(outcome(tried, 'read the environment of a process'), refusedSince(1));
    assert.equal(outcome(free, 'read the environment of a process'), 'done');
    const signalled = landlockVersion() >= 6 ? 'EPERM' : 'done';
    assert.equal(outcome(tried, 'signal the test'), signalled);
    assert.equal(outcome(free, 'signal the test'), 'done');
  });

  for (const what of [
    ...['read /etc', 'read its own status', 'signal itself', 'change a file over /etc of a name'],
    ...['make a TCP socket', 'make a netlink socket', 'make a pair of stream sockets'],
  ]) {
    test(`can ${what}`, () => assert.equal(outcome(tried, what), 'done'));
  }
});

function statusOf(path: string): Map<string, string> {
  const lines = readFileSync(path, 'utf8').matchAll(/^(\w+):\t(.*)$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value]));
}

/** The process that serves now. */
function checkRunning(): void {
  const pid = lockHolderPid(stateDirectory().uplinkLock);
  const threads = readdirSync(`/proc/${pid}/task`);
  // Its main thread and V8's at least; the pool's begin with the first work for them.
  assert.ok(threads.length > 1);
  for (const thread of threads) {
    const status = statusOf(`/proc/${pid}/task/${thread}/status`);
    assert.deepEqual([status.get('NoNewPrivs'), status.get('Seccomp')], ['1', '2'], thread);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
      assert.match(status.get(set) ?? '', /^0+$/, `${set} of ${thread}`);
    }
  }
}

describe('the uplink process itself', () => {
  test('has no capabilities, and every thread of it has the filter', async () => {
    await using lab = await namespaces.add('lab', { uplink: {} });
    checkRunning();
    // A request has been served since.
    assert.equal((await lab.uplink.details())?.device, 'tap0');
    checkRunning();
  });

  test('has the filter where the kernel has no Landlock', () => {
    const filter = [
      ...onCall(syscallNumber('landlock_create_ruleset'), 0x0005_0000 | errnoNumber('ENOSYS')),
      ALLOW,
    ];
    const { status, stderr } = runFiltered([nskitPath, 'add', 'lab', '--uplink'], filter, folder);
    assert.equal(status, 0, stderr);
    checkRunning();
    const deleted = runFiltered([nskitPath, 'delete', 'lab'], [ALLOW], folder);
    assert.equal(deleted.status, 0, deleted.stderr);
  });
});
