/**
 * The cgroup that the uplink process is in, on a machine laid out as systemd does: root makes the
 * groups, and gives the user all below user@UID.service.
 */
import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, beforeEach, test } from 'node:test';
import { lockHolderPid } from '../../src/namespaces/pause.js';
import { nskitPath, run } from '../support/nskit.js';
import { byUser, removeRuntime, runtime, user, userNskit } from '../support/owner.js';
import { ended } from '../support/own-home.js';

const slice = `/user.slice/user-${user.uid}.slice`;
const session = `${slice}/session-9.scope`;
const manager = `${slice}/user@${user.uid}.service`;
const init = `${manager}/init.scope`;
const terminal = `${manager}/app.slice/terminal.scope`;

/** Where cgroup2 is mounted, from proc_pid_mountinfo(5). */
function mountPoint(): string {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const line = lines.find((one) => one.includes(' - cgroup2 '));
  return line?.split(' ')[4] ?? assert.fail('cgroup2 is not mounted');
}

const root = mountPoint();
const made: string[] = [];

/** With all that is missing above it; a delegated one belongs to the user. */
function makeGroup(group: string): void {
  if (group === '/' || existsSync(join(root, group))) return;
  makeGroup(dirname(group));
  mkdirSync(join(root, group));
  made.unshift(group);
  if (!group.startsWith(manager)) return;
  for (const file of ['', 'cgroup.procs']) chownSync(join(root, group, file), user.uid, user.gid);
}

beforeEach(() => makeGroup(session));
afterEach(async () => {
  assert.equal(userNskit('delete', '--all', '--kill').status, 0);
  for (const group of made.splice(0)) {
    // The uplink process, and its watcher, which ends after it.
    for (const pid of processesIn(group)) await ended(pid);
    rmdirSync(join(root, group));
  }
});
after(removeRuntime);

function processesIn(group: string): number[] {
  const text = readFileSync(join(root, group, 'cgroup.procs'), 'utf8');
  return text.split('\n').filter(Boolean).map(Number);
}

function uplinkPid(): number | undefined {
  return lockHolderPid(join(runtime, 'nskit/uplink/lock'));
}

/** Added from within this group; where the uplink process is then. */
function addedFrom(group: string): string {
  // The pause process is elsewhere: it stays where it was started.
  assert.equal(byUser(nskitPath, 'add', 'first').status, 0);
  const script = 'echo $$ > "$1/cgroup.procs"; shift; exec setpriv "$@"';
  const become = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups', '--'];
  const env = ['env', '-i', `PATH=${process.env['PATH']}`, `XDG_RUNTIME_DIR=${runtime}`];
  const command = [...become, ...env, nskitPath, 'add', 'lab', '--uplink'];
  const { status, stderr } = run('sh', ['-ec', script, 'sh', join(root, group), ...command]);
  assert.equal(status, 0, stderr);
  const text = readFileSync(`/proc/${uplinkPid()}/cgroup`, 'utf8');
  return /^0::(.*)$/m.exec(text)?.[1] ?? assert.fail(text);
}

test('a terminal’s window is left for the group of the user’s manager', () => {
  makeGroup(init);
  makeGroup(terminal);
  assert.equal(addedFrom(terminal), init);
});

test('the manager’s own group is stayed in', () => {
  makeGroup(init);
  assert.equal(addedFrom(init), init);
});

test('a login’s session, which only root leaves, is stayed in', () => {
  makeGroup(init);
  assert.equal(addedFrom(session), session);
});

test('where the user has no manager, the group is what it was', () => {
  assert.equal(addedFrom(session), session);
});
