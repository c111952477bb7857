/**
 * Another nskit that goes on without us: nobody's child, in a session of its own, with no terminal,
 * no folder and no descriptor of whoever started it.
 */
import { closeSync, createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import {
  call,
  exit,
  fork,
  kernel,
  label,
  runProgramAsync,
  setSignalMask,
  type Program,
} from '../native/index.js';
import { callersEnvironmentTexts, restoreCaller } from './caller.js';
import { leaveCgroup } from './cgroup.js';
import { detach, keepOnly } from './detach.js';
import { runLauncher } from './replace.js';

/** Where it finds the pipe to us; whoever has nothing more to say closes it. */
export const STARTER_FD = 3;

/** `nskit ARGS`; what it says to us until it closes the pipe, or ends. */
export async function startInBackground(args: readonly string[]): Promise<string> {
  return await startDetached([runLauncher(['nskit', ...args], callersEnvironmentTexts())]);
}

/**
 * The same of a process that takes these steps, which end by executing a program. It gets these
 * descriptors of ours, by the number that each is to have (4 to 6).
 */
export async function startDetached(
  become: Program,
  kept: ReadonlyMap<number, number> = new Map(),
): Promise<string> {
  const ends = new Int32Array(2);
  call({ step: 'make a pipe from the new process' }, 'pipe2', ends, kernel.O_CLOEXEC);
  const [readEnd = -1, writeEnd = -1] = ends;
  const child = label('the new process');
  const said = text(createReadStream('', { fd: readEnd }));
  try {
    await runProgramAsync(
      [
        fork('start a process in the background', child),
        exit(0),
        child,
        ...detach(),
        ...leaveCgroup(),
        ...keepOnly(new Map([[STARTER_FD, writeEnd], ...kept])),
        ...restoreCaller(),
        setSignalMask(),
        ...become,
      ],
      { in: 'child' },
    );
  } finally {
    closeSync(writeEnd);
  }
  return await said;
}
