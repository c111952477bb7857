/** `ctrtool launcher`: namespaces, ids, capabilities and the view of the file system, as a user. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ctrtool, launcher, ownUser } from '../support/ctrtool.js';
import { start, waiting } from '../support/nskit.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-launcher-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

const own = (kind: string): string => readlinkSync(`/proc/self/ns/${kind}`);

describe('namespaces', () => {
  const letters = { C: 'cgroup', i: 'ipc', m: 'mnt', n: 'net', p: 'pid', u: 'uts' };
  const words = { C: 'cgroup', i: 'ipc', m: 'mount', n: 'net', p: 'pid', u: 'uts' };
  for (const [letter, kind] of Object.entries(letters)) {
    test(`-${letter} and its long name make a new ${kind} namespace, and no other`, () => {
      const long = `--${words[letter as keyof typeof words]}`;
      for (const option of [`-${letter}`, long]) {
        const script = 'for k in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$k; done';
        const { stdout, stderr } = launcher([option, 'sh', '-c', script]);
        const lines = stdout.trim().split('\n');
        const changed = Object.values(letters).filter((one, i) => lines[i] !== own(one));
        assert.deepEqual(changed, [kind], stderr);
      }
    });
  }

  test('--network is --net', () => {
    assert.notEqual(
      launcher(['--network', 'readlink', '/proc/self/ns/net']).stdout.trim(),
      own('net'),
    );
  });

  test('several in a cluster, with the value of the last option in the next word', () => {
    const script = 'echo $$; hostname; ls /sys/class/net';
    const { stdout } = launcher(['-pmunH', 'inner', '-t', 'sh', '-c', script]);
    assert.match(stdout, /^1\ninner\n/);
  });

  test('maps with several ranges, as only newuidmap could write them, are refused by the kernel', () => {
    const args = ['launcher', '-Ug', '--uid-map=0.0.1:1.1.1', '--wait', 'true'];
    const { status, stderr } = ctrtool(args);
    assert.equal(status, 1);
    assert.match(stderr, /^ctrtool launcher: write its uid_map.*: Operation not permitted\n$/);
  });

  test('--disable-setgroups alone; without any map everybody is nobody', () => {
    const args = ['launcher', '-UgN', '--disable-setgroups', '--wait', 'sh', '-c'];
    const { stdout } = ctrtool([...args, 'id -u; cat /proc/self/setgroups']);
    assert.equal(stdout, '65534\ndeny\n');
  });

  test('--set-tid names the number in the new pid namespace', () => {
    assert.equal(launcher(['-p', '--set-tid', '1', 'sh', '-c', 'echo $$']).stdout, '1\n');
    const other = launcher(['-p', '--set-tid', '7', 'true']);
    assert.equal(other.status, 1);
    assert.match(other.stderr, /start the new process: Invalid argument/);
  });

  test('--nsenter-post joins the namespaces of a process', async () => {
    await using held = await start('unshare', [
      '-Urnu',
      'sh',
      '-c',
      `hostname joined; ${waiting[2]}`,
    ]);
    const args = ['-U', '--nsenter-post', `Uun//proc/${held.pid}`];
    const ns = 'hostname; readlink /proc/self/ns/net';
    const joined = ctrtool(['launcher', '-gNfi', ...args.slice(1), 'sh', '-c', ns]);
    const [name, net] = joined.stdout.split('\n');
    assert.equal(name, 'joined', joined.stderr);
    assert.equal(net, readlinkSync(`/proc/${held.pid}/ns/net`));
  });

  test('--nsenter by a file and by an fd; -f enters a user namespace', async () => {
    await using held = await start('unshare', ['-Urnu', ...waiting]);
    const proc = `/proc/${held.pid}/ns`;
    const shell = `exec 8<${proc}/user 9<${proc}/net; exec "$@"`;
    const args = ['launcher', '-gNf', '8', '--nsenter', 'nX:9', '--nsenter', `u=${proc}/uts`];
    const show = 'readlink /proc/self/ns/net /proc/self/ns/uts /proc/self/ns/user; ls /proc/$$/fd';
    const { stdout, stderr } = runShell(shell, ['ctrtool', ...args, 'sh', '-c', show]);
    const [net, uts, user, ...fds] = stdout.trim().split('\n');
    assert.equal(net, readlinkSync(`${proc}/net`), stderr);
    assert.equal(uts, readlinkSync(`${proc}/uts`));
    assert.equal(user, readlinkSync(`${proc}/user`));
    assert.ok(fds.includes('8') && !fds.includes('9'));
  });

  test('--nsenter-post by a variable that holds an fd', async () => {
    await using held = await start('unshare', ['-Urn', ...waiting]);
    const proc = `/proc/${held.pid}/ns`;
    const shell = `exec 8<${proc}/user 9<${proc}/net; export NET=9; exec "$@"`;
    const args = ['launcher', '-gNf8', '--nsenter-post=n-NET', 'readlink', '/proc/self/ns/net'];
    assert.equal(runShell(shell, ['ctrtool', ...args]).stdout.trim(), readlinkSync(`${proc}/net`));
  });
});

/** `exec "$@"` after something only a shell can do. */
function runShell(script: string, argv: readonly string[]) {
  return ctrtool(['ns_open_file', 'sh', '-c', script, 'sh', ...argv]);
}

describe('who the program is', () => {
  const status = (field: string, ...args: string[]): string => {
    const { stdout, stderr } = launcher([...args, 'grep', `^${field}:`, '/proc/self/status']);
    assert.equal(stderr, '');
    return stdout
      .replace(/^\w+:\s*/, '')
      .trim()
      .replaceAll('\t', ' ');
  };

  test('uid and gid 0 when not said, -S and -G, -N', () => {
    assert.equal(status('Uid'), '0 0 0 0');
    const other = launcher(['-S', '5', 'true']);
    assert.match(other.stderr, /become user 5: Invalid argument/);
    const unmapped = ['launcher', '-UgN', '--wait', 'sh', '-c', 'id -u; id -g'];
    assert.equal(ctrtool(unmapped).stdout, '65534\n65534\n');
    const args = ownUser.map((word) => word.replace(/=0\./, '=7.'));
    const seven = ['launcher', ...args, '-S', '7', '-G', '0x7', '--wait', 'id', '-u'];
    assert.equal(ctrtool(seven).stdout, '7\n');
  });

  test('groups are cleared, unless -g says otherwise', () => {
    const cleared = ctrtool(['launcher', ...ownUser.filter((w) => w !== '-g'), '--wait', 'true']);
    assert.equal(cleared.status, 1);
    assert.match(cleared.stderr, /drop the supplementary groups: Operation not permitted/);
    const set = launcher(['--groups', '0', 'true']);
    assert.match(set.stderr, /set the groups: Operation not permitted/);
  });

  /** All that the kernel has: who makes a user namespace has them there. */
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
  const all = ((1n << BigInt(last + 1)) - 1n).toString(16).padStart(16, '0');

  test('-k and -I: the inheritable set', () => {
    assert.equal(status('CapInh', '-k'), all);
    assert.equal(status('CapInh', '-I', '0x1000'), '0000000000001000');
  });

  test('-a: the ambient set, which another user than 0 keeps', () => {
    assert.equal(status('CapAmb', '-I', '0x3000', '-a', '0x1000'), '0000000000001000');
    assert.equal(status('CapAmb', '-k', '-a', 'inherit'), all);
    const mapped = ownUser.map((word) => word.replace(/=0\./, '=7.'));
    const args = ['launcher', ...mapped, '-S7', '-G7', '-I4096', '-a4096', '--wait'];
    const { stdout } = ctrtool([...args, 'grep', 'CapEff', '/proc/self/status']);
    assert.equal(stdout, 'CapEff:\t0000000000001000\n');
  });

  test('-b: the bounding set', () => {
    assert.equal(status('CapBnd', '-b', '0x1001'), '0000000000001001');
    assert.equal(status('CapEff', '-b', '0x1001'), '0000000000001001');
    const none = launcher(['-b', '0x8000000000000000', 'true']);
    assert.equal(none.status, 1);
    assert.match(none.stderr, /keep capability 63, which must be in the bounding set/);
  });

  test('-B: secure bits; with NOROOT uid 0 has nothing', () => {
    assert.equal(status('CapEff', '-B', '3'), '0000000000000000');
  });

  test('-D: no new privileges; -q is of no consequence once the program runs', () => {
    assert.equal(status('NoNewPrivs', '-D'), '1');
    assert.equal(status('CapEff', '-q'), all);
  });

  test('long names', () => {
    const args = ['--inh-caps=0x1000', '--ambient-caps=inherit', '--bounding-caps=0x1000'];
    assert.equal(
      status('CapAmb', ...args, '--securebits=0', '--uid=0', '--gid=0'),
      '0000000000001000',
    );
  });
});

describe('what the program sees', () => {
  test('-t: a /proc of its own pid namespace', () => {
    const { stdout } = launcher([
      '-pmt',
      'sh',
      '-c',
      'ls /proc | grep -c "^[0-9]"; readlink /proc/self',
    ]);
    assert.match(stdout, /^[234]\n/);
  });

  test('-r: another root, of which only the mount is needed', () => {
    const root = join(folder, 'root');
    mkdirSync(root);
    // The script mounts from within, as the root must be a mount of the new namespace.
    const script = `nsenter --user=/proc/$1/ns/user --mount=/proc/$1/ns/mnt --preserve-credentials \
      sh -ec 'ctrtool mount_seq -m "$0" -t tmpfs -D "$0/usr" -m "$0/usr" -s /usr -Obv \
        -D "$0/proc" -D "$0/bin" -m "$0/bin" -s /usr/bin -Ob -l "$0/lib" -s usr/lib \
        -l "$0/lib64" -s usr/lib64' '${root}'`;
    const args = ['-pmt', '-r', root, '-d', '-x', script, '/bin/sh', '-c', 'pwd; ls /; echo $$'];
    const { stdout, stderr } = launcher(args);
    assert.equal(stdout, '/\nbin\nlib\nlib64\nproc\nusr\n1\n', stderr);
  });

  test('-R: how mounts spread', () => {
    const show = ['sh', '-c', 'grep " / / " /proc/self/mountinfo'];
    const optional = (...args: string[]): string =>
      / - /
        .exec(launcher(['-m', ...args, ...show]).stdout)
        ?.input.split(' - ')[0]
        ?.split(' ')
        .slice(6)
        .join(' ') ?? '';
    assert.equal(optional('-R', 'private'), '');
    assert.match(optional('-R', 'shared'), /^(shared:\d+ )?|shared:\d+/);
    assert.doesNotMatch(optional(), /shared/);
    assert.doesNotMatch(optional('--propagation=slave'), /shared/);
  });

  test('-V: no environment but what is ours', () => {
    assert.equal(launcher(['-V', '/usr/bin/env']).stdout, '');
    const { stdout } = launcher(['-VX1', '/usr/bin/env']);
    assert.match(stdout, /^CONTAINER_LAUNCHER_UNIX_FD=\d+\n$/);
  });

  test('the environment of the caller, and none of our own notes', () => {
    const env = { PATH: process.env['PATH'], MINE: 'yes' };
    const { stdout } = launcher(['/usr/bin/env'], { env });
    assert.deepEqual(stdout.trim().split('\n').sort(), ['MINE=yes', `PATH=${env.PATH}`]);
  });
});
