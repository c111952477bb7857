/**
 * A helper process that stays behind: forked before we leave our namespaces, it keeps the rights
 * we had there, waits for a byte, does its work, and ends.
 */
import { constants } from 'node:os';
import {
  Block,
  close,
  exit,
  expectEqual,
  expectSuccess,
  fork,
  label,
  load32,
  pipe,
  step,
  write,
  type Program,
  type Step,
} from '../native/index.js';

export interface OutsideHelper {
  /** Before we leave. */
  readonly prepare: Program;
  /** When the helper may begin; goes on when it has ended well. */
  readonly release: Program;
  /** What the helper runs; part of the program, but not of our way through it. */
  readonly aside: Program;
}

export function outsideHelper(name: string, work: Program): OutsideHelper {
  const start = label(name);
  const { fds, make } = pipe(`make a pipe to ${name}`);
  const started = fork(`start ${name}`, start);
  const writeEnd = load32(`find the pipe to ${name}`, fds, 4);
  return {
    prepare: [make, started],
    release: [
      writeEnd,
      write(`tell ${name} to begin`, writeEnd, '.'),
      ...expectSuccess(`wait for ${name}`, started),
    ],
    aside: [start, ...waitForByte(fds), ...work, exit(0)],
  };
}

/**
 * Reads one byte from a pipe that a forked process shares with its parent. Before the read, our
 * copy of the write end goes, because with it we would wait for ever if the parent died.
 */
export function waitForByte(fds: Block): Program {
  const sentence = 'wait until it is our turn';
  const readEnd = load32(sentence, fds, 0);
  const writeEnd = load32(sentence, fds, 4);
  const got = step(sentence, 'read', [readEnd, new Block(8), 1]);
  return [
    readEnd,
    writeEnd,
    close(sentence, writeEnd),
    got,
    expectEqual(sentence, got, 1, 'ECHILD'),
  ];
}

/**
 * A caller may ignore SIGCHLD, and then children vanish before anybody has asked for their
 * status: `take` it while we have children, `giveBack` before the program runs.
 */
export function borrowSigchld(): { readonly take: Step; readonly giveBack: Step } {
  const size = 8;
  const before = new Block(32);
  const set = (sentence: string, action: Block, old: Block | number): Step =>
    step(sentence, 'rt_sigaction', [constants.signals.SIGCHLD, action, old, size]);
  return {
    take: set('keep the exit status of our children', new Block(32), before),
    giveBack: set('handle SIGCHLD as the caller did', before, 0),
  };
}
