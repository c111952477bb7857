/**
 * A home, a runtime directory and a configuration of a test file's own, in which it may do anything,
 * and the proof that it has left nothing.
 */
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { lockHolderPid } from '../../src/namespaces/pause.js';
import { tryCall, watch } from '../../src/native/index.js';
import { nskit, nskitPath, run, type Ended } from './nskit.js';

export interface OwnHome {
  /** Everything is below it. */
  readonly folder: string;
  readonly runtime: string;
  readonly state: string;
  readonly home: string;
  /** Where the files over /etc of each name are. */
  readonly netns: string;
  /** A folder for a test's own files. */
  readonly scratch: string;
}

/** Makes it and moves this process and what it starts there. */
export function ownHome(): OwnHome {
  const folder = mkdtempSync('/tmp/nskit-names-');
  const [runtime, home, scratch] = ['runtime', 'home', 'scratch'].map((name) => {
    mkdirSync(join(folder, name), { mode: 0o700 });
    return join(folder, name);
  }) as [string, string, string];
  process.env['XDG_RUNTIME_DIR'] = runtime;
  process.env['HOME'] = home;
  delete process.env['XDG_CONFIG_HOME'];
  const netns = join(home, '.config/nskit/netns');
  const state = join(runtime, 'nskit');
  return { folder, runtime, state, home, netns, scratch };
}

/** The pause process of a state directory. */
export function pausePid(state: string): number | undefined {
  return lockHolderPid(join(state, 'pause.lock'));
}

/**
 * Deletes every name and the runtime directory, which ends the pause process. Then no process, no
 * mount, no open file of this one and no file may be left.
 */
export async function leaveNothing(here: OwnHome): Promise<void> {
  const pause = pausePid(here.state);
  try {
    const { status, stderr } = nskit(['delete', '--all', '--kill']);
    assert.equal(status, 0, stderr);
    for (const kept of ['names', 'programs', 'inits', 'etc']) {
      const folder = join(here.state, kept);
      assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], [], kept);
    }
  } finally {
    rmSync(here.folder, { recursive: true });
  }
  if (pause !== undefined) await ended(pause);
  assert.deepEqual(processesAbout(here.folder), []);
  assert.deepEqual(openNamespaceFiles(here.folder), []);
  assert.deepEqual(mountsOf(here.folder), []);
}

/** Mounts of ours that this process sees: below the folder, or made by nskit. */
function mountsOf(folder: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => line.includes(folder) || line.includes('nskit'));
}

/** Once the process has ended: at once when there is none. */
export async function ended(pid: number): Promise<void> {
  const pidfd = tryCall('pidfd_open', pid, 0);
  if (pidfd < 0) return;
  await new Promise<void>((resolve) => {
    const watching = watch(pidfd, () => {
      watching[Symbol.dispose]();
      resolve();
    });
  });
  closeSync(pidfd);
}

/** Processes that have this text in their command line, environment, mounts or open files. */
export function processesAbout(text: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => Number(pid) !== process.pid && knows(pid, text))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

function knows(pid: string, text: string): boolean {
  const files = ['cmdline', 'environ', 'mountinfo'].map((file) => `/proc/${pid}/${file}`);
  if (files.some((file) => read(file).includes(text))) return true;
  return links(`/proc/${pid}/fd`).some((link) => link.includes(text));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function links(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => readlinkSync(join(folder, name)));
  } catch {
    return [];
  }
}

/** What the library may have left open here: namespaces, pidfds, programs, files of the home. */
export function openNamespaceFiles(folder: string): string[] {
  const ours = /^(net|user|mnt|pid|uts|ipc):\[|pidfd|memfd:nskit|^\/proc\//;
  return links('/proc/self/fd').filter((link) => ours.test(link) || link.startsWith(folder));
}

/**
 * A shell script in user, mount and pid namespaces of its own: the machine as if it were ours, and
 * nothing of it is left when the script ends. $T is an empty folder, a tmpfs; "nskit" keeps its names
 * below it.
 */
export function onOwnMachine(
  { scratch }: OwnHome,
  script: string,
  options: readonly string[] = [],
): Ended {
  const folder = mkdtempSync(join(scratch, 'machine-'));
  const prelude = `
mount -t tmpfs none "$T"; mkdir -m 700 "$T/runtime" "$T/home"
export XDG_RUNTIME_DIR="$T/runtime" HOME="$T/home"
nskit() { command "$NSKIT" "$@"; }
`;
  const namespaces = ['-Urmpf', '--mount-proc', '--kill-child', ...options];
  const env = { ...process.env, T: folder, NSKIT: nskitPath };
  return run('unshare', [...namespaces, 'sh', '-ec', prelude + script], { env });
}

/** The namespaces a program in this name is in, as links of /proc/PID/ns. */
export function namespacesIn(name: string, kinds: readonly string[]): string[] {
  const files = kinds.map((kind) => `/proc/self/ns/${kind}`);
  return nskit(['exec', name, 'readlink', ...files])
    .stdout.trim()
    .split('\n');
}
