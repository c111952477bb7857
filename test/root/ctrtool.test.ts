/** ctrtool as root: what only root may ask of it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ctrtool, ctrtoolPath } from '../support/ctrtool.js';
import { run, start, waiting } from '../support/nskit.js';
import { user } from '../support/owner.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-ctrtool-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

const launcher = (...args: string[]) => ctrtool(['launcher', '--wait', ...args]);

describe('launcher', () => {
  test('namespaces without a user namespace; -N and -g leave root as it is', () => {
    const { stdout, stderr } = launcher(
      '-nmu',
      '-H',
      'inner',
      'sh',
      '-c',
      'hostname; id -u; id -G',
    );
    assert.equal(stdout, 'inner\n0\n0\n', stderr);
    assert.equal(launcher('-nNg', 'id', '-G').stdout, run('id', ['-G']).stdout);
  });

  test('maps of many ids, -S and -G of one of them, and its groups', () => {
    const maps = ['--uid-map=0.200000.10', '--gid-map=0.300000.10:20.300020.5'];
    const { stdout, stderr } = launcher('-U', ...maps, '-S7', '-G3', '--groups=1,2', 'id');
    assert.match(stdout, /^uid=7.* gid=3.* groups=3.*,1.*,2/, stderr);
    assert.match(launcher('-U', ...maps, 'id').stdout, /^uid=0.* gid=0\S* groups=0\S*$/m);
  });

  test('-O: the user namespace is another one’s, who can enter it', async () => {
    const uid = String(user.uid);
    const maps = [`--uid-map=0.${uid}.1`, `--gid-map=0.${user.gid}.1`, '--disable-setgroups'];
    const call = ['launcher', '--wait', '-Ung', '-O', uid, ...maps, ...waiting];
    await using held = await start(ctrtoolPath, call);
    const child = run('pgrep', ['-P', String(held.pid)]).stdout.trim();
    const enter = [
      'nsenter',
      `--user=/proc/${child}/ns/user`,
      `--net=/proc/${child}/ns/net`,
      '--preserve-credentials',
    ];
    const become = ['--reuid', uid, '--regid', String(user.gid), '--clear-groups'];
    assert.equal(run('setpriv', [...become, ...enter, 'id', '-u']).stdout, '0\n');
  });

  test('the process waits outside of a cgroup it can be put in, and then makes its own', () => {
    const script = 'readlink /proc/$1/ns/cgroup';
    const { stdout } = launcher('-C', '-d', '-x', script, 'readlink', '/proc/self/ns/cgroup');
    const [before, inside] = stdout.split('\n');
    assert.equal(before, readlinkSync('/proc/self/ns/cgroup'));
    assert.notEqual(inside, before);
  });

  test('refused without a namespace of its own, unless -E says to do it', () => {
    const cases: [args: string[], message: RegExp][] = [
      [['-H', 'x'], /a hostname needs a new uts namespace/],
      [['-r', '/'], /pivot_root needs a new mount namespace/],
      [['-t'], /a new proc needs a new mount namespace/],
      [['-mt', '-R', 'shared'], /whose mounts are private or slave/],
      [['-R', 'private'], /propagation needs a new mount namespace/],
    ];
    for (const [args, message] of cases) {
      const { status, stdout, stderr } = launcher(...args, 'echo', 'ran');
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, message);
    }
    // In a uts and mount namespace that a shell around it has made for this.
    const script = 'ctrtool launcher -w -E -H unsafe true; hostname';
    const { stdout } = launcher('-um', 'sh', '-c', script);
    assert.equal(stdout, 'unsafe\n');
  });

  test('a script moves a device in before the program runs', () => {
    const [outer, inner] = [`nsc${process.pid}`, `nsd${process.pid}`].map((one) =>
      one.slice(0, 15),
    );
    const script = `ip link add ${outer} type veth peer name ${inner} netns $1`;
    const { status, stdout } = launcher(
      '-n',
      '-d',
      '-x',
      script,
      'ip',
      '-o',
      'link',
      'show',
      inner ?? '',
    );
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`${inner}@`));
  });
});

describe('mount_seq', () => {
  test('in the mounts of the caller: what is made is there, and goes again', () => {
    const place = join(folder, 'place');
    assert.equal(ctrtool(['mount_seq', '-m', place, '-E', '-t', 'tmpfs']).status, 0);
    try {
      assert.equal(run('stat', ['-f', '-c', '%T', place]).stdout, 'tmpfs\n');
      mkdirSync(join(place, 'in'));
    } finally {
      assert.equal(ctrtool(['mount_seq', '-u', place]).status, 0);
    }
    assert.equal(run('mountpoint', ['-q', place]).status, 32);
  });
});

describe('ns_open_file', () => {
  test('needs no -U of root; -A makes a network namespace of nobody else’s', async () => {
    await using held = await start('unshare', ['-n', ...waiting]);
    const file = `/proc/${held.pid}/ns/net`;
    for (const option of ['-nN', '-nUN']) {
      assert.equal(ctrtool(['ns_open_file', option, file, '-6', '::,80', 'true']).status, 0);
    }
    assert.equal(ctrtool(['ns_open_file', '-nA', '-6', '::,80', '-l', '1', 'true']).status, 0);
  });
});
