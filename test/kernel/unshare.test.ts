import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { describe, test } from 'node:test';
import { subordinateIds } from '../../src/namespaces/index.js';
import { nskit, nskitPath, run, start, waiting, type Ended } from '../support/nskit.js';

const unshare = (...args: string[]): Ended => nskit(['unshare', ...args]);

/** The namespace of a kind, seen from inside or here. */
const inodeHere = (kind: string): string => readlinkSync(`/proc/self/ns/${kind}`);

describe('beside the real unshare', () => {
  const same: Record<string, string[]> = {
    'nobody is mapped': ['-U', 'id', '-u', '-n'],
    'root inside': [
      '-r',
      'cat',
      '/proc/self/uid_map',
      '/proc/self/gid_map',
      '/proc/self/setgroups',
    ],
    'the same user inside': ['-c', 'cat', '/proc/self/uid_map', '/proc/self/gid_map'],
    'only a user mapped': ['--map-user=5', 'cat', '/proc/self/uid_map', '/proc/self/gid_map'],
    'only a group mapped': ['--map-group=5', 'cat', '/proc/self/uid_map', '/proc/self/gid_map'],
    'a user by name': ['--map-user=daemon', 'cat', '/proc/self/uid_map'],
    'the last of several counts': ['-r', '--map-user=7', '-c', 'cat', '/proc/self/uid_map'],
    'subordinate users': ['--map-users=auto', 'cat', '/proc/self/uid_map', '/proc/self/gid_map'],
    'subordinate groups': ['--map-groups=auto', 'cat', '/proc/self/uid_map', '/proc/self/gid_map'],
    'both, and root': ['-r', '--map-auto', 'cat', '/proc/self/uid_map', '/proc/self/gid_map'],
    'setgroups denied': ['-U', '--setgroups', 'deny', 'cat', '/proc/self/setgroups'],
    'setgroups allowed': ['-U', '--setgroups=allow', 'cat', '/proc/self/setgroups'],
    'the network devices': ['-Urn', 'ip', '-o', 'link'],
    'a process list': ['-Urpf', '--mount-proc', 'ps', '-o', 'pid,args'],
    'capabilities kept': ['-c', '--keep-caps', 'grep', 'Cap', '/proc/self/status'],
    'private mounts': ['-rm', 'sh', '-c', 'grep -c shared: /proc/self/mountinfo'],
    'another root directory': ['-r', '--root', '/proc/self', 'pwd'],
    'a working directory': ['-r', '--wd', '/usr', 'pwd'],
    'setuid to oneself': ['-r', '--setuid', '0', 'id', '-u'],
    'an exit status': ['-Urf', 'sh', '-c', 'exit 7'],
    'a death by signal': ['-Ur', 'sh', '-c', 'kill -TERM $$'],
    'no such program': ['-Ur', 'no-such-program'],
    'no program at all': ['-Ur', '/etc/passwd'],
  };
  for (const [title, args] of Object.entries(same)) {
    test(title, () => {
      const ours = unshare(...args);
      const theirs = run('unshare', args);
      assert.deepEqual([ours.status, ours.stdout], [theirs.status, theirs.stdout], ours.stderr);
    });
  }
});

describe('namespaces', () => {
  const flags = { mnt: 'm', uts: 'u', ipc: 'i', net: 'n', cgroup: 'C' };
  for (const [kind, flag] of Object.entries(flags)) {
    test(`-${flag} makes a new ${kind} namespace and no other`, () => {
      const links = ['mnt', 'uts', 'ipc', 'net', 'cgroup'].map((name) => `/proc/self/ns/${name}`);
      const { stdout, stderr } = unshare('-r', `-${flag}`, 'readlink', ...links);
      const changed = stdout
        .trim()
        .split('\n')
        .filter((link) => link !== inodeHere(link.split(':')[0] ?? ''));
      assert.equal(changed.length, 1, stderr);
      assert.ok(changed[0]?.startsWith(`${kind}:`));
    });
  }

  test('-p alone leaves the program outside: its child is the first process', () => {
    const { stdout } = unshare('-rp', 'sh', '-c', 'readlink /proc/self/ns/pid');
    assert.notEqual(stdout.trim(), inodeHere('pid'));
    assert.match(unshare('-rp', 'sh', '-c', 'echo $$').stdout, /^\d{2,}\n$/);
  });

  test('-f alone makes a child that is not the first process', () => {
    assert.match(unshare('-rf', 'sh', '-c', 'echo $$').stdout, /^\d{2,}\n$/);
  });

  test('the clocks of a time namespace are moved', () => {
    const args = [
      '-rT',
      '--boottime',
      '1000000',
      '--monotonic=-1',
      'cat',
      '/proc/self/timens_offsets',
    ];
    const { stdout } = unshare(...args);
    assert.match(stdout, /monotonic +-1 +0\nboottime +1000000 +0\n/);
  });

  test('the program has our pid, and no Node stands by', async () => {
    await using held = await start(nskitPath, ['unshare', '-Urn', ...waiting]);
    assert.equal(readFileSync(`/proc/${held.pid}/comm`, 'utf8'), 'sh\n');
    assert.equal(held.firstLine, 'ready');
  });
});

describe('maps', () => {
  test('colons put the inside first, commas the outside, and several add up', () => {
    const {
      uid: [{ start: uid } = assert.fail('no subordinate uids')],
      gid: [{ start: gid } = assert.fail('no subordinate gids')],
    } = subordinateIds();
    const users = [`--map-users=0:${uid}:10`, `--map-users=${uid + 10},10,5`];
    const maps = [...users, `--map-groups=0:${gid}:1`];
    const { stdout, stderr } = unshare(...maps, 'cat', '/proc/self/uid_map');
    assert.equal(stdout.replaceAll(/ +/g, ' '), ` 0 ${uid} 10\n 10 ${uid + 10} 5\n`, stderr);
  });

  test('ids that are not ours are refused, and nothing runs', () => {
    const { status, stdout, stderr } = unshare('--map-users=0:1:10', 'echo', 'ran');
    assert.deepEqual([status, stdout], [125, '']);
    assert.match(stderr, /not allowed/);
    assert.match(stderr, /nskit: .*newuidmap/);
  });

  test('setgroups can be denied even with groups mapped', () => {
    const { stdout } = unshare(
      '-r',
      '--map-auto',
      '--setgroups=deny',
      'cat',
      '/proc/self/setgroups',
    );
    assert.equal(stdout, 'deny\n');
  });

  test('with mapped ids the program becomes another user and group', () => {
    const { stdout } = unshare(
      '-r',
      '--map-auto',
      '-S',
      '33',
      '-G',
      '34',
      'sh',
      '-c',
      'id -u; id -G',
    );
    assert.equal(stdout, '33\n34\n');
  });

  test('--keep-caps keeps them for another user than root too', () => {
    const args = [
      '-r',
      '--map-auto',
      '-S',
      '33',
      '--keep-caps',
      'grep',
      'CapEff',
      '/proc/self/status',
    ];
    assert.doesNotMatch(unshare(...args).stdout, /0000000000000000/);
  });

  test('a caller that ignores SIGCHLD gets its maps, and the program ignores it still', () => {
    const script = `trap '' CHLD; exec "$@"`;
    const command = [
      nskitPath,
      'unshare',
      '-r',
      '--map-auto',
      'grep',
      'SigIgn',
      '/proc/self/status',
    ];
    const { stdout, stderr } = run('bash', ['-c', script, 'bash', ...command]);
    const ignored = BigInt(`0x${/[0-9a-f]{16}/.exec(stdout)?.[0] ?? '0'}`);
    assert.equal((ignored >> 16n) & 1n, 1n, stderr);
  });
});

describe('no program', () => {
  test('$SHELL runs', () => {
    const env = { ...process.env, SHELL: '/usr/bin/id' };
    const { stdout } = nskit(['unshare', '-r'], { env });
    assert.match(stdout, /^uid=0/);
  });

  test('without $SHELL it is /bin/sh', () => {
    const { SHELL: _, ...env } = process.env;
    assert.equal(nskit(['unshare', '-r'], { env, input: 'id -u' }).stdout, '0\n');
  });
});

describe('--dry-run', () => {
  test('prints the steps and takes none', () => {
    const { status, stdout } = unshare('-Urn', '--dry-run', 'touch', '/no-such-folder/file');
    assert.equal(status, 0);
    assert.match(stdout, /make new user, network namespaces {2}\(unshare\)/);
    assert.match(stdout, /run the program/);
  });
});

describe('errors', () => {
  const mistakes: Record<string, [args: string[], says: RegExp]> = {
    'an unknown option suggests the nearest': [['--mont'], /Did you mean --mount\?/],
    'a map that is no map': [['--map-users=1'], /INSIDE:OUTSIDE:COUNT/],
    'a map of no ids': [['--map-users=0:100000:0', '--map-groups=auto', 'true'], /no id map/],
    'no such user': [['--map-user=no-such-user', 'true'], /no user "no-such-user"/],
    'no such group': [['-G', 'no-such-group', 'true'], /no group "no-such-group"/],
    'no such signal': [['--kill-child=NONE', 'true'], /no such signal/],
    'setgroups allowed with one group': [
      ['--map-group=0', '--setgroups=allow', 'true'],
      /setgroups/,
    ],
    'setgroups without a user namespace': [['--setgroups=deny', 'true'], /new user namespace/],
    'clocks without a time namespace': [['-r', '--boottime=1', 'true'], /new time namespace/],
    'a kept pid namespace without a child': [['-r', '--pid=/tmp/x', 'true'], /--fork/],
    'pivot_root with shared mounts': [
      ['-r', '--pivot-root=/usr', '--propagation=shared', 'true'],
      /shared/,
    ],
    'a propagation that is none': [['-m', '--propagation=some', 'true'], /private, shared, slave/],
    'no right to a network namespace': [['-n', 'true'], /unshare failed with EPERM/],
    'a directory that is none': [
      ['-r', '--wd=/no-such-folder', 'true'],
      /ENOENT on \/no-such-folder/,
    ],
  };
  for (const [title, [args, says]] of Object.entries(mistakes)) {
    test(title, () => {
      const { status, stderr } = unshare(...args);
      assert.match(stderr, says);
      assert.equal(status, 125);
    });
  }

  test('a program that is missing behind --fork --pid is named by its errno', () => {
    const { status, stderr } = unshare('-Urpf', 'no-such-program');
    assert.equal(status, 127);
    assert.match(stderr, /^nskit: run the program: .*ENOENT/);
  });

  test('--help has examples', () => {
    const { status, stdout } = unshare('--help');
    assert.equal(status, 0);
    assert.match(stdout, /Examples:\n {2}nskit unshare -Urn/);
  });
});
