/** Each kind of namespace, made; and one entered again from outside. */
import { closeSync } from 'node:fs';
import {
  exit,
  expectSuccess,
  fork,
  label,
  open,
  setns,
  type Program,
  type Step,
} from '../../native/index.js';
import { cloneFlags, kindWords, namespaceKinds, type NamespaceKind } from '../kinds.js';
import { attempt, type Attempt } from './attempt.js';
import type { Check, Finding } from './check.js';
import type { Facts } from './facts.js';
import { inside, make } from './rooms.js';
import { verdict } from './verdict.js';

const fallbacks: Partial<Record<NamespaceKind, string>> = {
  net: "programs run in the host's network, as without nskit",
  mnt: "the host's mounts: its /etc/resolv.conf and /sys are seen inside",
  pid: 'no pid namespace (--no-pid): what a program leaves running is not ended with it',
  uts: "the host's name is seen inside",
  ipc: "the host's System V objects and message queues are seen inside",
  cgroup: "the host's whole cgroup tree is seen inside",
  time: "the host's boot and monotonic clocks are seen inside",
};

export function namespaceChecks(facts: Facts): Check[] {
  return [...namespaceKinds.map((kind) => kindCheck(kind, facts)), entering(facts)];
}

function kindCheck(kind: NamespaceKind, facts: Facts): Check {
  const fallback = fallbacks[kind];
  const works = kind === 'user' ? 'made without privilege' : 'made in a new user namespace';
  const wording = fallback === undefined ? { works } : { works, fallback };
  return {
    id: `namespace-${kind}`,
    title: `${kindWords[kind]} namespace`,
    group: 'namespaces',
    run: async () => verdict(await tryKind(kind), facts, wording),
  };
}

function tryKind(kind: NamespaceKind): Promise<Attempt> {
  if (kind === 'user') return attempt([make('user')]);
  if (kind !== 'pid' && kind !== 'time') return attempt(inside(kind));
  // These two hold only children: without one, nothing was proved.
  const child = label('the first process inside');
  const started = fork(`start a process in the ${kind} namespace`, child);
  const wait = expectSuccess('wait for the process inside', started);
  return attempt([...inside(kind), started, ...wait], { aside: [child, exit(0)] });
}

const ENTERED = ['user', 'net'] as const;

function entering(facts: Facts): Check {
  return {
    id: 'enter',
    title: 'entering by setns',
    group: 'namespaces',
    run: async () => {
      const made = await madeAndHeld();
      if (made.failure !== undefined) return verdict(made, facts, { works: '' });
      const { fds } = made;
      try {
        return await enterAll(fds, facts);
      } finally {
        fds.forEach((fd) => {
          closeSync(fd);
        });
      }
    },
  };
}

type Held = Attempt & { readonly fds: readonly number[] };

/** Namespaces with no process inside: only our descriptors keep them. */
async function madeAndHeld(): Promise<Held> {
  const files = ENTERED.map((kind) => open(`hold the ${kind} namespace`, `/proc/self/ns/${kind}`));
  const making: Program = [...inside('net'), ...files];
  const made = await attempt(making, { in: 'child-files', keep: files });
  return { ...made, fds: files.map((file) => made.outcome?.result(file) ?? -1) };
}

async function enterAll(fds: readonly number[], facts: Facts): Promise<Finding> {
  const steps = ENTERED.map((kind, i): Step => {
    return setns(`enter a ${kind} namespace`, fds[i] ?? -1, cloneFlags[kind]);
  });
  return verdict(await attempt(steps), facts, {
    works: 'a user and a network namespace, entered from outside',
    fallback: 'only a program\'s own children are in its namespaces: "nskit run", no names',
  });
}
