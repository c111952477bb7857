/** Namespaces held by fds: made new, or opened from processes, files and fds. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  NamespaceFile,
  Namespaces,
  createNamespaces,
  namespaceKinds,
  type NamespaceKind,
} from '../../src/index.js';
import { prepareToWatch } from '../../src/native/index.js';
import { nskitPath, start, waiting } from '../support/nskit.js';
import { children, endOf, openFds, said, statusField, withoutFds } from '../support/native.js';

prepareToWatch();
await (await createNamespaces({ kinds: ['user'] }))[Symbol.asyncDispose]();

const link = (kind: NamespaceKind, pid: number | string = 'self'): string =>
  readlinkSync(`/proc/${pid}/ns/${kind}`);
const text = (file: NamespaceFile): string => `${file.kind}:[${file.inode}]`;

describe('new namespaces', () => {
  for (const kind of namespaceKinds) {
    test(`a new ${kind} namespace is held, entered, and owned by its user namespace`, async () => {
      const kinds = kind === 'user' ? [kind] : (['user', kind] as const);
      await using held = await createNamespaces({ kinds });
      assert.deepEqual(held.kinds, kinds);
      const file = held.get(kind);
      assert.equal(file.kind, kind);
      assert.notEqual(text(file), link(kind));
      const shown = await said(held.spawn(['readlink', `/proc/self/ns/${kind}`]));
      // After exec in a pid namespace /proc is still the host's, and shows nobody as self.
      if (kind !== 'pid') assert.equal(shown.trim(), text(file));
      if (kind === 'user') return;
      using owner = file.owner();
      assert.equal(owner.id, held.get('user').id);
      assert.equal(owner.ownerUid(), process.getuid?.());
    });
  }

  test('all eight together', async () => {
    const before = openFds();
    {
      await using held = await createNamespaces({ kinds: namespaceKinds });
      assert.deepEqual(held.kinds, [...namespaceKinds]);
      const child = held.spawn(['sh', '-c', 'echo $$; cat /proc/uptime']);
      assert.match(await said(child), /^2\n/);
    }
    assert.deepEqual(openFds(), before);
    assert.deepEqual(children(), []);
  });

  test('a kind asked for twice is made once', async () => {
    const before = openFds();
    {
      await using held = await createNamespaces({ kinds: ['user', 'user', 'net'] });
      assert.deepEqual(held.kinds, ['user', 'net']);
    }
    assert.deepEqual(openFds(), before);
  });

  test('the loopback interface is up', async () => {
    await using held = await createNamespaces({ kinds: ['user', 'net'] });
    assert.match(await said(held.spawn(['ip', '-o', 'link', 'show', 'lo'])), /LOOPBACK,UP/);
  });

  test('a hostname, and the host keeps its own', async () => {
    const ours = readFileSync('/proc/sys/kernel/hostname', 'utf8');
    await using held = await createNamespaces({ kinds: ['user', 'uts'], hostname: 'inside' });
    assert.equal(await said(held.spawn(['hostname'])), 'inside\n');
    assert.equal(readFileSync('/proc/sys/kernel/hostname', 'utf8'), ours);
  });

  test('clocks that go ahead', async () => {
    const timeOffsets = { monotonic: 5_000_000, boottime: 7_000_000 };
    await using held = await createNamespaces({ kinds: ['user', 'time'], timeOffsets });
    for (const child of [
      held.spawn(['cat', '/proc/uptime']),
      await held.spawnAsync(['cat', '/proc/uptime']),
    ]) {
      const inside = Number((await said(child)).split(' ')[0]);
      const outside = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
      assert.ok(inside > 6_900_000 && outside < inside - 6_900_000);
    }
  });

  test('what has no namespace to be in is refused', async () => {
    const user = { kinds: ['user'] } as const;
    await assert.rejects(createNamespaces({ ...user, hostname: 'x' }), { code: 'ERR_USAGE' });
    const timeOffsets = { monotonic: 1 };
    await assert.rejects(createNamespaces({ ...user, timeOffsets }), { code: 'ERR_USAGE' });
  });

  test('a failure leaves nothing: no fd, no process', async () => {
    const before = openFds();
    const bad = {
      uid: [{ inside: 0, outside: 0, count: 1 }],
      gid: [],
      setgroups: 'deny',
      by: 'self',
    } as const;
    for (const kinds of [
      ['user', 'net'],
      ['user', 'pid'],
    ] as const) {
      await assert.rejects(createNamespaces({ kinds, maps: bad }), {
        step: 'map the user ids',
        code: 'EPERM',
      });
    }
    await assert.rejects(createNamespaces({ kinds: ['net'] }), {
      step: 'make new network namespaces',
      code: 'EPERM',
      syscall: 'unshare',
    });
    assert.deepEqual(openFds(), before);
    assert.deepEqual(children(), []);
  });

  test('when fds run out on the way, nothing is left either', async () => {
    const before = openFds();
    for (let free = 0; free < 12; free++) {
      const made = await withoutFds(free, async () => {
        return await createNamespaces({ kinds: ['user', 'net', 'pid'] }).catch((error: unknown) => {
          assert.equal((error as { code?: string }).code, 'EMFILE');
        });
      });
      await made?.[Symbol.asyncDispose]();
      assert.deepEqual(openFds(), before, `${free} free`);
      assert.deepEqual(children(), [], `${free} free`);
    }
  });
});

describe('a pid namespace', () => {
  test('programs of several spawns share it, under an init of ours', async () => {
    await using held = await createNamespaces({ kinds: ['user', 'pid'] });
    const pids = await Promise.all(
      [held.spawn(['sh', '-c', 'echo $$']), await held.spawnAsync(['sh', '-c', 'echo $$'])].map(
        said,
      ),
    );
    assert.deepEqual(pids, ['2\n', '3\n']);
  });

  test('a missing program leaves no process, in the namespace or here', async () => {
    const before = openFds();
    await using held = await createNamespaces({ kinds: ['user', 'pid'] });
    const init = children();
    assert.throws(() => held.spawn(['/no/such/program']), {
      code: 'ENOENT',
      syscall: 'execve',
      path: '/no/such/program',
    });
    await assert.rejects(held.spawnAsync(['/no/such/program']), { code: 'ENOENT' });
    assert.deepEqual(children(), init);
    await held[Symbol.asyncDispose]();
    assert.deepEqual(openFds(), before);
    assert.deepEqual(children(), []);
  });

  test('disposing ends everything in it', async () => {
    const held = await createNamespaces({ kinds: ['user', 'pid'] });
    const child = held.spawn(['sh', '-c', 'trap "" TERM; echo ready; read line']);
    assert.ok(child.stdout !== null);
    await once(child.stdout, 'data');
    await held[Symbol.asyncDispose]();
    assert.deepEqual(await child.exit, { exitCode: null, signal: 'SIGKILL' });
  });

  test('no init outlives a Node that is killed', async () => {
    const script = `
      const { createNamespaces } = await import(${JSON.stringify(new URL('../../src/index.js', import.meta.url).href)});
      const { readFileSync } = await import('node:fs');
      globalThis.held = await createNamespaces({ kinds: ['user', 'pid', 'net'] });
      const task = '/proc/self/task/';
      const { readdirSync } = await import('node:fs');
      console.log(readdirSync(task).map((t) => readFileSync(task + t + '/children', 'utf8')).join(' '));
      setInterval(() => {}, 1e6);
    `;
    const node = await start(process.execPath, ['--input-type=module', '-e', script]);
    const init = Number(node.firstLine.trim());
    assert.match(statusField('Name', init), /nskit|launcher/);
    const ended = endOf(init);
    await node[Symbol.asyncDispose]();
    await ended;
  });
});

describe('what is open already', () => {
  test('a process: all its namespaces, those we share with it too', async () => {
    await using other = await start(nskitPath, ['unshare', '-Urnu', ...waiting]);
    using held = Namespaces.ofProcess(other.pid);
    assert.deepEqual(held.kinds, [...namespaceKinds]);
    for (const kind of namespaceKinds) assert.equal(text(held.get(kind)), link(kind, other.pid));
    const shown = await said(held.spawn(['readlink', '/proc/self/ns/net', '/proc/self/ns/mnt']));
    assert.equal(shown, `${link('net', other.pid)}\n${link('mnt')}\n`);
  });

  test('a process of ours, our own included, in some kinds', async () => {
    using own = Namespaces.ofProcess('self', ['net', 'uts']);
    assert.deepEqual(own.kinds, ['net', 'uts']);
    assert.equal(await said(own.spawn(['echo', 'hi'])), 'hi\n');
    assert.throws(() => own.get('user'), { code: 'ERR_WRONG_KIND' });
  });

  test('files and fds, which are taken over', async () => {
    await using made = await createNamespaces({ kinds: ['user', 'net'] });
    const before = openFds();
    const paths = made.kinds.map((kind) => `/proc/self/fd/${made.get(kind).fd}`);
    {
      using byPath = Namespaces.ofFiles(paths);
      using byFd = Namespaces.ofFds(paths.map((path) => openSync(path, 'r')));
      for (const held of [byPath, byFd]) {
        const net = (await said(held.spawn(['readlink', '/proc/self/ns/net']))).trim();
        assert.equal(net, text(made.get('net')));
        assert.equal(held.get('net').id, made.get('net').id);
      }
    }
    assert.deepEqual(openFds(), before);
  });

  test('the parents of user and pid namespaces', async () => {
    await using made = await createNamespaces({ kinds: ['user', 'pid', 'net'] });
    for (const kind of ['user', 'pid'] as const) {
      using parent = made.get(kind).parent();
      assert.equal(text(parent), link(kind));
    }
    assert.throws(() => made.get('net').parent(), { code: 'EINVAL', syscall: 'ioctl' });
    assert.throws(() => made.get('net').ownerUid(), { code: 'EINVAL' });
    using own = NamespaceFile.ofProcess('self', 'user');
    // What is outside of our own user namespace is nobody's business here.
    assert.throws(() => own.parent(), { code: 'EPERM' });
  });

  const mistakes: Record<string, [attempt: () => unknown, expected: object]> = {
    'a file that is no namespace': [
      () => Namespaces.ofFiles(['/etc/passwd']),
      { code: 'ERR_NOT_A_NAMESPACE' },
    ],
    'another kind than expected': [
      () => NamespaceFile.open('/proc/self/ns/uts', 'net'),
      { code: 'ERR_WRONG_KIND', message: /is a uts namespace, not a network namespace/ },
    ],
    'two of one kind': [
      () => Namespaces.ofFiles(['/proc/self/ns/net', '/proc/self/ns/net']),
      { code: 'ERR_WRONG_KIND', message: /two network namespaces/ },
    ],
    'a process that is gone': [() => Namespaces.ofProcess(4194304), { code: 'ENOENT' }],
    'somebody else’s process': [() => Namespaces.ofProcess(1), { code: 'EACCES' }],
    'a second file that is none': [
      () => Namespaces.ofFiles(['/proc/self/ns/net', '/etc/passwd']),
      { code: 'ERR_NOT_A_NAMESPACE' },
    ],
    'fds of which one is none': [
      () => Namespaces.ofFds(['/etc/passwd', '/proc/self/ns/net'].map((p) => openSync(p, 'r'))),
      { code: 'ERR_NOT_A_NAMESPACE' },
    ],
  };
  for (const [title, [attempt, expected]] of Object.entries(mistakes)) {
    test(`${title}: an error that says so, and no fd left`, () => {
      const before = openFds();
      assert.throws(attempt, expected);
      assert.deepEqual(openFds(), before);
    });
  }

  test('a namespace that may not be entered: the step is named', async () => {
    await using made = await createNamespaces({ kinds: ['user', 'net'] });
    // Without the user namespace that grants it.
    using net = new Namespaces([NamespaceFile.open(`/proc/self/fd/${made.get('net').fd}`)]);
    assert.throws(() => net.spawn(['true']), {
      step: 'join the network namespace',
      code: 'EPERM',
      hint: /only the owner/,
    });
  });

  test('disposing closes once, and twice does no harm', () => {
    const held = Namespaces.ofProcess('self', ['net']);
    const { fd } = held.get('net');
    held[Symbol.dispose]();
    const reused = openSync('/etc/passwd', 'r');
    assert.equal(reused, fd);
    held[Symbol.dispose]();
    assert.ok(statSync(`/proc/self/fd/${reused}`).isFile());
    closeSync(reused);
  });

  test('a namespace lives on for others when the handle is disposed of', async () => {
    const made = await createNamespaces({ kinds: ['user', 'net'] });
    const child = made.spawn(['sh', '-c', 'read line; readlink /proc/self/ns/net']);
    const net = text(made.get('net'));
    made[Symbol.dispose]();
    child.stdin?.end('go\n');
    assert.equal((await said(child)).trim(), net);
  });
});
