/** Mounts that nskit makes in a new mount namespace: over /etc, a fresh /sys and /proc. */
import { release } from 'node:os';
import {
  Block,
  cloneMount,
  exit,
  expectSuccess,
  fork,
  kernel,
  label,
  mount,
  step,
  type Program,
  type Step,
} from '../../native/index.js';
import { layTexts } from '../etc-files.js';
import { attempt, type Attempt, type Failure } from './attempt.js';
import type { Check, Finding } from './check.js';
import type { Facts } from './facts.js';
import { inContainerOr } from './fixes.js';
import { isAtLeast, parseMountinfo, readText, type MountLine } from './proc-text.js';
import { inside } from './rooms.js';
import { verdict, type Wording } from './verdict.js';

const { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY } = kernel;
const SAFE = MS_NOSUID | MS_NODEV | MS_NOEXEC;

export function mountChecks(facts: Facts): Check[] {
  const check = (id: string, title: string, run: Check['run']): Check => {
    return { id, title, group: 'mounts', run };
  };
  return [
    check('mount-tmpfs', 'tmpfs over /etc', async () =>
      verdict(await attempt([...inside('mnt'), tmpfs('/etc')]), facts, {
        works: 'mounted in a user namespace',
        fallback: hostEtc,
      }),
    ),
    check('mount-overlay', 'files over /etc', async () =>
      verdict(await attempt([...inside('mnt'), ...layTexts(anyText)]), facts, overlayWording),
    ),
    check('mount-sysfs', 'fresh /sys', () =>
      freshOrReadOnly('/sys', mountSysfs, { facts, fallback: hostSys }),
    ),
    check('mount-proc', 'fresh /proc', () =>
      freshOrReadOnly('/proc', mountProc, { facts, fallback: hostProc }),
    ),
    check('mount-api', 'open_tree and mount_setattr', async () =>
      verdict(await attempt(readOnlyCopy()), facts, mountApiWording),
    ),
  ];
}

const anyText = { '/etc/nskit': '' };
const hostEtc = "the host's /etc is seen inside: --file and a resolv.conf of its own do not work";
const hostSys = "the host's /sys is seen inside, with the host's network devices";
const hostProc = 'the outer /proc stays: ps inside shows the processes outside';

function tmpfs(target: string): Step {
  return mount(`mount a tmpfs on ${target}`, target, { source: 'tmpfs', type: 'tmpfs' });
}

const overlayWording: Wording = {
  works: 'laid over in a user namespace',
  otherwise: 'degraded',
  fallback: hostEtc,
  explain: ({ code }: Failure) => {
    if (code === 'ENODEV') {
      return { blocker: 'this kernel has no overlay file system', fix: 'sudo modprobe overlay' };
    }
    if (isAtLeast(release(), 5, 11)) return undefined;
    return {
      blocker: `Linux ${release()}: overlays in user namespaces came with 5.11`,
      fix: 'update the kernel to 5.11 or later',
    };
  },
};

function mountSysfs(flags: number): Promise<Attempt> {
  const fresh = mount('mount a fresh sysfs', '/sys', { source: 'sysfs', type: 'sysfs', flags });
  return attempt([...inside('net', 'mnt'), fresh]);
}

/** A proc file system shows a pid namespace that we must be in: so a child mounts it. */
function mountProc(flags: number): Promise<Attempt> {
  const child = label('the first process inside');
  const started = fork('start a process in the pid namespace', child);
  const wait = expectSuccess('wait for the process inside', started);
  const fresh = mount('mount a fresh proc', '/proc', { source: 'proc', type: 'proc', flags });
  return attempt([...inside('pid', 'mnt'), started, ...wait], { aside: [child, fresh, exit(0)] });
}

interface Room {
  readonly facts: Facts;
  readonly fallback: string;
}

/** The kernel refuses a view wider than the one we have: covered in part, or read-only. */
async function freshOrReadOnly(
  path: string,
  tryMount: (flags: number) => Promise<Attempt>,
  { facts, fallback }: Room,
): Promise<Finding> {
  const tried = await tryMount(SAFE);
  const wording: Wording = {
    works: 'mounted in a user namespace',
    fallback,
    otherwise: 'degraded',
    explain: ({ code }) => (code === 'EPERM' ? coveredBy(path, facts) : undefined),
  };
  const finding = verdict(tried, facts, wording);
  if (tried.failure?.code !== 'EPERM') return finding;
  const readOnly = await tryMount(SAFE | MS_RDONLY);
  if (readOnly.failure !== undefined) return finding;
  return {
    status: 'degraded',
    detail: 'mounted in a user namespace, but read-only',
    blocker: `${path} is read-only here`,
    fix: inContainerOr(facts.container, 'masks', `sudo mount -o remount,rw ${path}`),
    fallback: `a read-only ${path} of its own`,
  };
}

/** undefined where nothing lies over it: then the reason is another. */
function coveredBy(path: string, facts: Facts): Partial<Finding> | undefined {
  const points = coveringMounts(parseMountinfo(readText('/proc/self/mountinfo') ?? ''), path);
  if (points.length === 0) return undefined;
  const more = points.length > 4 ? ', ...' : '';
  return {
    blocker: `${path} is partly covered, by mounts on ${points.slice(0, 4).join(', ')}${more}`,
    fix: inContainerOr(facts.container, 'masks', `sudo umount ${points.join(' ')}`),
  };
}

/** What lies on these hides nothing: the kernel keeps them empty, for others to mount on. */
const meantForMounts = [
  ...['cgroup', 'bpf', 'fuse/connections', 'pstore', 'resctrl', 'selinux'].map(
    (n) => `/sys/fs/${n}`,
  ),
  ...['config', 'debug', 'security', 'tracing'].map((name) => `/sys/kernel/${name}`),
  ...['/sys/firmware/efi/efivars', '/proc/sys/fs/binfmt_misc', '/proc/fs/nfsd'],
];

/** The mounts that hide a part of a file system, the outermost of each part. */
export function coveringMounts(mounts: readonly MountLine[], path: string): string[] {
  const points = [...new Set(mounts.map(({ point }) => point))].sort();
  const isBelow = (point: string, other: string): boolean => point.startsWith(`${other}/`);
  return points
    .filter((point) => isBelow(point, path))
    .filter((point) => !meantForMounts.some((each) => point === each || isBelow(point, each)))
    .filter((point, _, all) => !all.some((other) => isBelow(point, other)));
}

/** struct mount_attr: attr_set, attr_clr, propagation, userns_fd. */
function readOnlyCopy(): Program {
  const attributes = new BigUint64Array([BigInt(kernel.MOUNT_ATTR_RDONLY), 0n, 0n, 0n]);
  const block = new Block(new Uint8Array(attributes.buffer));
  const copy = cloneMount('copy the mounts under /', '/');
  const flags = kernel.AT_EMPTY_PATH | kernel.AT_RECURSIVE;
  const setting = [copy, '', flags, block, block.bytes.length];
  return [...inside('mnt'), copy, step('make the copy read-only', 'mount_setattr', setting)];
}

const mountApiWording: Wording = {
  works: 'a copy of all mounts, read-only in one call',
  otherwise: 'degraded',
  fallback: 'mounts are made read-only one by one, where that is possible at all',
  explain: ({ code }: Failure) => {
    if (code !== 'ENOSYS' || isAtLeast(release(), 5, 12)) return undefined;
    return {
      blocker: `Linux ${release()}: mount_setattr came with 5.12`,
      fix: 'update the kernel to 5.12 or later',
    };
  },
};
