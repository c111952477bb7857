/**
 * Times whole processes. Node's own child_process would cost more than what is measured, so this
 * starts programs with our one system call loop (a vfork-like clone, then execve), linked once
 * beforehand, and waits for them in a blocking waitid(2). What remains of the timer is the same for
 * every contender; "a program that does nothing" shows how much that is at most.
 */
import { closeSync, openSync } from 'node:fs';
import { execute, kernel, runProgram, step, tryCall, type Program } from '../src/native/index.js';
import type { Contender } from './measure.js';

const SIGINFO_SIZE = 128;
const SI_CODE = 8;
const SI_STATUS = 24;
const CLD_EXITED = 1;

let nowhere: number | undefined;

export interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
}

/** A command line as a contender: from the clone to the exit seen. Its output goes to /dev/null. */
export function processContender(
  name: string,
  argv: readonly string[],
  { env = process.env }: ProcessOptions = {},
): Contender {
  const texts = Object.entries(env).map(([key, value = '']) => `${key}=${value}`);
  nowhere ??= openSync('/dev/null', 'r+');
  const silent = nowhere;
  const streams = [0, 1].map((fd) => step('no input and no output', 'dup3', [silent, fd, 0]));
  const stderr = step('errors to ours', 'fcntl', [2, kernel.F_SETFD, 0]);
  const program = [...streams, stderr, execute(argv, texts)];
  return { name, run: () => timeProgram(name, program) };
}

function timeProgram(name: string, program: Program): number {
  const startedMs = performance.now();
  const { child } = runProgram(program, { in: 'child', starts: true });
  if (child === undefined) throw new Error(`${name} did not start`);
  const info = new Uint8Array(SIGINFO_SIZE);
  tryCall('waitid', kernel.P_PIDFD, child.pidfd, info, kernel.WEXITED | kernel.__WALL, 0);
  const tookMs = performance.now() - startedMs;
  closeSync(child.pidfd);
  const view = new DataView(info.buffer);
  const [code, status] = [view.getInt32(SI_CODE, true), view.getInt32(SI_STATUS, true)];
  // A contender that fails quickly must not win.
  if (code !== CLD_EXITED || status !== 0) throw new Error(`${name} ended with ${status}`);
  return tookMs;
}
