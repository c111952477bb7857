/**
 * A launch by the launcher in our place, with no Node beside it: it clones, acts from outside, runs
 * a script, and waits for the program or leaves it to itself.
 */
import { constants } from 'node:os';
import { NskitError } from '../../errors/index.js';
import {
  Block,
  blockSignals,
  close,
  exit,
  fork,
  label,
  load32,
  pipe,
  setCloseOnExec,
  setDisposition,
  setSignalMask,
  supervise,
  write,
  type Program,
  type Step,
} from '../../native/index.js';
import { assemble } from '../id-map.js';
import type { NamespaceKind } from '../kinds.js';
import { pipes, terminal } from './console.js';
import { executableOf, type Executable, type ProgramSource } from './executable.js';
import { awaitRelease, earlySet, lateSet, reportBy, type Channel } from './inside.js';
import { joinSteps } from './join.js';
import { awaitExec, awaitReady, channelEnds, findProcess, newProcess, settings } from './making.js';
import { checkLaunch, type JoinRequest, type LaunchOptions } from './options.js';
import { environmentWith, phase, type Part } from './part.js';
import * as parts from './parts.js';
import { scriptSteps, type LaunchScript } from './script.js';

export interface LaunchInPlaceOptions extends LaunchOptions {
  /** Without one, the new process ends when its set-up is done. */
  readonly program?: LaunchedProgram | undefined;
  readonly script?: LaunchScript | undefined;
  /** The exit status is the program's, and signals go to it; otherwise it is left to itself. */
  readonly wait?: boolean | undefined;
  /** The program runs in a child of the new process, which stays as its init or goes at once. */
  readonly fork?: 'stay' | 'leave' | undefined;
  /** Entered before the new process is made. */
  readonly joinFirst?: readonly JoinRequest[] | undefined;
  /** Descriptors of ours that the program does not get. */
  readonly closeFiles?: readonly number[] | undefined;
  readonly socketPair?: { readonly type: parts.PairType; readonly variable: string } | undefined;
  /** Descriptors for the script, each in a variable. */
  readonly expose?: Exposed | undefined;
  readonly lockFile?: string | undefined;
  /** Must have nothing in it, or nothing is run. */
  readonly emptyFile?: string | undefined;
  readonly logFile?: string | undefined;
  readonly pidFiles?: readonly string[] | undefined;
  /** A descriptor of ours that gets a newline once the program runs. */
  readonly readyFile?: number | undefined;
  /** A terminal or pipes of the program's own instead of our standard streams; waits for its end. */
  readonly console?: 'terminal' | 'pipes' | undefined;
}

export interface LaunchedProgram {
  readonly argv: readonly string[];
  /** NAME=VALUE. */
  readonly env: readonly string[];
  readonly source?: ProgramSource | undefined;
  /** Says which descriptor the source is. */
  readonly variable?: string | undefined;
  /** The program finds the descriptor of its source. */
  readonly keepOpen?: boolean | undefined;
}

export type Exposed = Readonly<Partial<Record<NamespaceKind | 'pidfd', string>>>;

/** Throws ERR_USAGE. Needs a launcher that runs nothing else: replaceProcess. */
export function launchProgram(options: LaunchInPlaceOptions): Program {
  checkLaunch(options);
  checkInPlace(options);
  const channel = {
    gate: pipe('make a pipe to the new process'),
    ready: pipe('make a pipe from the new process'),
  };
  const ends = channelEnds(channel);
  const made = newProcess(options, { exitSignal: constants.signals.SIGCHLD });
  const found = findProcess(made.clone);
  const mine = partsOf(options, made.clone, found.folder);
  const script = scriptSteps(options.script, {
    ...{ clone: made.clone, folder: found.folder, channel },
    ...{ socket: mine.pair?.outer, lock: mine.lock?.fd },
    variables: mine.all.flatMap(({ scriptVariables = [] }) => scriptVariables),
  });
  const main = [
    setDisposition(constants.signals.SIGCHLD, 'default'),
    ...phase(mine.all, 'before'),
    ...ends.steps,
    ...(options.joinFirst ?? []).flatMap(joinSteps),
    ...made.steps,
    ...ends.leave,
    ...phase(mine.all, 'after'),
    ...found.steps,
    setCloseOnExec('let the script have it', found.folder, 0),
    ...awaitReady(channel),
    ...phase(mine.all, 'meanwhile'),
    ...script.main,
    ...releaseAndWait(options, channel, { clone: made.clone, all: mine.all }),
  ];
  const inside = [made.start, ...insideOf(options, channel, mine)];
  return assemble(main, inside, script.aside, phase(mine.all, 'aside'));
}

function checkInPlace({ script, program, fork: forks, wait, console }: LaunchInPlaceOptions): void {
  const rules: [broken: boolean, message: string][] = [
    [script?.argv.length === 0, 'the script has no name'],
    [program?.argv.length === 0, 'no program to run'],
    [program === undefined && forks !== undefined, 'fork, but no program to run'],
    [
      script?.becomes === true && (wait === true || console !== undefined),
      'a script that takes our place leaves nobody to wait',
    ],
  ];
  const broken = rules.find(([isBroken]) => isBroken);
  if (broken !== undefined) throw new NskitError('ERR_USAGE', broken[1]);
}

interface Parts {
  readonly all: readonly Part[];
  readonly executable: Executable;
  readonly pair: ReturnType<typeof parts.socketPair> | undefined;
  readonly lock: ReturnType<typeof parts.lockFile> | undefined;
}

/** In the order in which they act. */
function partsOf(options: LaunchInPlaceOptions, clone: Step, folder: Step): Parts {
  const { lockFile, logFile, emptyFile, pidFiles = [], socketPair, readyFile } = options;
  const { variable = 'NSKIT_PROGRAM_FD', keepOpen = false, source } = options.program ?? {};
  const executable = executableOf(source, { variable, keepOpen });
  const pair =
    socketPair === undefined ? undefined : parts.socketPair(socketPair.type, socketPair.variable);
  const lock = lockFile === undefined ? undefined : parts.lockFile(lockFile);
  const all = [
    lock,
    logFile === undefined ? undefined : parts.logFile(logFile),
    executable,
    pair,
    emptyFile === undefined ? undefined : parts.emptyFile(emptyFile),
    ...pidFiles.map((path) => parts.pidFile(path, clone)),
    settings(options, clone, folder),
    ...exposedParts(options.expose ?? {}, clone, folder),
    readyFile === undefined ? undefined : parts.readyFile(readyFile),
    consoleOf(options),
  ].filter((part) => part !== undefined);
  return { all, executable, pair, lock };
}

function consoleOf({ console }: LaunchInPlaceOptions): Part | undefined {
  if (console === undefined) return undefined;
  return console === 'terminal' ? terminal() : pipes();
}

function exposedParts(exposed: Exposed, clone: Step, folder: Step): Part[] {
  return Object.entries(exposed).map(([what, variable]) =>
    what === 'pidfd'
      ? parts.pidfd(variable, clone)
      : parts.namespaceFile(what as NamespaceKind, variable, folder),
  );
}

interface Released {
  readonly clone: Step;
  readonly all: readonly Part[];
}

/** Signals are held back first: one between the start of the program and our wait would be lost. */
function releaseAndWait(
  { wait = false, console, script }: LaunchInPlaceOptions,
  { gate, ready }: Channel,
  { clone, all }: Released,
): Program {
  if (script?.becomes === true) return [];
  const sentence = 'let the new process go on';
  const end = load32(sentence, gate.fds, 4);
  const status = supervise(clone);
  const waits = wait || console !== undefined;
  return [
    blockSignals(new Block(8)),
    end,
    write(sentence, end, '.'),
    ...awaitExec({ gate, ready }),
    ...phase(all, 'running'),
    ...(waits ? [status, ...phase(all, 'ended'), exit(status)] : []),
  ];
}

function insideOf(options: LaunchInPlaceOptions, channel: Channel, mine: Parts): Program {
  const { program, closeFiles = [], console } = options;
  const newSession = options.newSession === true || console === 'terminal';
  return [
    ...reportBy(channel),
    ...phase(mine.all, 'early'),
    ...parts.closedFiles(closeFiles),
    ...earlySet({ ...options, newSession }),
    ...awaitRelease(channel),
    ...phase(mine.all, 'late'),
    ...lateSet(options),
    ...phase(mine.all, 'last'),
    ...forkInside(options, channel),
    ...(program === undefined ? [exit(0)] : runProgram(program, mine)),
  ];
}

/** As its init it must not hold the pipe that says whether the program runs. */
function forkInside({ fork: forks }: LaunchInPlaceOptions, { ready }: Channel): Program {
  if (forks === undefined) return [];
  const sentence = 'start a child that runs the program';
  const start = label('the child that runs the program');
  const child = fork(sentence, start);
  if (forks === 'leave') return [child, exit(0), start];
  const mask = new Block(8);
  const end = load32(sentence, ready.fds, 4);
  const status = supervise(child);
  return [
    setDisposition(constants.signals.SIGCHLD, 'default'),
    blockSignals(mask),
    child,
    end,
    close('leave the pipe to it', end),
    status,
    exit(status),
    start,
    setSignalMask(mask),
  ];
}

function runProgram(program: LaunchedProgram, { all, executable }: Parts): Program {
  const variables = all.flatMap(({ programVariables = [] }) => programVariables);
  const { steps, table } = environmentWith(program.env, variables);
  return [...steps, executable.execute(program.argv, table)];
}
