/** launch(): a new process that waits while a function acts on it, then becomes the program. */
import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  launch,
  launchProgram,
  describeProgram,
  namespaces,
  ownIds,
  rootMaps,
  type LaunchSpawnOptions,
} from '../../src/index.js';
import { openFiles, turn } from '../support/lab.js';
import { run } from '../support/nskit.js';

const user = { namespaces: ['user'], maps: ownIds(0, 0), stdio: 'ignore' } as const;

let opened: string[];
before(async () => {
  // What the process opens once and keeps.
  await (
    await launch(['true'], user)
  ).exit;
  await turn();
  opened = openFiles();
});
after(async () => {
  await turn();
  assert.deepEqual(openFiles(), opened, 'file descriptors before and after');
});

async function said(argv: readonly string[], options: LaunchSpawnOptions): Promise<string> {
  const child = await launch(argv, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  const output = await text(child.stdout ?? assert.fail());
  await child.exit;
  return output;
}

describe('meanwhile', () => {
  test('finds the process in its namespaces, mapped and waiting', async () => {
    let seen: string[] = [];
    const output = await said(['readlink', '/proc/self/ns/net'], {
      ...user,
      namespaces: ['user', 'net'],
      meanwhile: ({ pid }) => {
        const map = readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().replaceAll(/ +/g, ' ');
        seen = [readlinkSync(`/proc/${pid}/ns/net`), map];
      },
    });
    assert.deepEqual(seen, [output.trim(), `0 ${process.getuid?.()} 1`]);
  });

  test('may take its time, and hold the namespaces for later', async () => {
    let held: ReturnType<typeof namespaces.ofProcess> | undefined;
    const child = await launch(['true'], {
      ...user,
      namespaces: ['user', 'net'],
      meanwhile: async ({ pid }) => {
        await turn();
        held = namespaces.ofProcess(pid, ['user', 'net']);
      },
    });
    await child.exit;
    using kept = held ?? assert.fail();
    const listener = await kept.listen({ port: 80 });
    listener[Symbol.dispose]();
  });

  test('many at once, although each waits for its function', async () => {
    const all = Array.from({ length: 12 }, (_, i) =>
      said(['echo', String(i)], {
        ...user,
        meanwhile: async ({ pid }) => {
          // On the pool of threads that a waiting process must not keep busy.
          const { readFile } = await import('node:fs/promises');
          await readFile(`/proc/${pid}/status`);
        },
      }),
    );
    assert.deepEqual(
      await Promise.all(all),
      all.map((_, i) => `${i}\n`),
    );
  });

  test('what it throws is thrown, and there is no process', async () => {
    let pid = 0;
    const meanwhile = (waiting: { pid: number }): void => {
      ({ pid } = waiting);
      throw new Error('not this time');
    };
    await assert.rejects(launch(['true'], { ...user, meanwhile }), { message: 'not this time' });
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });

  test('may end the process, and that is seen', async () => {
    const meanwhile = async ({ pid, pidfd }: { pid: number; pidfd: number }): Promise<void> => {
      process.kill(pid, 'SIGKILL');
      const python = 'import select, sys; select.select([int(sys.argv[1])], [], [])';
      assert.ok(pidfd > 0);
      run('python3', ['-c', python, '0']);
      await turn();
    };
    const attempt = launch(['true'], { ...user, meanwhile });
    const ended = await attempt.then(
      (child) => child.exit,
      (error: unknown) => error,
    );
    const { code, signal } = ended as { code?: string; signal?: string };
    assert.ok(code === 'ESRCH' || signal === 'SIGKILL');
  });
});

describe('options', () => {
  test('namespaces of every kind, with what belongs to them', async () => {
    const kinds = ['user', 'net', 'mnt', 'pid', 'uts', 'ipc', 'cgroup', 'time'] as const;
    const script =
      'hostname; echo $$; for k in net mnt pid uts ipc cgroup time; do readlink /proc/self/ns/$k; done; cat /proc/1/comm';
    const output = await said(['sh', '-c', script], {
      ...{ namespaces: kinds, maps: ownIds(0, 0), hostname: 'inner', proc: '/proc' },
    });
    const [hostname, pid, ...rest] = output.trim().split('\n');
    assert.deepEqual([hostname, pid, rest.pop()], ['inner', '1', 'sh']);
    for (const [i, kind] of kinds.slice(1).entries()) {
      assert.notEqual(rest[i], readlinkSync(`/proc/self/ns/${kind}`), kind);
    }
  });

  test('subordinate ids, written by newuidmap', async () => {
    const maps = rootMaps();
    assert.equal(maps.by, 'newuidmap');
    const script = 'id -u; wc -l < /proc/self/uid_map; chown 1:1 /tmp/$0 2>/dev/null; id -G';
    const output = await said(['sh', '-c', script], {
      ...{ namespaces: ['user'], maps, privileges: { uid: 5, gid: 6, groups: [7, 8] } },
    });
    assert.match(output, /^5\n2\n6 7 8\n$/);
  });

  test('capabilities by name, limits, session, timer slack', async () => {
    const script =
      'grep -E "Cap(Inh|Bnd|Amb)|NoNew" /proc/self/status; ulimit -n; cat /proc/self/timerslack_ns';
    const output = await said(['sh', '-c', script], {
      namespaces: ['user', 'mnt'],
      maps: ownIds(0, 0),
      privileges: {
        ...{ uid: 0, gid: 0, inheritable: ['CAP_NET_ADMIN', 'CAP_CHOWN'] },
        ...{
          ambient: ['CAP_CHOWN'],
          bounding: ['CAP_CHOWN', 'CAP_NET_ADMIN'],
          noNewPrivileges: true,
        },
      },
      limits: { nofile: { soft: 50, hard: 60 } },
      newSession: true,
      timerSlackNs: 12345,
    });
    assert.deepEqual(
      output
        .trim()
        .split('\n')
        .map((line) => line.split('\t').at(-1)),
      ['0000000000001001', '0000000000001001', '0000000000000001', '1', '50', '12345'],
    );
  });

  test('another root, of which nothing leads back', async () => {
    const options = { ...user, namespaces: ['user', 'mnt'] as const };
    const root = { by: 'pivot', directory: '/usr' } as const;
    const output = await said(['sh', '-c', 'pwd; ls -d /bin /usr 2>&1; cd ../..; pwd'], {
      ...{ ...options, root },
    });
    assert.match(output, /^\/\n.*\/usr.*\n\/bin\n\/\n$/);
  });

  test('a number of its own in the pid namespace', async () => {
    const options = { ...user, namespaces: ['user', 'pid'], pids: [1] } as const;
    assert.equal(await said(['sh', '-c', 'echo $$'], options), '1\n');
  });

  test('environment and working directory', async () => {
    const env = { PATH: process.env['PATH'], ONLY: 'this' };
    const output = await said(['sh', '-c', 'pwd; env'], { ...user, env, cwd: '/usr' });
    assert.match(output, /^\/usr\n/);
    assert.match(output, /^ONLY=this$/m);
    assert.doesNotMatch(output, /^HOME=/m);
  });
});

describe('what fails', () => {
  const cases: [title: string, options: LaunchSpawnOptions, error: object][] = [
    ['a program that is not there', user, { code: 'ENOENT', syscall: 'execve' }],
    ['no rights', { namespaces: ['net'] }, { code: 'EPERM', syscall: 'clone3' }],
    [
      'a map of ids of others',
      {
        namespaces: ['user'],
        maps: { ...ownIds(0, 0), uid: [{ inside: 0, outside: 0, count: 1 }] },
      },
      { code: 'EPERM', step: 'write its uid_map' },
    ],
    [
      'a root that is not there',
      { ...user, namespaces: ['user', 'mnt'], root: { by: 'pivot', directory: '/no/such' } },
      { code: 'ENOENT', path: '/no/such' },
    ],
    [
      'a uid that is not mapped',
      { ...user, privileges: { uid: 5 } },
      { code: 'EINVAL', step: 'become user 5' },
    ],
    [
      'a number that is taken',
      { ...user, namespaces: ['user', 'pid'], pids: [7] },
      { code: 'EINVAL' },
    ],
    ['a hostname without a namespace', { ...user, hostname: 'x' }, { code: 'ERR_USAGE' }],
    ['maps without a namespace', { maps: ownIds(0, 0) }, { code: 'ERR_USAGE' }],
    [
      'a new proc whose mounts spread',
      { ...user, namespaces: ['user', 'mnt', 'pid'], proc: '/proc', propagation: 'shared' },
      { code: 'ERR_USAGE' },
    ],
    [
      'a capability that there is not',
      { ...user, privileges: { bounding: ['CAP_FLY' as 'CAP_CHOWN'] } },
      { code: 'ERR_USAGE' },
    ],
  ];
  for (const [title, options, error] of cases) {
    test(`${title}: the step, and no process`, async () => {
      const program = title.startsWith('a program') ? 'no-such-program' : 'true';
      const env = { PATH: '/usr/bin:/bin' };
      await assert.rejects(launch([program], { env, ...options }), error);
      await turn();
      assert.equal(run('pgrep', ['-P', String(process.pid)]).stdout, '');
    });
  }

  test('an abort while it waits', async () => {
    const abort = new AbortController();
    const meanwhile = (): void => abort.abort(new Error('enough'));
    const attempt = launch(['sleep', '1000'], { ...user, meanwhile, signal: abort.signal });
    await assert.rejects(attempt, { message: 'enough' });
  });
});

test('launchProgram says what it would do, in order', () => {
  const program = launchProgram({
    ...{ ...user, wait: true, script: { argv: ['/bin/script'], env: [] } },
    program: { argv: ['true'], env: [] },
  });
  const sentences = describeProgram(program).map(({ sentence }) => sentence);
  const order = [
    'start the new process',
    'write its uid_map',
    'run /bin/script outside',
    'let the new process go on',
    'wait for the program to end',
    'run true',
  ];
  assert.deepEqual(
    order.map((one) => sentences.indexOf(one)).sort((a, b) => a - b),
    order.map((one) => sentences.indexOf(one)),
  );
  assert.ok(!order.some((one) => !sentences.includes(one)));
});
