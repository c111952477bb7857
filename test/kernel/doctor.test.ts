/** Failures are made on the real kernel: in namespaces, chroots and filters of our own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { diagnose } from '../../src/index.js';
import { namespaceKinds } from '../../src/namespaces/index.js';
import { assertFinding, check, doctorAfter, doctorBy, nskit, type Report } from './doctor-run.js';

const systemPath = process.env['PATH'] ?? '';
let folder = '';

before(() => {
  folder = mkdtempSync('/tmp/nskit-doctor-test-');
});

after(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('where the main jobs work, doctor exits with 0 and tells of every check', () => {
  const report = doctorBy([]);
  assert.equal(report.status, 0);
  assert.ok(report.works);
  const ids = report.checks.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const each of report.checks) assert.notEqual(each.status, 'unknown', JSON.stringify(each));
  for (const kind of namespaceKinds)
    assert.equal(check(report, `namespace-${kind}`).status, 'works');
  for (const id of ['enter', 'map-one-id', 'map-subordinate-ids', 'mount-tmpfs', 'tun', 'veth']) {
    assert.equal(check(report, id).status, 'works', JSON.stringify(check(report, id)));
  }
});

test('the report for people is aligned, plain in a pipe, and ends with a sentence', () => {
  const { status, stdout } = spawnSync(nskit, ['doctor'], { encoding: 'utf8' });
  assert.equal(status, 0);
  // eslint-disable-next-line no-control-regex -- no escape sequence is what is asked for
  assert.doesNotMatch(stdout, /\x1b/);
  assert.match(stdout, /^ {2}works {5}network namespace {2,}made/m);
  assert.match(stdout, /The main jobs of nskit work here\. \d+ of \d+ checks work.*\.\n$/);
});

test('the help has examples', () => {
  const { status, stdout } = spawnSync(nskit, ['doctor', '--help'], { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.match(stdout, /Examples:\n {2}nskit doctor\n/);
});

test('--apparmor-profile names the launcher that is run', () => {
  const { stdout } = spawnSync(nskit, ['doctor', '--apparmor-profile'], { encoding: 'utf8' });
  assert.ok(stdout.includes(`"${dirname(nskit)}/{nskit,launcher-linux-*}"`));
});

test('nothing is left behind: no descriptor, child, mount or file', async () => {
  const [first, second] = [await leavings(), await leavings()];
  assert.deepEqual(first.after, first.before);
  assert.deepEqual(second.after, second.before);
});

async function leavings(): Promise<{ before: unknown; after: unknown }> {
  const look = (): unknown => {
    const tasks = readdirSync('/proc/self/task');
    return {
      files: readdirSync('/proc/self/fd').sort(),
      children: tasks.map((task) => readChildren(task)).join(''),
      mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
      state: stateFolders().flatMap((each) => readdirSync(each).filter(isOurs)),
    };
  };
  const before = look();
  const checks = await diagnose();
  assert.ok(checks.length > 20);
  return { before, after: look() };
}

function stateFolders(): string[] {
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? '/tmp';
  return [runtime, join(runtime, 'nskit')].filter(existsSync);
}

const isOurs = (name: string): boolean => /^(\.doctor|nskit)/.test(name);

function readChildren(task: string): string {
  const file = `/proc/self/task/${task}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

for (const kind of namespaceKinds) {
  test(`a limit of 0 ${kind} namespaces is named, with the setting that lifts it`, () => {
    const report = doctorAfter(`echo 0 > /proc/sys/user/max_${kind}_namespaces`);
    const name = `user.max_${kind}_namespaces`;
    const found = assertFinding(report, `namespace-${kind}`, 'fails', new RegExp(`^${name} is 0`));
    assert.match(found.detail, /ENOSPC/);
    assert.equal(found.fix, `sysctl -w ${name}=10000`);
    assert.ok(found.fallback);
    // What has a way around has none where user namespaces are missing.
    const overlay = check(report, 'mount-overlay').status;
    assert.equal(overlay, { user: 'fails', mnt: 'degraded' }[kind as string] ?? 'works');
    assert.equal(report.status, ['user', 'net', 'mnt', 'pid'].includes(kind) ? 1 : 0);
  });
}

test('the report explains one cause once', () => {
  const script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@" doctor';
  const args = ['-Ur', 'sh', '-c', script, 'sh', nskit];
  const { status, stdout } = spawnSync('unshare', args, { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.equal(stdout.split('because  user.max_user_namespaces').length, 2);
  assert.match(stdout, /fails +network namespace +for the same reason as: user namespace/);
  assert.match(stdout, /do not work here, for want of: user namespace, .*\nBegin with: sysctl -w /);
});

test('few open files leave few flows', () => {
  const report = doctorBy(['prlimit', '--nofile=1024:2048']);
  const found = assertFinding(report, 'open-files', 'degraded', /10,000 flows/);
  assert.equal(found.detail, 'soft 1024, hard 2048');
  assert.equal(report.status, 0);
});

test('under no_new_privs there is one id', () => {
  const report = doctorBy(['setpriv', '--no-new-privs']);
  const found = assertFinding(report, 'map-subordinate-ids', 'degraded', /no_new_privs/);
  assert.match(found.fallback ?? '', /^one id/);
  assert.equal(report.status, 0);
});

test('without newuidmap in PATH there is one id', () => {
  const bin = join(folder, 'only-node');
  spawnSync('mkdir', [bin]);
  symlinkSync(process.execPath, join(bin, 'node'));
  const found = assertFinding(
    doctorBy([], { PATH: bin }),
    'map-subordinate-ids',
    'degraded',
    /is not in PATH$/,
  );
  assert.match(found.fix ?? '', /^export PATH=/);
});

test('newuidmap without its setuid bit is named', () => {
  const bin = join(folder, 'not-setuid');
  spawnSync('mkdir', [bin]);
  for (const name of ['newuidmap', 'newgidmap']) copyFileSync(`/usr/bin/${name}`, join(bin, name));
  const report = doctorBy([], { PATH: `${bin}:${systemPath}` });
  const found = assertFinding(report, 'map-subordinate-ids', 'degraded', /is not setuid root/);
  assert.equal(found.fix, `sudo chmod u+s ${bin}/newuidmap`);
});

test("newuidmap's own complaint is passed on", () => {
  const bin = join(folder, 'complaining');
  spawnSync('mkdir', [bin]);
  for (const name of ['newuidmap', 'newgidmap']) {
    writeFileSync(join(bin, name), '#!/bin/sh\necho "no ids today" >&2\nexit 1\n');
    chmodSync(join(bin, name), 0o755);
  }
  const report = doctorBy([], { PATH: `${bin}:${systemPath}` });
  assert.match(check(report, 'map-subordinate-ids').detail, /; no ids today$/);
});

test("somebody else's XDG_RUNTIME_DIR is passed over", () => {
  const report = doctorBy([], { XDG_RUNTIME_DIR: '/run' });
  const found = assertFinding(
    report,
    'state-directory',
    'degraded',
    /belongs to uid 0, not to you/,
  );
  assert.match(found.fallback ?? '', /names are kept in /);
});

test('a state directory that is full or closed to us is no place for names', () => {
  const full = doctorAfter(
    `mount -t tmpfs -o size=4k,nr_inodes=2,mode=0700 none "$XDG_RUNTIME_DIR"`,
  );
  assertFinding(full, 'state-directory', 'fails', /is full$/);
  const shut = doctorAfter(`mount -t tmpfs -o ro,mode=0700 none "$XDG_RUNTIME_DIR"`);
  assertFinding(shut, 'state-directory', 'fails', /cannot be written$/);
});

test('a runtime directory that others may write is said to be so', () => {
  const open = join(folder, 'open');
  spawnSync('mkdir', [open]);
  chmodSync(open, 0o777);
  const report = doctorBy([], { XDG_RUNTIME_DIR: open });
  const found = assertFinding(report, 'state-directory', 'degraded', /open to others \(mode 777\)/);
  assert.equal(found.fix, `chmod 700 ${open}`);
});

/** Everything of / but its own folder, so that the root is no mount. */
const plainChroot = `
mkdir "$ROOT"; cd /
for each in [a-z]*; do
  if [ -L "$each" ]; then cp -P "$each" "$ROOT"
  elif [ -d "$each" ]; then mkdir "$ROOT/$each"; mount --rbind "$each" "$ROOT/$each" || true
  fi
done 2>/dev/null
exec /usr/sbin/chroot "$ROOT" "$@"`;

function doctorInChroot(script: string, root: string): Report {
  const wrapper = ['env', `ROOT=${root}`, 'unshare', '-Urm', 'sh', '-ec', script, 'sh'];
  return doctorBy(wrapper);
}

test('in a chroot user namespaces are refused, and the chroot is named', () => {
  const report = doctorInChroot(plainChroot, join(folder, 'plain'));
  const found = assertFinding(report, 'namespace-user', 'fails', /runs in a chroot/);
  assert.match(found.detail, /EPERM/);
  assert.equal(report.status, 1);
});

test('in a chroot that is a mount it is at least suspected', () => {
  const script = 'mkdir "$ROOT"; mount --rbind / "$ROOT"; exec /usr/sbin/chroot "$ROOT" "$@"';
  const report = doctorInChroot(script, join(folder, 'mounted'));
  assertFinding(report, 'namespace-user', 'fails', /most often by a chroot/);
  assert.equal(report.status, 1);
});

test('without ids of our own nothing can be made', () => {
  const report = doctorBy(['unshare', '-U']);
  assertFinding(report, 'namespace-user', 'fails', /has no number/);
  assert.equal(report.status, 1);
});

const tunTroubles: [what: string, script: string, blocker: RegExp, fix: RegExp][] = [
  ['another file', 'mount --bind /dev/null /dev/net/tun', /not the tun device/, /umount/],
  ['missing', 'mount -t tmpfs none /dev/net', /there is no \/dev\/net\/tun/, /mknod/],
  ['shut', 'mount --bind /etc/shadow /dev/net/tun', /may not be opened/, /chmod 0666/],
];
for (const [what, script, blocker, fix] of tunTroubles) {
  test(`a tun device that is ${what} costs the uplink alone`, () => {
    const report = doctorAfter(script);
    const found = assertFinding(report, 'tun', 'fails', blocker);
    assert.match(found.fix ?? '', fix);
    assert.match(found.fallback ?? '', /without an uplink/);
    assert.equal(report.status, 0);
  });
}

test('what covers a part of /sys or /proc is named', () => {
  const script = 'mount -t tmpfs none /sys/kernel; mount -t tmpfs none /proc/sys/fs';
  const report = doctorAfter(script);
  assertFinding(report, 'mount-sysfs', 'degraded', /partly covered, by mounts on \/sys\/kernel$/);
  assertFinding(report, 'mount-proc', 'degraded', /partly covered, by mounts on \/proc\/sys\/fs$/);
});

test('files that are mounts in /etc keep nothing from being laid over it', () => {
  const report = doctorAfter('mount --bind /etc/passwd /etc/hosts');
  assert.equal(check(report, 'mount-overlay').status, 'works');
});

test('where /sys is read-only, a fresh one is too', () => {
  const report = doctorAfter('mount -t sysfs -o ro none /sys', '-n');
  const found = assertFinding(report, 'mount-sysfs', 'degraded', /^\/sys is read-only/);
  assert.match(found.detail, /but read-only$/);
});

test('a group outside of ping_group_range opens no ping sockets', () => {
  // A new network namespace allows nobody.
  const report = doctorAfter('', '-n');
  for (const id of ['ping-v4', 'ping-v6']) {
    const found = assertFinding(report, id, 'degraded', /ping_group_range/);
    assert.equal(found.fix, 'sudo sysctl -w "net.ipv4.ping_group_range=0 2147483647"');
  }
});
