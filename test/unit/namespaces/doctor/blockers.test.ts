/** What cannot be set up on every machine: other distributions' policies, told from facts alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KILLED, type Failure } from '../../../../src/namespaces/doctor/attempt.js';
import { explain } from '../../../../src/namespaces/doctor/blockers.js';
import type { Facts } from '../../../../src/namespaces/doctor/facts.js';
import { make } from '../../../../src/namespaces/doctor/rooms.js';

const plain: Facts = {
  isRoot: false,
  isInitialUserNamespace: true,
  container: undefined,
  unprivilegedUserNamespaces: undefined,
  appArmorRestricts: false,
  appArmorLabel: undefined,
  limits: {},
  seccompMode: 0,
  filtered: {},
  ownIdsMapped: true,
  isChroot: false,
  hasProc: true,
  noNewPrivileges: false,
};

function failure(syscall: string, code: string, step: string): Failure {
  return { syscall, code, step, message: `${step}: ${syscall} failed with ${code}` };
}

const unshareUser = (code: string): Failure => failure('unshare', code, make('user').sentence);

function assertBlocker(given: Failure, facts: Partial<Facts>, blocker: RegExp, fix?: RegExp): void {
  const explanation = explain(given, { ...plain, ...facts });
  assert.match(explanation.blocker ?? '', blocker);
  if (fix !== undefined) assert.match(explanation.fix ?? '', fix);
}

test("Debian's switch explains a refused user namespace, and nothing later", () => {
  const facts = { unprivilegedUserNamespaces: false };
  const fix = /^sudo sysctl -w kernel\.unprivileged_userns_clone=1$/;
  assertBlocker(unshareUser('EPERM'), facts, /unprivileged_userns_clone is 0/, fix);
  const mount = failure('mount', 'EPERM', 'mount a fresh proc');
  assertBlocker(mount, facts, /no known policy explains it/);
});

test("Debian's switch does not concern root", () => {
  const facts = { unprivilegedUserNamespaces: false, isRoot: true };
  assertBlocker(unshareUser('EPERM'), facts, /refused here/);
});

test('AppArmor may refuse the user namespace itself', () => {
  const fix = /--apparmor-profile .*apparmor_parser/;
  for (const code of ['EPERM', 'EACCES']) {
    assertBlocker(unshareUser(code), { appArmorRestricts: true }, /AppArmor .*refuses/, fix);
  }
});

test('AppArmor may let it be made and refuse all inside: maps, mounts, setgroups', () => {
  const inside = [
    failure('write', 'EPERM', 'map the user ids'),
    failure('open', 'EACCES', 'give up setgroups'),
    failure('mount', 'EACCES', 'mount a tmpfs on /etc'),
    failure('unshare', 'EPERM', make('net').sentence),
  ];
  for (const each of inside) {
    assertBlocker(each, { appArmorRestricts: true }, /takes all capabilities away inside/);
  }
});

test('a filter that refuses an empty call is surely one, with the fix of its engine', () => {
  const facts = { appArmorRestricts: true, seccompMode: 2, filtered: { unshare: 'EPERM' } };
  const surely = /seccomp filter refuses unshare \(EPERM even/;
  assertBlocker(unshareUser('EPERM'), facts, surely, /systemd unit RestrictNamespaces=no/);
  const docker = { ...facts, container: 'docker' };
  assertBlocker(unshareUser('EPERM'), docker, surely, /^docker run --security-opt seccomp=/);
  const podman = { ...facts, container: 'podman' };
  assertBlocker(unshareUser('EPERM'), podman, surely, /^podman run --security-opt seccomp=/);
  const pod = { ...facts, container: 'kubernetes' };
  assertBlocker(unshareUser('EPERM'), pod, surely, /seccompProfile/);
});

test('a filter that looks at the flags is only probable', () => {
  assertBlocker(unshareUser('EPERM'), { seccompMode: 2 }, /probably refuses unshare/);
});

test('ENOSYS is a filter where an empty call has it too, else an old kernel', () => {
  assertBlocker(unshareUser('ENOSYS'), { filtered: { unshare: 'ENOSYS' } }, /seccomp filter/);
  assertBlocker(unshareUser('ENOSYS'), { seccompMode: 2 }, /filter hides unshare, or this kernel/);
  assertBlocker(unshareUser('ENOSYS'), {}, /^this kernel has no unshare/);
});

test('a process that does not survive was killed by a filter', () => {
  assertBlocker(unshareUser(KILLED), {}, /seccomp filter kills programs that call unshare/);
});

test('a limit of 0 and a limit that is reached are told apart', () => {
  const net = failure('unshare', 'ENOSPC', make('net').sentence);
  const fix = /^sudo sysctl -w user\.max_net_namespaces=10000$/;
  assertBlocker(net, { limits: { net: 0 } }, /^user\.max_net_namespaces is 0$/, fix);
  assertBlocker(net, { limits: { net: 5 } }, /is reached \(5 here; an outer/, fix);
});

test('a kernel without a kind of namespace says EINVAL', () => {
  assertBlocker(failure('unshare', 'EINVAL', make('time').sentence), {}, /no time namespaces/);
});

test('a chroot is known by its root, or suspected without /proc', () => {
  assertBlocker(unshareUser('EPERM'), { isChroot: true }, /runs in a chroot/);
  assertBlocker(unshareUser('EPERM'), { hasProc: false }, /seems to be a chroot/);
});

test('ids without a number explain what happens before and while they are mapped', () => {
  assertBlocker(unshareUser('EPERM'), { ownIdsMapped: false }, /has no number/);
});

test('without user namespaces the fallback is root, whatever the cause', () => {
  const { fallback } = explain(unshareUser('EPERM'), plain);
  assert.match(fallback ?? '', /sudo nskit add NAME --owner/);
});
