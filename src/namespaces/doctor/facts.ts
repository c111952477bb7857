/** What is known about this process and machine: it explains failures, and decides nothing. */
import { existsSync } from 'node:fs';
import { step, type Step } from '../../native/index.js';
import { namespaceKinds, type NamespaceKind } from '../kinds.js';
import { isInitialUserNamespace, isRealRoot } from '../state-directory.js';
import { attempt } from './attempt.js';
import {
  hasIds,
  numberOf,
  parseIdMap,
  parseMountinfo,
  readText,
  statusField,
  sysctl,
} from './proc-text.js';

export interface Facts {
  /** Root of the machine, whom most policies leave alone. */
  readonly isRoot: boolean;
  readonly isInitialUserNamespace: boolean;
  /** docker, podman, kubernetes, or what else the container says it is. */
  readonly container: string | undefined;
  /** Debian's kernel.unprivileged_userns_clone; undefined where there is no such switch. */
  readonly unprivilegedUserNamespaces: boolean | undefined;
  /** Ubuntu's kernel.apparmor_restrict_unprivileged_userns. */
  readonly appArmorRestricts: boolean;
  readonly appArmorLabel: string | undefined;
  /** user.max_*_namespaces of our own user namespace; outer ones count as well, unseen. */
  readonly limits: Readonly<Partial<Record<NamespaceKind, number>>>;
  /** 0: none, 1: strict, 2: a filter (the "Seccomp" line of /proc/self/status). */
  readonly seccompMode: number | undefined;
  /** System calls that answer as only a filter does, and how. */
  readonly filtered: Readonly<Partial<Record<string, string>>>;
  /** Our uid and gid have a number in our user namespace. */
  readonly ownIdsMapped: boolean;
  /** Surely in a chroot: no mount is our root. (A chroot into a mount does not show.) */
  readonly isChroot: boolean;
  readonly hasProc: boolean;
  readonly noNewPrivileges: boolean;
}

export async function gatherFacts(): Promise<Facts> {
  const status = readText('/proc/self/status') ?? '';
  const hasProc = status !== '';
  const mounts = parseMountinfo(readText('/proc/self/mountinfo') ?? '');
  return {
    isRoot: hasProc && isRealRoot(),
    isInitialUserNamespace: hasProc && isInitialUserNamespace(),
    container: containerName(),
    ...appArmorFacts(),
    unprivilegedUserNamespaces: switchOf('kernel.unprivileged_userns_clone'),
    limits: readLimits(),
    seccompMode: numberOf(statusField(status, 'Seccomp')),
    filtered: await findFiltered(),
    ownIdsMapped: areOwnIdsMapped(),
    isChroot: hasProc && !mounts.some(({ point }) => point === '/'),
    hasProc,
    noNewPrivileges: statusField(status, 'NoNewPrivs') === '1',
  };
}

function switchOf(name: string): boolean | undefined {
  const value = sysctl(name);
  return value === undefined ? undefined : value !== '0';
}

function appArmorFacts(): Pick<Facts, 'appArmorRestricts' | 'appArmorLabel'> {
  return {
    appArmorRestricts: switchOf('kernel.apparmor_restrict_unprivileged_userns') === true,
    appArmorLabel: readText('/proc/self/attr/apparmor/current'),
  };
}

function readLimits(): Facts['limits'] {
  const entries = namespaceKinds.flatMap((kind) => {
    const limit = numberOf(sysctl(`user.max_${kind}_namespaces`));
    return limit === undefined ? [] : [[kind, limit] as const];
  });
  return Object.fromEntries(entries);
}

function containerName(): string | undefined {
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) return 'kubernetes';
  if (existsSync('/run/.containerenv')) return 'podman';
  if (existsSync('/.dockerenv')) return 'docker';
  return process.env['container'];
}

function areOwnIdsMapped(): boolean {
  const isMapped = (file: string, id: number): boolean => {
    const text = readText(`/proc/self/${file}`);
    return text === undefined || hasIds(parseIdMap(text), id);
  };
  const [uid = 0, gid = 0] = [process.geteuid?.(), process.getegid?.()];
  return isMapped('uid_map', uid) && isMapped('gid_map', gid);
}

/** A call that does nothing, and the one answer the kernel itself has for it. */
interface Probe {
  readonly call: Step;
  readonly answer: string | undefined;
}

function probes(): Probe[] {
  return [
    { call: step('unshare nothing', 'unshare', [0]), answer: undefined },
    { call: step('join no file', 'setns', [-1, 0]), answer: 'EBADF' },
    { call: step('clone without arguments', 'clone3', [0, 0]), answer: 'EINVAL' },
    { call: step('mount nowhere', 'mount', [0, 0, 0, 0, 0]), answer: 'EFAULT' },
  ];
}

/** One child a call, because a filter may kill who makes it. */
async function findFiltered(): Promise<Facts['filtered']> {
  const filtered: Partial<Record<string, string>> = {};
  for (const { call, answer } of probes()) {
    const { failure } = await attempt([call]);
    if (failure !== undefined && failure.code !== answer) filtered[call.call] = failure.code;
  }
  return filtered;
}
