/**
 * Why the kernel said no, from the failure and the facts: a list of causes, the surest first. Pure,
 * so that what cannot be set up on one machine (AppArmor, another distribution) is still tested.
 */
import { kindWords } from '../kinds.js';
import { appArmorFix } from './apparmor-profile.js';
import { KILLED, type Failure } from './attempt.js';
import type { Finding } from './check.js';
import type { Facts } from './facts.js';
import { inContainerOr, setSysctl } from './fixes.js';
import { kindMadeBy, stageOf } from './rooms.js';

export type Explanation = Pick<Finding, 'blocker' | 'fix' | 'fallback'>;

type Cause = (failure: Failure, facts: Facts) => Explanation | undefined;

/** Nothing of ours works without a user namespace; root can make the others for a user. */
const byRoot = 'let root make namespaces for you: sudo nskit add NAME --owner USER';

export function explain(failure: Failure, facts: Facts): Explanation {
  for (const cause of causes) {
    const explanation = cause(failure, facts);
    if (explanation === undefined) continue;
    return stageOf(failure.step) === 'inside' ? explanation : { fallback: byRoot, ...explanation };
  }
  return {};
}

const causes: readonly Cause[] = [
  killedByFilter,
  filtered,
  limitReached,
  missingInKernel,
  switchedOff,
  idsUnmapped,
  chroot,
  appArmor,
  filterUnseen,
  somethingElse,
];

function isRefusal({ code }: Failure): boolean {
  return code === 'EPERM' || code === 'EACCES';
}

function killedByFilter({ code, syscall }: Failure, facts: Facts): Explanation | undefined {
  if (code !== KILLED) return undefined;
  return {
    blocker: `a seccomp filter kills programs that call ${syscall}`,
    fix: allowBySeccomp(facts),
  };
}

function filtered({ code, syscall }: Failure, facts: Facts): Explanation | undefined {
  const answer = facts.filtered[syscall];
  if (answer === undefined || answer !== code) return undefined;
  return {
    blocker: `a seccomp filter refuses ${syscall} (${answer} even for a call that does nothing)`,
    fix: allowBySeccomp(facts),
  };
}

export function allowBySeccomp(facts: Facts): string {
  const elsewhere = 'start nskit outside the sandbox; in a systemd unit RestrictNamespaces=no';
  return inContainerOr(facts.container, 'seccomp', elsewhere);
}

/** ENOSPC of unshare(2) is never about disks. */
function limitReached({ code, step }: Failure, facts: Facts): Explanation | undefined {
  const kind = kindMadeBy(step);
  if (code !== 'ENOSPC' || kind === undefined) return undefined;
  const name = `user.max_${kind}_namespaces`;
  const limit = facts.limits[kind];
  const state =
    limit === 0
      ? 'is 0'
      : `is reached (${limit ?? 'unknown'} here; an outer user namespace may allow fewer)`;
  const setting = `${name}=10000`;
  if (facts.isInitialUserNamespace) return { blocker: `${name} ${state}`, fix: setSysctl(setting) };
  return {
    blocker: `${name} ${state} in the user namespace nskit was started in; its uid 0 can raise it`,
    fix: `sysctl -w ${setting}`,
  };
}

function missingInKernel({ code, step, syscall }: Failure, facts: Facts): Explanation | undefined {
  const kind = kindMadeBy(step);
  if (code === 'EINVAL' && kind !== undefined) {
    return {
      blocker: `this kernel has no ${kindWords[kind]} namespaces`,
      fix: `boot a kernel with ${kind === 'mnt' ? 'mount' : kind} namespaces (the distribution's own has them)`,
    };
  }
  if (code !== 'ENOSYS') return undefined;
  if (facts.seccompMode === 2) {
    const blocker = `a seccomp filter hides ${syscall}, or this kernel has none`;
    return { blocker, fix: allowBySeccomp(facts) };
  }
  const fix = 'update the kernel, or boot one that was built with it';
  return { blocker: `this kernel has no ${syscall}`, fix };
}

function switchedOff(failure: Failure, facts: Facts): Explanation | undefined {
  const isOff = facts.unprivilegedUserNamespaces === false && !facts.isRoot;
  if (!isOff || !isRefusal(failure) || stageOf(failure.step) !== 'user') return undefined;
  return {
    blocker: 'kernel.unprivileged_userns_clone is 0',
    fix: setSysctl('kernel.unprivileged_userns_clone=1'),
  };
}

function idsUnmapped(failure: Failure, facts: Facts): Explanation | undefined {
  if (facts.ownIdsMapped || !isRefusal(failure)) return undefined;
  if (stageOf(failure.step) === 'inside') return undefined;
  return {
    blocker: 'your own uid or gid has no number in the user namespace nskit was started in',
    fix: 'map them where that namespace is made: unshare --map-current-user',
  };
}

function chroot(failure: Failure, facts: Facts): Explanation | undefined {
  if (failure.code !== 'EPERM' || stageOf(failure.step) !== 'user') return undefined;
  if (!facts.isChroot && facts.hasProc) return undefined;
  return {
    blocker: facts.isChroot
      ? 'nskit runs in a chroot, where the kernel refuses user namespaces'
      : 'nskit runs in what seems to be a chroot (/proc is not mounted)',
    fix: 'start nskit outside the chroot',
  };
}

/** Both faces: unshare refused, or all that needs a capability inside (maps, mounts). */
function appArmor(failure: Failure, facts: Facts): Explanation | undefined {
  if (!facts.appArmorRestricts || facts.isRoot || !isRefusal(failure)) return undefined;
  const how =
    stageOf(failure.step) === 'user'
      ? 'refuses them to this program'
      : 'lets them be made and takes all capabilities away inside';
  return {
    blocker: `AppArmor restricts user namespaces: it ${how} (kernel.apparmor_restrict_unprivileged_userns is 1)`,
    fix: appArmorFix,
  };
}

/** Filters that look at the flags (systemd's RestrictNamespaces) let an empty call through. */
function filterUnseen(failure: Failure, facts: Facts): Explanation | undefined {
  if (facts.seccompMode !== 2 || !isRefusal(failure)) return undefined;
  return {
    blocker: `a seccomp filter is in force (Seccomp: 2) and probably refuses ${failure.syscall}`,
    fix: allowBySeccomp(facts),
  };
}

function somethingElse(failure: Failure): Explanation | undefined {
  if (!isRefusal(failure)) return undefined;
  if (stageOf(failure.step) === 'user') {
    return {
      blocker:
        'user namespaces are refused here: most often by a chroot, else by a security policy',
      fix: 'start nskit outside the chroot, container or sandbox',
    };
  }
  return { blocker: `the kernel refuses ${failure.syscall}, and no known policy explains it` };
}
