import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  mkdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { nskit, nskitPath, run, start, waiting, type Ended } from '../support/nskit.js';

const unshare = (...args: string[]): Ended => nskit(['unshare', ...args]);
const enter = (...args: string[]): Ended => nskit(['enter', ...args]);

describe('without a user namespace', () => {
  test('-n runs the program with devices of its own, and -n takes no word from it', () => {
    const { status, stdout } = unshare('-n', 'ip', '-o', 'link');
    assert.equal(status, 0);
    assert.equal(stdout, run('unshare', ['-n', 'ip', '-o', 'link']).stdout);
  });

  test('--setuid and --setgid, without other groups', () => {
    const { stdout } = unshare('-u', '-S', '1', '-G', '2', 'sh', '-c', 'id -u; id -G');
    assert.equal(stdout, '1\n2\n');
  });

  test('a user and a group by name', () => {
    const { stdout } = unshare('-S', 'daemon', '-G', 'daemon', 'id', '-un');
    assert.equal(stdout, 'daemon\n');
  });

  test('the mounts of a new mount namespace do not come back', () => {
    const script = 'mount -t tmpfs none /mnt && touch /mnt/inside && ls /mnt';
    assert.equal(unshare('-m', 'sh', '-c', script).stdout, 'inside\n');
    assert.notEqual(run('ls', ['/mnt']).stdout, 'inside\n');
  });
});

describe('maps that only root may write', () => {
  test('any range, with no entry in /etc/subuid', () => {
    const maps = [
      '--map-users=0:200000:10',
      '--map-groups=0:300000:10',
      '--setuid=0',
      '--setgid=0',
    ];
    const { stdout, stderr } = unshare(...maps, 'sh', '-c', 'cat /proc/self/[ug]id_map; id -u');
    assert.equal(stdout.replaceAll(/ +/g, ' '), ' 0 300000 10\n 0 200000 10\n0\n', stderr);
  });

  test('"all" maps every id to itself', () => {
    const { stdout } = unshare('--map-users=all', '--map-groups=all', 'cat', '/proc/self/uid_map');
    assert.equal(stdout, readFileSync('/proc/self/uid_map', 'utf8'));
  });

  test('setgroups stays allowed with one group, when asked', () => {
    const { stdout } = unshare('-r', '--setgroups=allow', 'cat', '/proc/self/setgroups');
    assert.equal(stdout, 'allow\n');
  });
});

describe('namespaces kept in files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nskit-kept-'));
  // A mount of its own, private, because a mount namespace cannot be kept on one that spreads.
  run('mount', ['--bind', folder, folder]);
  run('mount', ['--make-private', folder]);
  after(() => {
    run('umount', ['--recursive', '--lazy', folder]);
    rmSync(folder, { recursive: true });
  });
  const file = (name: string): string => {
    const path = join(folder, name);
    writeFileSync(path, '');
    return path;
  };

  for (const kind of ['uts', 'ipc', 'net', 'user', 'cgroup', 'mount', 'time']) {
    test(`--${kind}=FILE, entered when no process is left`, () => {
      const path = file(kind);
      const link = `/proc/self/ns/${{ mount: 'mnt', time: 'time_for_children' }[kind] ?? kind}`;
      const made = unshare(`--${kind}=${path}`, 'readlink', link);
      assert.equal(made.status, 0, made.stderr);
      const entered = enter(`--${kind}=${path}`, '--preserve-credentials', 'readlink', link);
      assert.equal(entered.stdout, made.stdout, entered.stderr);
      assert.notEqual(made.stdout.trim(), readlinkSync(link));
    });
  }

  test('--pid=FILE with --fork, while its first process lives', async () => {
    const path = file('pid');
    await using held = await start(nskitPath, [
      'unshare',
      '-f',
      `--pid=${path}`,
      '--kill-child',
      ...waiting,
    ]);
    assert.equal(held.firstLine, 'ready');
    const { stdout, stderr } = enter(`--pid=${path}`, 'sh', '-c', 'echo $$');
    assert.equal(stdout, '2\n', stderr);
  });

  test('the real nsenter enters what we kept', () => {
    const path = file('hostname');
    assert.equal(unshare(`--uts=${path}`, 'hostname', 'kept').status, 0);
    assert.equal(run('nsenter', [`--uts=${path}`, 'hostname']).stdout, 'kept\n');
  });

  test('a file that does not exist is named, and the program does not run', () => {
    for (const fork of [[], ['-f']]) {
      const { status, stdout, stderr } = unshare(...fork, `--uts=${folder}/none`, 'echo', 'ran');
      assert.deepEqual([status, stdout], [125, '']);
      assert.match(stderr, /keep the uts namespace.*ENOENT/);
    }
  });
});

describe('entering as root', () => {
  const user = process.env['NSKIT_TEST_USER'] ?? 'nobody';
  const asUser = ['--reuid', user, '--regid', '65534', '--clear-groups', '--'];

  test("a user's namespaces, and ones of ours beside them", async () => {
    await using held = await start('setpriv', [
      ...asUser,
      nskitPath,
      'unshare',
      '-Urn',
      ...waiting,
    ]);
    const target = ['-t', String(held.pid)];
    const both = enter(...target, '-U', '-n', 'sh', '-c', 'id -u; readlink /proc/self/ns/net');
    assert.equal(both.stdout, `0\n${readlinkSync(`/proc/${held.pid}/ns/net`)}\n`, both.stderr);
    // Its uts namespace is ours: only to be entered before the user namespace.
    const ours = enter(...target, '-U', '-u', 'readlink', '/proc/self/ns/uts');
    assert.equal(ours.stdout.trim(), readlinkSync('/proc/self/ns/uts'), ours.stderr);
  });

  test('--setuid follow, with no user namespace', async () => {
    await using held = await start('setpriv', [...asUser, ...waiting]);
    const { stdout } = enter(
      '-t',
      String(held.pid),
      '-S',
      'follow',
      '-G',
      'follow',
      'sh',
      '-c',
      'id -un; id -G',
    );
    assert.equal(stdout, `${user}\n65534\n`);
  });

  test('--join-cgroup', async (context) => {
    const mount = /^\S+ \S+ \S+ \/ (\S+) .* - cgroup2 /m.exec(
      readFileSync('/proc/self/mountinfo', 'utf8'),
    )?.[1];
    if (mount === undefined) {
      context.skip('no cgroup v2 is mounted here');
      return;
    }
    const cgroup = join(mount, `nskit-test-${process.pid}`);
    mkdirSync(cgroup);
    try {
      await using held = await start('sh', ['-c', 'echo ready; read line']);
      writeFileSync(join(cgroup, 'cgroup.procs'), String(held.pid));
      const { stdout, stderr } = enter(
        '-t',
        String(held.pid),
        '-c',
        'grep',
        '^0:',
        '/proc/self/cgroup',
      );
      assert.equal(stdout.trim(), `0::/nskit-test-${process.pid}`, stderr);
    } finally {
      rmdirSync(cgroup);
    }
  });
});
