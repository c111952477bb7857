import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  nskit,
  nskitPath,
  run,
  start,
  waiting,
  type Ended,
  type Running,
} from '../support/nskit.js';

const enter = (...args: string[]): Ended => nskit(['enter', ...args]);

let held: Running;
let pid: string;
before(async () => {
  held = await start(nskitPath, ['unshare', '-UrnuiC', ...waiting]);
  pid = String(held.pid);
});
after(async () => {
  await held[Symbol.asyncDispose]();
});

const theirs = (kind: string): string => readlinkSync(`/proc/${pid}/ns/${kind}`);

describe('beside the real nsenter', () => {
  const same: Record<string, (target: string) => string[]> = {
    'the network of one’s own unshare': (t) => [
      '-U',
      '-n',
      '--preserve-credentials',
      '-t',
      t,
      'ip',
      'link',
    ],
    'without --preserve-credentials groups cannot be dropped': (t) => ['-U', '-t', t, 'true'],
    'a hostname': (t) => ['-U', '-u', '--preserve-credentials', '-t', t, 'hostname'],
    'an exit status': (t) => ['-U', '--preserve-credentials', '-t', t, 'sh', '-c', 'exit 7'],
    'no such program': (t) => ['-U', '--preserve-credentials', '-t', t, 'no-such-program'],
    'no program at all': (t) => ['-U', '--preserve-credentials', '-t', t, '/etc/passwd'],
  };
  for (const [title, args] of Object.entries(same)) {
    test(title, () => {
      const ours = enter(...args(pid));
      const real = run('nsenter', args(pid));
      // Our own failures are 125, as env(1) has it; nsenter has 1.
      const status = real.status === 1 ? 125 : real.status;
      assert.deepEqual([ours.status, ours.stdout], [status, real.stdout], ours.stderr);
    });
  }
});

describe('namespaces', () => {
  const flags = { net: '-n', uts: '-u', ipc: '-i', cgroup: '-C' };
  for (const [kind, flag] of Object.entries(flags)) {
    test(`${flag} enters the ${kind} namespace`, () => {
      const { stdout } = enter(
        '-U',
        flag,
        '--preserve-credentials',
        '-t',
        pid,
        'readlink',
        `/proc/self/ns/${kind}`,
      );
      assert.equal(stdout.trim(), theirs(kind));
    });
  }

  test('a file in place of the process', () => {
    const files = [`--user=/proc/${pid}/ns/user`, `-n/proc/${pid}/ns/net`];
    const { stdout } = enter(...files, '--preserve-credentials', 'readlink', '/proc/self/ns/net');
    assert.equal(stdout.trim(), theirs('net'));
  });

  test('--user-parent enters the user namespace that owns a network namespace', () => {
    const { stdout, stderr } = enter(
      `--net=/proc/${pid}/ns/net`,
      '--user-parent',
      '--preserve-credentials',
      'readlink',
      '/proc/self/ns/user',
    );
    assert.equal(stdout.trim(), theirs('user'), stderr);
  });

  test('--all enters what is not ours, and leaves the rest alone', () => {
    const { status, stdout } = enter(
      '-a',
      '-t',
      pid,
      '--preserve-credentials',
      'sh',
      '-c',
      'readlink /proc/self/ns/*',
    );
    assert.equal(status, 0);
    for (const kind of ['user', 'net', 'uts', 'ipc', 'cgroup']) {
      assert.ok(stdout.includes(theirs(kind)), kind);
    }
    assert.ok(stdout.includes(readlinkSync('/proc/self/ns/mnt')));
  });

  test('--net-socket: the network of a socket that a process holds', async () => {
    const script = `
      require('node:net').createServer().listen(0, '127.0.0.1', function () { console.log(this._handle.fd); });`;
    const args = [
      '-Urn',
      'sh',
      '-c',
      'ip link set lo up; exec "$0" -e "$1"',
      process.execPath,
      script,
    ];
    await using server = await start(nskitPath, ['unshare', ...args]);
    const target = ['-t', String(server.pid), '-U', '--preserve-credentials'];
    const { stdout, stderr } = enter(
      ...target,
      '--net-socket',
      server.firstLine,
      'readlink',
      '/proc/self/ns/net',
    );
    assert.equal(stdout.trim(), readlinkSync(`/proc/${server.pid}/ns/net`), stderr);
  });

  test('the clocks of a time namespace', async () => {
    const args = ['-rTf', '--boottime=1000000', '--kill-child', 'sh', '-c', 'echo $$; read line'];
    await using moved = await start(nskitPath, ['unshare', ...args]);
    const target = ['-t', moved.firstLine, '-U', '-T', '--preserve-credentials'];
    const { stdout } = enter(...target, 'readlink', '/proc/self/ns/time');
    assert.equal(stdout.trim(), readlinkSync(`/proc/${moved.firstLine}/ns/time`));
    assert.notEqual(stdout.trim(), readlinkSync('/proc/self/ns/time'));
  });
});

describe('a process in pid and mount namespaces of its own', () => {
  let outer: Running;
  let target: string[];
  before(async () => {
    const script = 'cd /tmp; readlink /proc/1/ns/pid > /dev/null; echo ready; read line';
    const args = ['-Urpmf', '--mount-proc', '--kill-child', 'env', 'HELD=yes', 'sh', '-c', script];
    outer = await start(nskitPath, ['unshare', ...args]);
    const children = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8');
    target = ['-t', children.trim(), '-U', '--preserve-credentials'];
  });
  after(async () => {
    await outer[Symbol.asyncDispose]();
  });

  test('a pid namespace is entered by a child, whose exit status is ours', () => {
    const { status, stdout } = enter(
      ...target,
      '-p',
      '-m',
      'sh',
      '-c',
      'readlink /proc/self; exit 5',
    );
    assert.match(stdout, /^\d\n$/);
    assert.equal(status, 5);
  });

  test('with --no-fork only the children of the program are inside', () => {
    const { stdout } = enter(...target, '-p', '-F', 'sh', '-c', 'readlink /proc/self/ns/pid');
    assert.equal(stdout.trim(), readlinkSync(`/proc/${target[1] ?? ''}/ns/pid`));
    assert.match(enter(...target, '-p', '-F', 'sh', '-c', 'echo $$').stdout, /^\d{2,}\n$/);
  });

  test('a missing program is named even in a pid namespace', () => {
    const { status, stderr } = enter(...target, '-p', '-m', 'no-such-program');
    assert.equal(status, 127);
    assert.match(stderr, /^nskit: run the program: .*ENOENT/);
  });

  test('--wd and --root are those of the process', () => {
    assert.equal(enter(...target, '-m', '-w', 'pwd').stdout, '/tmp\n');
    assert.equal(enter(...target, '-m', '-r', '-w', 'pwd').stdout, '/tmp\n');
  });

  test('--root=DIR and --wd=DIR are found from here', () => {
    const { status, stdout } = enter(...target, '-w/usr', 'pwd');
    assert.deepEqual([status, stdout], [0, '/usr\n']);
    assert.equal(enter(...target, '--root=/etc', '/bin/true').status, 127);
  });

  test('--wdns is found inside, after --root', () => {
    assert.equal(enter(...target, '-m', '-W', '/usr', 'pwd').stdout, '/usr\n');
    assert.equal(enter(...target, '--root=/', '--wdns=/etc', 'pwd').stdout, '/etc\n');
  });

  test('--env gives the environment of the process, and nothing of ours', () => {
    const settings = { env: { ...process.env, OURS: 'yes' } };
    const { stdout } = nskit(['enter', ...target, '-e', 'env'], settings);
    assert.match(stdout, /^HELD=yes$/m);
    assert.doesNotMatch(stdout, /OURS|NSKIT_CALLER/);
  });

  test('--keep-caps', () => {
    const { stdout } = enter(...target, '--keep-caps', 'grep', 'CapAmb', '/proc/self/status');
    assert.doesNotMatch(stdout, /0{16}/);
    assert.match(enter(...target, 'grep', 'CapAmb', '/proc/self/status').stdout, /0{16}/);
  });
});

describe('credentials, with many ids mapped', () => {
  let many: Running;
  before(async () => {
    many = await start(nskitPath, [
      'unshare',
      '-r',
      '--map-auto',
      '-S',
      '33',
      '-G',
      '34',
      ...waiting,
    ]);
  });
  after(async () => {
    await many[Symbol.asyncDispose]();
  });
  const ids = (...args: string[]): string =>
    enter('-t', String(many.pid), '-U', ...args, 'sh', '-c', 'id -u; id -G').stdout;

  test('one becomes 0 without other groups', () => {
    assert.equal(ids(), '0\n0\n');
  });

  test('--setuid and --setgid choose others', () => {
    assert.equal(ids('-S', '5', '-G', '6'), '5\n6\n');
  });

  test('"follow" is what the process is, by the names it has inside', () => {
    assert.equal(ids('--setuid=follow', '--setgid=follow'), '33\n34\n');
  });

  test('--preserve-credentials leaves them', () => {
    assert.match(ids('--preserve-credentials'), /^0\n0/);
  });
});

describe('errors', () => {
  const mistakes: Record<string, [args: () => string[], says: RegExp]> = {
    'a process that is not there': [
      () => ['-n', '-t', '4194304', 'true'],
      /process 4194304: .*ESRCH/,
    ],
    'somebody else’s process': [() => ['-n', '-t', '1', 'true'], /EACCES[^]*another user/],
    'a file that is no namespace': [
      () => ['-n/etc/passwd', 'true'],
      /passwd is not a namespace file/,
    ],
    'a namespace of another kind': [
      () => [`-n/proc/${pid}/ns/uts`, 'true'],
      /is a uts namespace, not a network namespace/,
    ],
    'a file that is not there': [() => ['--net=/no-such-file', 'true'], /ENOENT on \/no-such-file/],
    'a namespace one may not enter': [
      () => ['-n', '-t', pid, 'true'],
      /setns failed with EPERM[^]*owner/,
    ],
    'neither file nor process': [() => ['--mount', 'true'], /--mount needs a process[^]*--target/],
    'a pid that is none': [() => ['-t', 'one', '-n', 'true'], /whole number/],
    'process 0': [() => ['-t', '0', '-n', 'true'], /from 1/],
    'no owner to enter': [() => ['--user-parent', 'true'], /name another namespace/],
    'two working directories': [() => ['-w/', '-W', '/', 'true'], /twice/],
    'a socket that is none': [() => ['-t', pid, '-U', '-N', '0', 'true'], /socket[^]*ioctl/],
    'a socket that is not there': [() => ['-t', pid, '-N', '99', 'true'], /fd 99 .*EBADF/],
    'an unknown option': [() => ['--targte', '1'], /Did you mean --target\?/],
  };
  for (const [title, [args, says]] of Object.entries(mistakes)) {
    test(title, () => {
      const { status, stderr } = enter(...args());
      assert.match(stderr, says);
      assert.equal(status, 125);
    });
  }
});

test('--dry-run prints the steps and takes none', () => {
  const { status, stdout } = enter('-U', '-n', '-t', pid, '--dry-run', 'false');
  assert.equal(status, 0);
  assert.match(stdout, /enter the user namespace {2}\(setns\)/);
});

test('--help has examples', () => {
  assert.match(enter('--help').stdout, /Examples:\n {2}nskit enter -t/);
});
