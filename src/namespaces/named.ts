/** Making and removing the pins of a name, as programs that a child runs in the base namespaces. */
import {
  Block,
  bindMount,
  bringUpLoopback,
  createFile,
  exit,
  expectEqual,
  forgiving,
  fork,
  label,
  pipe,
  setHostname,
  setns,
  step,
  unlink,
  unmount,
  unshare,
  type Program,
} from '../native/index.js';
import { becomeKeeper, pinnedKinds, pipeEnds, viewOutside, type PinnedKind } from './base.js';
import { detach } from './detach.js';
import { allowPing } from './fresh.js';
import { initProgram } from './keeper.js';
import { cloneFlags, flagsOf, kindWords, type NamespaceKind } from './kinds.js';
import { joinAll } from './join.js';
import { programFile } from './replace.js';
import type { NameRecord } from './record.js';
import type { StateDirectory } from './state-directory.js';
import { baseTarget } from './target.js';

/** Into the base user and mount namespaces: where pins are made and removed. */
export function enterBase(state: StateDirectory): Program {
  const target = baseTarget(state, ['user', 'mnt']);
  return [...target.open, ...joinAll(target.namespaces)];
}

/** A program, and an fd to close after it ran. */
export interface MakingProgram {
  readonly program: Program;
  readonly fds: readonly number[];
}

/** New namespaces of these kinds, owned by the base user namespace, pinned under the name. */
export function makeProgram(state: StateDirectory, record: NameRecord): MakingProgram {
  const kinds: NamespaceKind[] = ['net', ...record.kinds];
  const init = record.kinds.includes('pid') ? startInit(state, record.name) : noInit;
  return {
    fds: init.fds,
    program: [
      ...init.prepare,
      ...enterBase(state),
      unshare(`make the namespaces of ${record.name}`, flagsOf(kinds)),
      ...bringUpLoopback(),
      ...allowPing(),
      ...(record.hostname === undefined ? [] : [setHostname(record.hostname)]),
      ...init.start,
      ...pinAll(state, record),
      ...init.wait,
      exit(0),
      ...init.aside,
    ],
  };
}

function pinAll(state: StateDirectory, { name, kinds }: NameRecord): Program {
  return (['net', ...kinds] as PinnedKind[]).flatMap((kind) => {
    const path = state.pin(kind, name);
    const proc = kind === 'pid' ? 'pid_for_children' : kind;
    return [
      createFile(`make the pin of the ${kindWords[kind]} namespace of ${name}`, path),
      bindMount(`/proc/self/ns/${proc}`, path),
    ];
  });
}

interface InitSteps {
  /** Before the base is entered. */
  readonly prepare: Program;
  readonly start: Program;
  readonly wait: Program;
  readonly aside: Program;
  readonly fds: readonly number[];
}

const noInit: InitSteps = { prepare: [], start: [], wait: [], aside: [], fds: [] };

/** An empty pid namespace cannot be joined, so a launcher stays in it as its init. */
function startInit(state: StateDirectory, name: string): InitSteps {
  const ready = pipe('make a pipe from the init process');
  const child = label('the init process');
  const [readEnd, writeEnd] = pipeEnds(ready.fds);
  const heard = step('wait for the init process', 'read', [readEnd, new Block(8), 1]);
  const lockFile = initLock(state, name);
  const fd = programFile(initProgram({ lockFile }));
  const outside = viewOutside();
  return {
    fds: [fd],
    prepare: outside.open,
    start: [ready.make, readEnd, writeEnd, fork('start the init process', child)],
    wait: [
      step('leave our end to the init process', 'close', [writeEnd]),
      heard,
      expectEqual('wait for the init process', heard, 1, 'ECHILD'),
    ],
    aside: [
      child,
      ...detach(),
      ...becomeKeeper({ name: `nskit-init ${name}`, programFd: fd, readyFd: writeEnd, outside }),
    ],
  };
}

export function initLock(state: StateDirectory, name: string): string {
  return `${state.inits}/${name}`;
}

/** Takes the pins of a name away; what is not there is no error. */
export function unpinProgram(state: StateDirectory, name: string): Program {
  return [
    ...enterBase(state),
    ...pinnedKinds.flatMap((kind) => {
      const path = state.pin(kind, name);
      return [forgiving(unmount(path)), forgiving(unlink(path), 'ENOENT')];
    }),
    exit(0),
  ];
}

/** Pins namespaces that are open in this process: of a process that lives elsewhere. */
export function adoptProgram(
  state: StateDirectory,
  name: string,
  fds: ReadonlyMap<PinnedKind, number>,
): Program {
  const pins = [...fds].flatMap(([kind, fd]) => {
    const path = state.pin(kind, name);
    return [
      createFile(`make the pin of the ${kindWords[kind]} namespace of ${name}`, path),
      bindMount(`/proc/self/fd/${fd}`, path),
    ];
  });
  return [...enterBase(state), ...pins, exit(0)];
}

/** Whether these namespaces let us in: joins them in a child that then ends. */
export function tryToEnter(fds: ReadonlyMap<NamespaceKind, number>): Program {
  return [
    ...[...fds].map(([kind, fd]) =>
      forgiving(setns(`join its ${kindWords[kind]} namespace`, fd, cloneFlags[kind]), 'EINVAL'),
    ),
    exit(0),
  ];
}
