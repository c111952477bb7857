/** What went wrong at least once with syscall programs in a cloned child, so that it stays right. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  call,
  exit,
  fork,
  jump,
  kernel,
  label,
  load32,
  mkdir,
  open,
  runProgram,
  setLock,
  setns,
  step,
  tryCall,
  unshare,
  waitFor,
  Block,
  write,
  writeFile,
  type Program,
} from '../../src/native/index.js';
import { createNamespaces, spawn, type Way } from '../../src/index.js';
import { assemble, formatIdMap, mapSteps, ownIds } from '../../src/namespaces/id-map.js';
import { rootMaps } from '../../src/namespaces/subids.js';
import { lockHolderPid } from '../../src/namespaces/pause.js';
import { start } from '../support/nskit.js';
import { said, statusField } from '../support/native.js';

const here: Way = { enter: [], entersPid: false, needsOwnMemory: false };
const newUser = unshare('make a user namespace', kernel.CLONE_NEWUSER);

describe('credentials', () => {
  const PR_GET_DUMPABLE = 3;
  const dumpable = (): number => tryCall('prctl', PR_GET_DUMPABLE, 0, 0, 0, 0);

  test('our own namespaces leave Node’s memory readable to us', async () => {
    assert.equal(dumpable(), 1);
    await using held = await createNamespaces({ kinds: ['user', 'net', 'pid'] });
    await held.spawn(['true'], { stdio: 'ignore' }).exit;
    assert.equal(dumpable(), 1);
    assert.equal(statSync('/proc/self/status').uid, process.getuid?.());
  });

  test('a change of ids in a child with memory of its own does, too', () => {
    const maps = mapSteps(rootMaps());
    const change = step('become another id', 'setresuid', [1, 1, 1]);
    const main = [...maps.prepare, newUser, ...maps.apply, change];
    runProgram(assemble(main, maps.aside), { in: 'fork' });
    assert.equal(dumpable(), 1);
  });
});

describe('namespaces', () => {
  test('Node’s own threads can make and join no user namespace, a child can', async () => {
    assert.throws(() => runProgram([newUser], { in: 'here' }), { code: 'EINVAL' });
    await using held = await createNamespaces({ kinds: ['user'] });
    const join = setns('join it', held.get('user').fd, kernel.CLONE_NEWUSER);
    assert.throws(() => runProgram([join], { in: 'here' }), { code: 'EINVAL' });
    runProgram([join], { in: 'child' });
  });

  test('the user namespace comes first, whatever the order asked for', async () => {
    await using held = await createNamespaces({ kinds: ['net', 'uts', 'user'] });
    const [net, user] = [held.get('net').fd, held.get('user').fd];
    const joinNet = setns('join the network', net, kernel.CLONE_NEWNET);
    assert.throws(() => runProgram([joinNet], { in: 'child' }), { code: 'EPERM' });
    runProgram([setns('join the user', user, kernel.CLONE_NEWUSER), joinNet], { in: 'child' });
    assert.deepEqual(held.kinds, ['user', 'net', 'uts']);
    assert.deepEqual(await held.spawn(['true'], { stdio: 'ignore' }).exit, {
      exitCode: 0,
      signal: null,
    });
  });

  test('in a child /proc/self is the child', () => {
    for (const place of ['child', 'child-files', 'fork'] as const) {
      const folder = mkdtempSync(join(tmpdir(), 'nskit-self-'));
      // A map written through /proc/self maps the child: the kernel would refuse Node's own.
      const program = [newUser, ...mapSteps(ownIds(7, 7)).apply, mkdir(join(folder, 'made'))];
      runProgram(program, { in: place });
      assert.equal(statSync(join(folder, 'made')).uid, process.getuid?.());
      rmSync(folder, { recursive: true });
    }
    assert.match(readFileSync('/proc/self/uid_map', 'utf8'), /^\s*0\s/);
  });

  test('a time namespace is joined in memory of its own', async () => {
    await using held = await createNamespaces({ kinds: ['user', 'time'] });
    assert.ok(held.way().needsOwnMemory);
    const joins = [
      setns('join the user', held.get('user').fd, kernel.CLONE_NEWUSER),
      setns('join the time', held.get('time').fd, kernel.CLONE_NEWTIME),
    ];
    assert.throws(() => runProgram(joins, { in: 'child' }), { step: 'join the time' });
    runProgram(joins, { in: 'fork' });
  });
});

describe('id maps', () => {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const map = (id: number, count = 1): string => formatIdMap([{ inside: 0, outside: id, count }]);
  const deny = writeFile('give up setgroups', '/proc/self/setgroups', 'deny');
  const attempt = (...steps: Program[]): void => {
    runProgram([newUser, ...steps.flat()], { in: 'child' });
  };

  test('a group map wants setgroups given up', () => {
    const groups = (): Program => writeFile('map the groups', '/proc/self/gid_map', map(gid));
    assert.throws(
      () => {
        attempt(groups());
      },
      { code: 'EPERM', step: 'map the groups' },
    );
    attempt(deny, groups());
  });

  test('more than one id wants newuidmap', () => {
    assert.throws(
      () => {
        attempt(writeFile('map many', '/proc/self/uid_map', map(uid, 2)));
      },
      { code: 'EPERM' },
    );
  });

  test('a map file that was opened before the namespace was made is no good', () => {
    const file = open('open it early', '/proc/self/uid_map', { flags: kernel.O_WRONLY });
    const program = [file, newUser, write('map', file, map(uid))];
    assert.throws(() => runProgram(program, { in: 'child' }), { step: 'map', code: 'EPERM' });
  });
});

describe('files', () => {
  test('a program has 0, 1 and 2, whichever way they are given', async () => {
    const script = 'for fd in 0 1 2; do [ -e /proc/self/fd/$fd ] || exit 9; done; exit 0';
    for (const stdio of ['pipe', 'ignore', 'inherit'] as const) {
      const child = spawn(here, ['sh', '-c', script], { stdio });
      assert.equal((await child.exit).exitCode, 0, stdio);
    }
  });

  test('and no other file of ours, close-on-exec or not', async () => {
    const fd = openSync('/etc/passwd', 'r');
    call({ step: 'let it leak' }, 'fcntl', fd, kernel.F_SETFD, 0);
    await using held = await createNamespaces({ kinds: ['user', 'pid', 'net'] });
    try {
      for (const child of [
        spawn(here, ['ls', '/proc/self/fd']),
        held.spawn(['sh', '-c', 'ls -l /proc/$$/fd 2>/dev/null; true']),
      ]) {
        const output = await said(child);
        assert.doesNotMatch(output, /passwd|socket|eventpoll|ns\b/);
      }
      // ls itself opens the folder as 3.
      assert.equal(await said(spawn(here, ['ls', '/proc/self/fd'])), '0\n1\n2\n3\n');
    } finally {
      closeSync(fd);
    }
  });

  test('a lock names whoever took it; one taken in child-files would be Node’s for ever', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nskit-lock-'));
    const path = join(folder, 'lock');
    closeSync(openSync(path, 'w'));
    const lock = open('open it', path, { flags: kernel.O_RDWR });
    // The child's lock went with its own table of files.
    runProgram([lock, setLock('lock it', lock)], { in: 'child' });
    assert.equal(lockHolderPid(path), undefined);

    const kept = open('open it', path, { flags: kernel.O_RDWR });
    const program = [kept, setLock('lock it', kept)];
    const fd = runProgram(program, { in: 'child-files', keep: [kept] }).result(kept);
    try {
      const holder = tryHolderFromOutside(path);
      assert.notEqual(holder, process.pid);
      assert.ok(holder === undefined || statusOf(holder) === undefined);
    } finally {
      closeSync(fd);
      rmSync(folder, { recursive: true });
    }
  });

  test('F_GETLK names a process that took the lock after its own exec', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nskit-lock-'));
    const path = join(folder, 'lock');
    const script = `import fcntl,sys; f=open(${JSON.stringify(path)},'w'); fcntl.lockf(f,fcntl.LOCK_EX); print('ready',flush=True); sys.stdin.read()`;
    {
      await using holder = await start('python3', ['-c', script]);
      assert.equal(lockHolderPid(path), holder.pid);
    }
    assert.equal(lockHolderPid(path), undefined);
    rmSync(folder, { recursive: true });
  });
});

/** F_GETLK asked by a process of its own: whoever asks never sees its own locks. */
function tryHolderFromOutside(path: string): number | undefined {
  const lock = new Block(32);
  new DataView(lock.bytes.buffer).setInt16(0, kernel.F_WRLCK, true);
  const file = open('open it', path);
  const pid = load32('who', lock, 24);
  const type = load32('is it', lock);
  const ask = step('ask', 'fcntl', [file, kernel.F_GETLK, lock]);
  const outcome = runProgram([file, ask, type, pid], { in: 'child' });
  return (outcome.result(type) & 0xffff) === kernel.F_UNLCK ? undefined : outcome.result(pid);
}

function statusOf(pid: number): string | undefined {
  try {
    return statusField('State', pid);
  } catch {
    return undefined;
  }
}

test('a child with memory of its own, and its own children, still report', () => {
  const [child, end] = [label('child'), label('end')];
  const started = fork('start', child);
  const status = new Block(4);
  const program = [
    started,
    waitFor('wait', started, status),
    jump(end),
    child,
    open('fail two processes away', '/no/such/file'),
    end,
    exit(0),
  ];
  assert.throws(() => runProgram(program, { in: 'fork' }), { step: 'fail two processes away' });
});

test('the inode of the initial user namespace is the one we know it by', async () => {
  await using held = await createNamespaces({ kinds: ['user'] });
  assert.notEqual(held.get('user').inode, kernel.INITIAL_USER_NAMESPACE_INODE);
  const map = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/).map(Number);
  const { ino } = statSync('/proc/self/ns/user');
  const isInitial = map.join() === '0,0,4294967295';
  assert.ok(isInitial ? ino === kernel.INITIAL_USER_NAMESPACE_INODE : ino > 0);
});
