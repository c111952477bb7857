/**
 * A program started with sockets handed to it by systemd's protocol, here or in place of Node. The
 * variable LISTEN_PID names the program's own process, which nobody knows before it exists: the
 * child itself writes its pid into the environment that it then executes the program with.
 */
import { constants } from 'node:os';
import {
  Child,
  callersEnvironmentTexts,
  callerOfProcess,
  replaceProcess,
  type ReplaceOptions,
  type Way,
} from '../namespaces/index.js';
import {
  Block,
  execute,
  kernel,
  numbered,
  pointerTable,
  prepareToWatch,
  runProgram,
  setDisposition,
  setSignalMask,
  step,
  type Program,
  type Step,
} from '../native/index.js';
import { FIRST_LISTEN_FD, listenVariables, withoutListenVariables } from './listen-fds.js';
import { usage } from './errors.js';

/** A socket to hand over; it stays its owner's, and the program gets a copy. */
export interface HandedSocket {
  readonly fd: number;
  /** In LISTEN_FDNAMES; `unknown` when not said. */
  readonly name?: string | undefined;
}

export interface HandOverOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
  /** Standard streams, as fds of ours; those of the same number when not said. */
  readonly stdio?: readonly [number, number, number] | undefined;
  /** Namespaces to enter first; a pid namespace takes a process more than this has. */
  readonly way?: Pick<Way, 'enter'> | undefined;
}

/** Starts a program that gets the sockets from fd 3. */
export function spawnWithSockets(
  argv: readonly string[],
  sockets: readonly HandedSocket[],
  options: HandOverOptions = {},
): Child {
  if (argv.length === 0) throw usage('no program to run');
  prepareToWatch();
  const { env = process.env, stdio = [0, 1, 2], way } = options;
  const program = [
    ...(way?.enter ?? []),
    ...(options.cwd === undefined ? [] : [step('change the folder', 'chdir', [options.cwd])]),
    ...placeSteps([...stdio, ...sockets.map(({ fd }) => fd)]),
    setDisposition(constants.signals.SIGPIPE, 'default'),
    setDisposition(constants.signals.SIGXFSZ, 'default'),
    setSignalMask(),
    ...executeSteps(argv, environment(sockets, texts(env))),
  ];
  const { child } = runProgram(program, { in: 'child', starts: true });
  return new Child(child ?? { pid: -1, pidfd: -1 }, { stdin: null, stdout: null, stderr: null });
}

/** Makes this process the program, which has our pid. Nothing after the call runs. */
export function becomeWithSockets(
  argv: readonly string[],
  sockets: readonly HandedSocket[],
): never {
  // The launcher keeps our program in a file of its own, which must be none of the places that
  // the sockets go to: so those are filled first.
  const moved = sockets.map(({ fd }) => above(FIRST_LISTEN_FD + sockets.length, fd));
  fillBelow(FIRST_LISTEN_FD + sockets.length);
  return replaceProcess(handOverProgram(argv, sockets, moved), { argv, keep: moved });
}

export interface DescriptorsOptions extends Pick<ReplaceOptions, 'command' | 'statuses'> {
  /** The environment, when it is known which numbers the descriptors will have. */
  readonly env: (numbers: readonly number[]) => NodeJS.ProcessEnv;
}

/**
 * The same for a program that is told the numbers in some way of its own: the lowest that whoever
 * started us has not used.
 */
export function becomeWithDescriptors(
  argv: readonly string[],
  fds: readonly number[],
  { env, ...how }: DescriptorsOptions,
): never {
  const numbers = freeNumbers(fds.length);
  const limit = Math.max(FIRST_LISTEN_FD, ...numbers.map((number) => number + 1));
  const moved = fds.map((fd) => above(limit, fd));
  fillBelow(limit);
  const copies = moved.map((fd, i) =>
    step('hand over a descriptor', 'dup3', [fd, numbers[i] ?? -1, 0]),
  );
  const closes = moved.map((fd) => step('keep no other copy open', 'close', [fd]));
  const program = [...copies, ...closes, execute()];
  return replaceProcess(program, {
    ...how,
    argv,
    env: callersEnvironmentTexts(env(numbers)),
    keep: moved,
  });
}

function freeNumbers(count: number): number[] {
  const used = new Set(callerOfProcess().files);
  const numbers: number[] = [];
  for (let number = FIRST_LISTEN_FD; numbers.length < count; number++) {
    if (!used.has(number)) numbers.push(number);
  }
  return numbers;
}

/** The steps of `becomeWithSockets`, for a dry run too: then nothing has been opened yet. */
export function handOverProgram(
  argv: readonly string[],
  sockets: readonly Omit<HandedSocket, 'fd'>[],
  fds: readonly (number | Step)[],
): Program {
  const copies = fds.map((fd, i) => {
    const name = sockets[i]?.name ?? 'unknown';
    return step(`hand over ${name} as fd ${FIRST_LISTEN_FD + i}`, 'dup3', [
      fd,
      FIRST_LISTEN_FD + i,
      0,
    ]);
  });
  const closes = fds.map((fd) => step('keep no other copy open', 'close', [fd]));
  const env = environment(sockets, callersEnvironmentTexts());
  return [...copies, ...closes, ...executeSteps(argv, env)];
}

function above(least: number, fd: number): number {
  const copy = step('move a socket out of the way', 'fcntl', [fd, kernel.F_DUPFD_CLOEXEC, least], {
    opens: true,
  });
  return runProgram([copy], { in: 'here', keep: [copy] }).result(copy);
}

/** Close-on-exec, so that they are gone with us. */
function fillBelow(limit: number): void {
  while (above(FIRST_LISTEN_FD, 0) < limit);
}

/**
 * First copies above all places, then copies in place: so none is overwritten before it is copied.
 * dup3(2) makes the copy that the program keeps.
 */
function placeSteps(fds: readonly number[]): Program {
  const sentence = 'put the descriptors in place';
  const copies = fds.map((fd) => step(sentence, 'fcntl', [fd, kernel.F_DUPFD_CLOEXEC, fds.length]));
  const all = [3, 0xffff_ffff, kernel.CLOSE_RANGE_CLOEXEC];
  return [
    ...copies,
    step('keep no other file open', 'close_range', all),
    ...copies.map((copy, fd) => step(sentence, 'dup3', [copy, fd, 0])),
  ];
}

const LISTEN_PID = 'LISTEN_PID=';

function environment(
  sockets: readonly Omit<HandedSocket, 'fd'>[],
  env: readonly string[],
): readonly string[] {
  const names = sockets.map(({ name = 'unknown' }) => name);
  const own = sockets.map((_, i) => `NSKIT_FD_${i}=${FIRST_LISTEN_FD + i}`);
  const others = withoutListenVariables(env).filter((text) => !/^NSKIT_FD_\d+=/.test(text));
  return [...others, ...listenVariables(names), ...own];
}

function executeSteps(argv: readonly string[], env: readonly string[]): Program {
  const sentence = 'write the program’s own pid into LISTEN_PID';
  const pid = step(sentence, 'getpid', []);
  const { text, write } = numbered(sentence, LISTEN_PID, pid);
  const table = pointerTable([...env, LISTEN_PID]);
  const pointers = table.pointers.map((pointer) =>
    pointer.target === LISTEN_PID ? { ...pointer, target: text } : pointer,
  );
  const run = execute(argv);
  return [pid, write, { ...run, args: [pointerTable(argv), new Block(table.bytes, pointers)] }];
}

function texts(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
}
