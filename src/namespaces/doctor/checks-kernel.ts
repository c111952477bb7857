/** The kernel's age, and newer calls that nskit uses where there are any. */
import { release } from 'node:os';
import {
  Block,
  exit,
  expectSuccess,
  fork,
  kernel,
  label,
  open,
  step,
  type Program,
} from '../../native/index.js';
import { attempt, type Attempt, type Failure } from './attempt.js';
import type { Check, Finding } from './check.js';
import type { Facts } from './facts.js';
import { isAtLeast, parseRelease, sysctl } from './proc-text.js';
import { verdict, type Wording } from './verdict.js';

const OLDEST: [number, number] = [5, 11];

export function kernelChecks(facts: Facts): Check[] {
  const feature = (id: string, title: string, parts: Feature): Check => {
    const wording: Wording = { otherwise: 'degraded', ...parts };
    const run = async (): Promise<Finding> => verdict(await parts.attempt(), facts, wording);
    return { id, title, group: 'kernel', run };
  };
  return [
    {
      id: 'kernel',
      title: 'kernel release',
      group: 'kernel',
      run: () => Promise.resolve(releaseFinding(release())),
    },
    feature('landlock', 'Landlock', landlock),
    feature('seccomp-notify', 'seccomp notification', notification),
    feature('pidfd-getfd', 'pidfd_getfd', getfd),
    feature('close-range', 'close_range', closeRange),
    feature('peek-offset', 'SO_PEEK_OFF for TCP', peekOffset),
  ];
}

export function releaseFinding(text: string): Finding {
  const [major, minor] = OLDEST;
  const oldest = `${major}.${minor}`;
  if (parseRelease(text) === undefined) {
    return { status: 'unknown', detail: `a release that reads ${text}` };
  }
  if (isAtLeast(text, major, minor)) {
    return { status: 'works', detail: `Linux ${text} (${oldest} is the oldest supported)` };
  }
  return {
    status: 'degraded',
    detail: `Linux ${text}`,
    blocker: `older than ${oldest}, the oldest supported`,
    fix: `update the kernel to ${oldest} or later`,
    fallback: 'whatever the other checks find working; it is not tested on such a kernel',
  };
}

interface Feature extends Wording {
  readonly attempt: () => Promise<Attempt>;
}

/** Before this release it is no surprise; after it, the kernel was built or booted without. */
function since(major: number, minor: number, builtWithout: string) {
  return ({ code }: Failure): Partial<Finding> | undefined => {
    if (!['ENOSYS', 'EOPNOTSUPP', 'EINVAL', 'ENOPROTOOPT'].includes(code)) return undefined;
    if (isAtLeast(release(), major, minor)) {
      if (code === 'ENOSYS') return undefined;
      return { blocker: builtWithout, fix: "boot a kernel that has it: the distribution's own" };
    }
    const version = `${major}.${minor}`;
    return {
      blocker: `Linux ${release()}: it came with ${version}`,
      fix: `update the kernel to ${version} or later`,
    };
  };
}

const LANDLOCK_CREATE_RULESET_VERSION = 1;

const landlock: Feature = {
  works: 'offered by the kernel',
  fallback: 'the uplink process drops its privileges by seccomp and capabilities alone',
  attempt: () => {
    const version = [0, 0, LANDLOCK_CREATE_RULESET_VERSION];
    return attempt([step("ask for Landlock's version", 'landlock_create_ruleset', version)]);
  },
  explain: (failure) => {
    if (failure.code !== 'EOPNOTSUPP') return since(5, 13, 'built without Landlock')(failure);
    return {
      blocker: 'Landlock is built in but was not switched on at boot',
      fix: 'add landlock to the lsm= list of the kernel command line, e.g. lsm=landlock,lockdown,yama,integrity',
    };
  },
};

const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
/** struct sock_filter: BPF_RET|BPF_K, SECCOMP_RET_ALLOW. */
const ALLOW_ALL = Uint8Array.of(6, 0, 0, 0, 0, 0, 0xff, 0x7f);

const notification: Feature = {
  works: 'a filter with a listener was installed',
  fallback: 'sockets are not handed over to programs: traffic takes the uplink',
  attempt: () => {
    const filter = new Block(Uint8Array.of(1, ...Array<number>(15).fill(0)), [
      { at: 8, target: new Block(ALLOW_ALL) },
    ]);
    const args = [SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, filter];
    return attempt([
      step('give up new privileges', 'prctl', [kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]),
      step('install a filter with a listener', 'seccomp', args),
    ]);
  },
  explain: (failure) => {
    if (failure.code !== 'EBUSY') return since(5, 0, 'built without seccomp')(failure);
    return {
      blocker: 'an outer seccomp filter has a listener already, and there can be only one',
      fix: 'start nskit outside of the container that listens',
    };
  },
};

/** From a process that is no ancestor of the other: where Yama asks for more than the same uid. */
function takeFromParent(): Program {
  const child = label('the process that takes a descriptor');
  const file = open('open a file to be taken', '/');
  const self = step('find out who we are', 'getpid', []);
  const started = fork('start the process that takes a descriptor', child);
  const pidfd = step('open the other process', 'pidfd_open', [self, 0]);
  const take = step('take a descriptor of another process', 'pidfd_getfd', [pidfd, file, 0]);
  const wait = expectSuccess('wait for the process that takes a descriptor', started);
  return [file, self, started, ...wait, exit(0), child, pidfd, take, exit(0)];
}

const getfd: Feature = {
  works: 'a descriptor was taken from another process of yours',
  fallback: 'descriptors are handed over by those who hold them only',
  attempt: () => attemptWithChild(takeFromParent()),
  explain: (failure) => {
    const scope = sysctl('kernel.yama.ptrace_scope') ?? '0';
    if (failure.code !== 'EPERM') return since(5, 6, 'built without pidfd_getfd')(failure);
    if (scope === '0') return undefined;
    return {
      blocker: `Yama allows it to ancestors only (kernel.yama.ptrace_scope is ${scope})`,
      fix: 'sudo sysctl -w kernel.yama.ptrace_scope=0',
    };
  },
};

/** The program's own exit divides what the main process and its child run. */
function attemptWithChild(program: Program): Promise<Attempt> {
  const end = program.findIndex((item) => 'call' in item && item.call === 'exit_group');
  return attempt(program.slice(0, end), { aside: program.slice(end + 1) });
}

const NO_FD = 0x7fff_fff0;

const closeRange: Feature = {
  works: 'offered by the kernel',
  fallback: 'descriptors are closed one by one',
  attempt: () => attempt([step('close no descriptors', 'close_range', [NO_FD, NO_FD, 0])]),
  explain: since(5, 9, 'built without close_range'),
};

const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const SO_PEEK_OFF = 42;

const peekOffset: Feature = {
  works: 'the uplink keeps no copy of what it sends',
  fallback: 'the uplink keeps a copy of what is not yet acknowledged: more memory, less speed',
  attempt: () => {
    const type = SOCK_STREAM | kernel.SOCK_CLOEXEC;
    const socket = step('open a TCP socket', 'socket', [kernel.AF_INET, type, 0]);
    const args = [socket, SOL_SOCKET, SO_PEEK_OFF, new Block(4), 4];
    return attempt([socket, step('set a peek offset', 'setsockopt', args)]);
  },
  explain: since(6, 9, 'this kernel does not know it for TCP'),
};
