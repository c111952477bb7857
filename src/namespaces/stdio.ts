/** The standard streams of a spawned program: its ends as fds, ours as Node streams. */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { call, kernel, step, type Program, type Step } from '../native/index.js';
import type { ChildStreams } from './child.js';

/** A pipe to us, our own stream of that number, nothing at all, or an open fd of ours. */
export type StdioOption = 'pipe' | 'inherit' | 'ignore' | number;
export type StdioOptions = StdioOption | readonly [StdioOption, StdioOption, StdioOption];

export interface PreparedStdio {
  readonly streams: ChildStreams;
  /** Puts fds 0 to 2 in place in the child, whose fd table is a copy of ours. */
  readonly steps: Program;
  /** Closes the child's ends here, once it has copies, or everything after a failure. */
  closeChildEnds(): void;
  destroy(): void;
}

interface End {
  /** The fd the child gets; undefined: /dev/null. */
  readonly fd: number | undefined;
  readonly ours: Socket | undefined;
  /** Opened for the child alone. */
  readonly owned: boolean;
}

export function prepareStdio(options: StdioOptions = 'pipe'): PreparedStdio {
  const wanted = typeof options === 'object' ? options : ([options, options, options] as const);
  const ends = openEnds(wanted);
  const [stdin = null, stdout = null, stderr = null] = ends.map((end) => end.ours ?? null);
  let childEndsOpen = true;
  const closeChildEndsOnce = (): void => {
    if (childEndsOpen) closeChildEnds(ends);
    childEndsOpen = false;
  };
  return {
    streams: { stdin, stdout, stderr },
    steps: installSteps(ends.map(({ fd }) => fd)),
    closeChildEnds: closeChildEndsOnce,
    destroy: () => {
      closeChildEndsOnce();
      destroyOurEnds(ends);
    },
  };
}

/** All or none: after a failure (EMFILE) nothing stays open. */
function openEnds(wanted: readonly StdioOption[]): End[] {
  const ends: End[] = [];
  try {
    for (const [fd, option] of wanted.entries()) ends.push(openEnd(option, fd));
    return ends;
  } catch (error) {
    closeChildEnds(ends);
    destroyOurEnds(ends);
    throw error;
  }
}

function closeChildEnds(ends: readonly End[]): void {
  for (const { owned, fd } of ends) if (owned && fd !== undefined) closeSync(fd);
}

function destroyOurEnds(ends: readonly End[]): void {
  for (const { ours } of ends) ours?.destroy();
}

function openEnd(option: StdioOption, fd: number): End {
  if (option === 'ignore') return { fd: undefined, ours: undefined, owned: false };
  if (option === 'inherit') return { fd, ours: undefined, owned: false };
  if (typeof option === 'number') return { fd: option, ours: undefined, owned: false };
  const fds = new Int32Array(2);
  call({ step: 'make a pipe to the program' }, 'pipe2', fds, kernel.O_CLOEXEC);
  const [readEnd = -1, writeEnd = -1] = fds;
  const isInput = fd === 0;
  const ours = new Socket({
    fd: isInput ? writeEnd : readEnd,
    readable: !isInput,
    writable: isInput,
    allowHalfOpen: true,
  });
  return { fd: isInput ? readEnd : writeEnd, ours, owned: true };
}

const SAFE_FROM = 3;

/**
 * First copies above the standard fds, then the copies in place: so none is overwritten before it
 * has been copied. dup3 to the final place drops close-on-exec, which Node sets on its own 0 to 2.
 */
function installSteps(fds: readonly (number | undefined)[]): Program {
  const sentence = 'put the standard streams in place';
  const copies = fds.map((fd): Step => {
    return fd === undefined
      ? step('open /dev/null', 'openat', [
          kernel.AT_FDCWD,
          '/dev/null',
          kernel.O_RDWR | kernel.O_CLOEXEC,
          0,
        ])
      : step(sentence, 'fcntl', [fd, kernel.F_DUPFD_CLOEXEC, SAFE_FROM]);
  });
  return [...copies, ...copies.map((copy, fd) => step(sentence, 'dup3', [copy, fd, 0]))];
}
