/**
 * A program that runs outside while the new process waits: it may put it in a cgroup, bind its
 * namespaces to files, move a device into its network. Only if it ends with 0 the new process goes on.
 */
import {
  Block,
  exit,
  expectEqual,
  fork,
  kernel,
  label,
  load32,
  orElse,
  pointerTable,
  setCloseOnExec,
  step,
  type Program,
  type Step,
} from '../../native/index.js';
import { CLD_EXITED, SIGINFO_SIZE, SI_CODE, SI_STATUS } from '../child.js';
import type { Channel } from './inside.js';
import { environmentWith, textOf, type Variable } from './part.js';

export interface LaunchScript {
  /**
   * Its arguments are followed by the number of the new process, a descriptor of its folder in
   * /proc, and one of the socket pair, or -1.
   */
  readonly argv: readonly string[];
  /** NAME=VALUE. */
  readonly env: readonly string[];
  /**
   * It takes our place, and gets two arguments more: the descriptor of the lock, or -1, and one that
   * takes a byte when the new process may go on.
   */
  readonly becomes?: boolean | undefined;
}

export interface ScriptContext {
  readonly clone: Step;
  readonly folder: Step;
  readonly channel: Channel;
  readonly socket: Step | undefined;
  readonly lock: Step | undefined;
  readonly variables: readonly Variable[];
}

/** A script that a signal has ended. */
const KILLED = 127;

export function scriptSteps(
  script: LaunchScript | undefined,
  context: ScriptContext,
): { readonly main: Program; readonly aside: Program } {
  if (script === undefined) return { main: [], aside: [] };
  const gate = load32('find the pipe to the new process', context.channel.gate.fds, 4);
  const run = runSteps(script, context, gate);
  if (script.becomes === true) {
    const kept = [gate, ...(context.lock === undefined ? [] : [context.lock])];
    const keeps = kept.map((fd) => setCloseOnExec('leave it to the script', fd, 0));
    return { main: [gate, ...keeps, ...run], aside: [] };
  }
  return forked(script, run);
}

function forked(script: LaunchScript, run: Program): { main: Program; aside: Program } {
  const [start, failed, killed] = [label('script'), label('failed'), label('killed')];
  const sentence = `run ${script.argv[0] ?? ''} outside`;
  const child = fork(sentence, start);
  const info = new Block(SIGINFO_SIZE);
  const code = load32(sentence, info, SI_CODE);
  const status = load32(sentence, info, SI_STATUS);
  return {
    main: [
      child,
      step(sentence, 'waitid', [kernel.P_PID, child, info, kernel.WEXITED, 0]),
      code,
      status,
      orElse(expectEqual(sentence, code, CLD_EXITED, 'ECHILD'), killed),
      orElse(expectEqual(sentence, status, 0, 'ECHILD'), failed),
    ],
    aside: [failed, exit(status), killed, exit(KILLED), start, ...run],
  };
}

function runSteps(
  { argv, env, becomes }: LaunchScript,
  context: ScriptContext,
  gate: Step,
): Program {
  const { clone, folder, socket, lock, variables } = context;
  const numbers = [clone, folder, socket, ...(becomes === true ? [lock, gate] : [])];
  const texts = numbers.map((number) => textOf('', number ?? '-1'));
  const environment = environmentWith(env, variables);
  const table = pointerTable([...argv, ...texts.map(({ text }) => text)]);
  const [file = ''] = argv;
  return [
    ...texts.flatMap(({ steps }) => steps),
    ...environment.steps,
    step(`run ${file}`, 'execvpe', [table, environment.table], { path: file }),
  ];
}
