/**
 * Into an isolated namespace: the program behind `nskit exec NAME` and `nskit shell NAME`, which
 * the launcher runs without Node.
 *
 * What is inside may try to look into whoever comes in, and would find open files of the host. So
 * we hide our memory first: with the dumpable flag off only the initial user namespace may trace us,
 * until the program we become has none of those files.
 */
import {
  Block,
  chdir,
  close,
  dieWithParent,
  expectEqual,
  forgiving,
  kernel,
  pipe,
  step,
  type Program,
  type Step,
} from '../../native/index.js';
import { pipeEnds } from '../base.js';
import { assemble } from '../id-map.js';
import { commandSteps, inChild, type InsideProgram } from '../inside.js';
import { joinAll } from '../join.js';
import type { Opened, Target } from '../target.js';
import { isolatedEnvironment } from './environment.js';
import { installFilter } from './filter.js';
import { becomeRoot } from './make.js';

const PATH_MAX = 4096;

/** In the caller's working directory where it exists inside, unless another one is given. */
export function isolatedInside(target: Target, workingDirectory?: string): InsideProgram {
  const command = commandSteps();
  const { outside, inside } = splitAtFork(target.namespaces);
  const folder = new Block(PATH_MAX);
  const alive = parentWatch();
  const body = (): Program => [
    ...joinAll(inside),
    ...becomeRoot(),
    workingDirectory === undefined ? forgiving(chdirTo(folder)) : chdir(workingDirectory),
    step('leave the keyring of the session', 'keyctl', [kernel.KEYCTL_JOIN_SESSION_KEYRING, 0], {
      recovery: { goTo: 'next' },
    }),
    // After the credentials changed, because the kernel then forgets whom to die with.
    dieWithParent(),
    ...alive.check,
    ...isolatedEnvironment(),
    step('close what is not the program’s', 'close_range', [
      3,
      0xffff_ffff,
      kernel.CLOSE_RANGE_CLOEXEC,
    ]),
    ...installFilter(),
    ...command.run,
  ];
  return {
    entries: command.entries,
    program: assemble([
      ...command.choose,
      step('hide our memory', 'prctl', [kernel.PR_SET_DUMPABLE, 0, 0, 0, 0]),
      forgiving(step('find the working directory', 'getcwd', [folder, PATH_MAX])),
      ...target.open,
      ...joinAll(outside),
      ...alive.prepare,
      ...inChild(body),
    ]),
  };
}

/**
 * The parent stays in the base, where it can explain an error; for its child to be in the pid
 * namespace it needs no more. The nested user namespace comes last: the mount namespace is the
 * base's, and out of reach from there.
 */
function splitAtFork(namespaces: readonly Opened[]): { outside: Opened[]; inside: Opened[] } {
  const isOutside = (each: Opened): boolean => each === namespaces[0] || each.kind === 'pid';
  return {
    outside: namespaces.filter(isOutside),
    inside: namespaces.filter((each) => !isOutside(each)),
  };
}

function chdirTo(folder: Block): Step {
  return { ...chdir('/'), sentence: 'go to the same folder inside', args: [folder] };
}

/** The parent may have died before we asked to die with it: then nobody holds its end of a pipe. */
function parentWatch(): { prepare: Program; check: Program } {
  const life = pipe('make a pipe to the program');
  const [readEnd, writeEnd] = pipeEnds(life.fds);
  const sentence = 'see whether the parent is alive';
  const entry = new Block(8);
  const noTime = new Block(16);
  const state = step(sentence, 'ppoll', [entry, 1, noTime, 0, 8]);
  return {
    prepare: [life.make, readEnd, writeEnd],
    check: [
      close(sentence, writeEnd),
      step(sentence, 'store32', [entry, readEnd]),
      state,
      expectEqual(sentence, state, 0, 'ESRCH'),
    ],
  };
}
