/**
 * Making new namespaces and holding them by fds alone: no process stays behind, except an init
 * for a pid namespace, which cannot be entered while it is empty.
 */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { NskitError } from '../errors/index.js';
import {
  bringUpLoopback,
  callError,
  exit,
  kernel,
  label,
  open,
  prepareToWatch,
  runProgramAsync,
  setDisposition,
  setHostname,
  storedProgram,
  tryCall,
  unshare,
  waitUntilReady,
  type Outcome,
  type Program,
  type Step,
} from '../native/index.js';
import { becomeKeeper } from './base.js';
import { detach } from './detach.js';
import { keeperFds } from './keeper.js';
import { Child, pidfdOf } from './child.js';
import { Namespaces } from './handle.js';
import { assemble, mapSteps, ownIds, type IdMaps, type MapSteps } from './id-map.js';
import { describeKinds, flagsOf, kindWords, procNames, type NamespaceKind } from './kinds.js';
import { NamespaceFile } from './namespace-file.js';
import { programFile } from './replace.js';
import { innerClone } from './spawn.js';
import { timeOffsetSteps, type TimeOffsets } from './time-offsets.js';

export interface CreateOptions {
  /** `user` among them is what makes the others possible without root. */
  readonly kinds: readonly NamespaceKind[];
  /** Of a new user namespace: by default 0 inside is the caller. */
  readonly maps?: IdMaps;
  readonly hostname?: string;
  readonly timeOffsets?: TimeOffsets;
  /** Entered first: the new ones are made inside, and a user namespace among these owns them. */
  readonly inside?: Namespaces | undefined;
}

/** Throws SyscallError with the step that failed; then nothing is left. */
export async function createNamespaces(options: CreateOptions): Promise<Namespaces> {
  checkOptions(options);
  const kinds = [...new Set(options.kinds)];
  const files = kinds.map((kind) => openOwn(kind));
  if (!kinds.includes('pid')) return new Namespaces((await make(options, files)).held);
  const init = prepareInit();
  try {
    const { held, outcome } = await make(options, files, init);
    return new Namespaces(held, startedInit(init, outcome, held));
  } catch (error) {
    init.abandon();
    throw error;
  } finally {
    init.closeOurs();
  }
}

/** Without a namespace of their own these would change ours, or fail without saying why. */
function checkOptions({ kinds, hostname, timeOffsets }: CreateOptions): void {
  const needs = [
    ['uts', 'a hostname', hostname],
    ['time', 'time offsets', timeOffsets],
  ] as const;
  for (const [kind, what, value] of needs) {
    if (value === undefined || kinds.includes(kind)) continue;
    throw new NskitError('ERR_USAGE', `${what}, but no new ${kind} namespace to have it`, {
      hint: `add "${kind}" to the kinds`,
    });
  }
}

function startedInit(init: PreparedInit, outcome: Outcome, held: Made['held']): Child {
  try {
    return init.started(outcome.result(init.clone));
  } catch (error) {
    for (const file of held) file[Symbol.dispose]();
    throw error;
  }
}

interface Made {
  readonly held: readonly NamespaceFile[];
  readonly outcome: Outcome;
}

async function make(options: CreateOptions, files: Step[], init?: PreparedInit): Promise<Made> {
  const map = mapsOf(options);
  const main = [...creation(options, map), ...(init?.start ?? []), ...files];
  const outcome = await runProgramAsync(assemble(main, map.aside, init?.aside ?? []), {
    in: 'child-files',
    keep: files,
    ...(init === undefined ? {} : { makes: init.clone }),
  });
  // Root has become somebody inside, in memory that is also ours: that marked it as not to be dumped.
  if (options.inside !== undefined) tryCall('prctl', kernel.PR_SET_DUMPABLE, 1, 0, 0, 0);
  const held = files.map((file) => new NamespaceFile(outcome.result(file), file.sentence));
  return { held, outcome };
}

/** What `createNamespaces` does, for those who only want to know. */
export function creationProgram(options: CreateOptions): Program {
  checkOptions(options);
  return creation(options, mapsOf(options));
}

function mapsOf({ kinds, maps = ownIds(0, 0) }: CreateOptions): MapSteps {
  return kinds.includes('user') ? mapSteps(maps) : noMaps;
}

const noMaps: MapSteps = { prepare: [], apply: [], aside: [] };

function creation(options: CreateOptions, map: MapSteps): Program {
  const { inside, kinds, hostname, timeOffsets = {} } = options;
  return [
    ...(inside?.way().enter ?? []),
    ...map.prepare,
    unshare(`make new ${describeKinds(kinds)} namespaces`, flagsOf(kinds)),
    ...map.apply,
    ...(kinds.includes('net') ? bringUpLoopback() : []),
    ...(hostname === undefined ? [] : [setHostname(hostname)]),
    ...timeOffsetSteps(timeOffsets),
  ];
}

function openOwn(kind: NamespaceKind): Step {
  return open(`open the new ${kindWords[kind]} namespace`, `/proc/self/ns/${procNames(kind)}`);
}

interface PreparedInit {
  readonly clone: Step;
  readonly start: Program;
  readonly aside: Program;
  started(pid: number): Child;
  closeOurs(): void;
  abandon(): void;
}

/**
 * The launcher as init. It ends when the write end of its pipe is closed, so it cannot outlive
 * this Node, however that ends; a parent death signal would follow a thread of the pool.
 */
function prepareInit(): PreparedInit {
  prepareToWatch();
  const program = programFile(waitForHangUp());
  const [readEnd, writeEnd] = pipeOrClose(program);
  const { clone, child } = innerClone();
  return {
    clone,
    start: [clone],
    aside: [
      child,
      ...detach(),
      ...becomeKeeper({ name: 'nskit-init', programFd: program, readyFd: readEnd }),
    ],
    started: (pid) => {
      const pidfd = pidfdOf(pid);
      const streams = { stdin: null, stdout: null, stderr: null };
      const init = new Child({ pid, pidfd }, streams);
      init.unref();
      void init.exit.then(() => {
        closeSync(writeEnd);
      });
      return init;
    },
    closeOurs: () => {
      closeSync(readEnd);
      closeSync(program);
    },
    abandon: () => {
      closeSync(writeEnd);
    },
  };
}

function pipeOrClose(program: number): readonly [readEnd: number, writeEnd: number] {
  const fds = new Int32Array(2);
  const answer = tryCall('pipe2', fds, kernel.O_CLOEXEC);
  if (answer >= 0) return [fds[0] ?? -1, fds[1] ?? -1];
  closeSync(program);
  throw callError({ step: 'make a pipe to the init process' }, 'pipe2', answer);
}

function waitForHangUp(): Uint8Array {
  const again = label('wait');
  return storedProgram([
    // So that the kernel itself reaps what the namespace leaves to its init.
    setDisposition(constants.signals.SIGCHLD, 'ignore'),
    again,
    ...waitUntilReady('wait until our maker ends', [{ fd: keeperFds.ready }], again),
    exit(0),
  ]);
}
