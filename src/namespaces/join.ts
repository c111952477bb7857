/** Joining namespaces that are open, and making the caller's own mount namespace fit them. */
import {
  attachMount,
  cloneMount,
  forgiving,
  jump,
  kernel,
  label,
  mount,
  orElse,
  setPropagation,
  setns,
  step,
  textBlock,
  unshare,
  type Program,
} from '../native/index.js';
import { cloneFlags, kindWords } from './kinds.js';
import type { Opened } from './target.js';

/** setns(2) for each. To join the user namespace one is in already is EINVAL, and no error. */
export function joinAll(namespaces: readonly Opened[]): Program {
  return namespaces.map(({ kind, file }) => {
    const joined = setns(`join the ${kindWords[kind]} namespace`, file, cloneFlags[kind]);
    return kind === 'user' ? forgiving(joined, 'EINVAL') : joined;
  });
}

/**
 * A copy of the caller's mounts, of which the host sees nothing; the caller's working directory and
 * private mounts stay. Never the base's own mount namespace: that would lose both.
 */
export function privateMounts(): Program {
  return [unshare('copy the mount namespace', kernel.CLONE_NEWNS), setPropagation('/', 'slave')];
}

const MOUNT_FLAGS = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC;
const CGROUPS = '/sys/fs/cgroup';

/**
 * /sys/class/net of this network namespace. A fresh sysfs is refused when the host's is partly
 * covered (containers): then the host's stays, and the user is told. The cgroups are put back.
 */
export function freshSysfs(): { apply: Program; aside: Program } {
  const refused = label('a fresh sysfs is refused');
  const done = label('after sysfs');
  const cgroups = forgiving(cloneMount('keep the cgroup mounts', CGROUPS));
  const warning = textBlock(
    "nskit: warning: /sys shows the host's network devices: a fresh sysfs is not permitted here\n",
  );
  return {
    apply: [
      cgroups,
      orElse(
        mount('mount a sysfs of this network namespace', '/sys', {
          source: 'sysfs',
          type: 'sysfs',
          flags: MOUNT_FLAGS,
        }),
        refused,
      ),
      forgiving(attachMount('put back the cgroup mounts', cgroups, CGROUPS)),
      done,
    ],
    aside: [
      refused,
      step('warn that /sys is the host’s', 'write', [2, warning, warning.bytes.length], {
        recovery: { goTo: done },
      }),
      jump(done),
    ],
  };
}

export function freshProc(target = '/proc'): Program {
  return [
    mount('mount a proc of this pid namespace', target, {
      source: 'proc',
      type: 'proc',
      flags: MOUNT_FLAGS,
    }),
  ];
}

export interface View {
  readonly view: Program;
  readonly aside: Program;
}

/** Mounts of its own for a program: /sys of its network namespace, /proc of its pid namespace. */
export function viewOf({ pid, over = [] }: { pid: boolean; over?: Program }): View {
  const sysfs = freshSysfs();
  return {
    view: [...privateMounts(), ...sysfs.apply, ...over, ...(pid ? freshProc() : [])],
    aside: sysfs.aside,
  };
}
