/**
 * The program in a child of ours, while we stand in for it: signals pass on to it, its exit status
 * becomes ours. A new pid namespace wants that: its first process must be a child.
 */
import {
  Block,
  blockSignals,
  dieWithParent,
  exit,
  expectEqual,
  fork,
  label,
  load32,
  pipe,
  Place,
  setSignalMask,
  step,
  supervise,
  write,
  type Pipe,
  type Program,
} from '../native/index.js';
import { waitForByte } from './outside-helper.js';

export interface StandInOptions {
  /** What the parent does before the child goes on. */
  readonly meanwhile?: Program;
  /** The signal that the child gets when the parent dies. */
  readonly killChild?: number | undefined;
}

export interface StandIn {
  /** The parent's part, to its end; the child goes on behind it. */
  readonly fork: Program;
  /** In the child, right before it runs the program. */
  readonly ready: Program;
}

export function standIn({ meanwhile = [], killChild }: StandInOptions = {}): StandIn {
  const start = label('the child that runs the program');
  const mask = new Block(8);
  const child = fork('start a child that runs the program', start);
  const result = supervise(child);
  const gate = pipe('make a pipe to the child');
  const writeEnd = load32('find the pipe to the child', gate.fds, 4);
  return {
    fork: [
      gate.make,
      // Before the fork, because a signal in between would reach nobody: we wait for them later.
      blockSignals(mask),
      child,
      ...meanwhile,
      writeEnd,
      write('let the child go on', writeEnd, '.'),
      result,
      exit(result),
      start,
      ...waitForByte(gate.fds),
    ],
    ready: [...(killChild === undefined ? [] : dieWith(gate, killChild)), setSignalMask(mask)],
  };
}

/**
 * At the very end, because a change of credentials clears the parent death signal. Then one look
 * at the parent, through the pipe that it holds open: one that died before has sent no signal.
 */
function dieWith({ fds }: Pipe, signal: number): Program {
  const sentence = 'see that the parent still lives';
  const readEnd = load32(sentence, fds, 0);
  const poll = new Block(8);
  const noTime = new Block(16);
  const hangup = step(sentence, 'ppoll', [poll, 1, noTime, 0, 8]);
  return [
    dieWithParent(signal),
    readEnd,
    step(sentence, 'store32', [new Place(poll, 0), readEnd]),
    hangup,
    expectEqual(sentence, hangup, 0, 'ECHILD'),
  ];
}
