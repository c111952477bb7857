/**
 * The stored program of a watcher: start the process, keep what it gives until it ends, start it
 * again. Of all this only the keeping is C's (native/keep.c).
 */
import {
  Block,
  Place,
  close,
  exit,
  expectNotEqual,
  forgiving,
  fork,
  jump,
  kernel,
  label,
  load32,
  open,
  orElse,
  step,
  waitFor,
  wholeFileLock,
  write,
  type Label,
  type Program,
  type Step,
} from '../native/index.js';
import { STARTER_FD } from './background.js';
import { detach } from './detach.js';

/** The socket between the two, on either side. */
export const STORE_FD = 4;

/** What a watcher of a process that lives says to its starter. */
export const READY = 'ready';

/** Ended sooner than this after its start, the process has served nobody. */
const SHORT_LIFE_SECONDS = 1;
/** So many short lives in a row are forgiven: with the next one, all that is kept is let go. */
const SHORT_LIVES = 5;

export interface Watched {
  /** Held by the watcher as long as it lives. */
  readonly lockFile: string;
  /** The last steps of each process that it starts, which end by executing the launcher. */
  readonly become: Program;
}

/** `lives`: the process is there already, at the other end of STORE_FD. */
export function watcherProgram(watched: Watched, { lives = false } = {}): Program {
  const [start, watch] = [label('start it'), label('watch it')];
  const over = label('nothing is kept, or it does not live');
  const forbearance = forbear(over);
  const store = new Block(STORE_SIZE);
  const keep = step('keep what it gives until it ends', 'keepDescriptors', [store, STORE_FD]);
  const child = startChild(watched.become);
  const lock = lockOf(watched);
  return [
    // Before anything is opened, because that would take the number.
    ...(lives ? [] : [nothingAt(STORE_FD, kernel.O_CLOEXEC)]),
    lock.open,
    ...raiseFileLimit(),
    ...forbearance.prepare,
    ...(lives ? [lock.take(), ...joinLiving(watch)] : []),
    start,
    ...forbearance.begin,
    ...child.start,
    // Only the first of them has a starter to tell; the next ones find nothing there.
    nothingAt(STARTER_FD, 0),
    // Not before: the process may find that another one serves, and say so.
    lock.take(),
    watch,
    keep,
    nothingAt(STORE_FD, kernel.O_CLOEXEC),
    // One that lived before we did is no child of ours.
    forgiving(waitFor('wait until it has ended', -1, new Block(4)), 'ECHILD'),
    orElse(expectNotEqual('see whether anything is kept', keep, 0, 'ENODATA'), over),
    ...forbearance.end,
    jump(start),
    over,
    exit(0),
    ...child.steps,
  ];
}

/** struct nskit_store. */
const STORE_SIZE = 32;

/** To take it is to wait for the watcher before, which may be about to end; again, it costs nothing. */
function lockOf({ lockFile }: Watched): { readonly open: Step; readonly take: () => Step } {
  const flags = kernel.O_RDWR | kernel.O_CREAT;
  const file = open('open the lock of the watcher', lockFile, { flags, mode: 0o600 });
  const args = [file, kernel.F_SETLKW, wholeFileLock()];
  return { open: file, take: () => step('take the lock of the watcher', 'fcntl', args) };
}

const RLIMIT_NOFILE = 7;

/** Soft to hard, as Node does for itself: what it can open has to fit in here. */
function raiseFileLimit(): Program {
  const sentence = 'raise the limit of open files';
  const limits = new Block(16);
  const hard = step(sentence, 'load64', [new Place(limits, 8)]);
  return [
    step(sentence, 'prlimit64', [0, RLIMIT_NOFILE, 0, limits]),
    hard,
    step(sentence, 'store64', [limits, hard]),
    step(sentence, 'prlimit64', [0, RLIMIT_NOFILE, limits, 0]),
  ];
}

function joinLiving(watch: Label): Program {
  return [write('say that we are ready', STARTER_FD, READY), nothingAt(STARTER_FD, 0), jump(watch)];
}

/** /dev/null in its place, so that nothing else gets the number. */
function nothingAt(fd: number, flags: number): Step {
  return step('keep the place of a descriptor', 'dup3', [0, fd, flags]);
}

function startChild(become: Program): { start: Program; steps: Program } {
  const sentence = 'make a pair of sockets';
  const pair = new Block(8);
  const type = kernel.SOCK_SEQPACKET | kernel.SOCK_CLOEXEC;
  const [ours, theirs] = [load32(sentence, pair), load32(sentence, pair, 4)];
  const child = label('the process that is watched');
  return {
    start: [
      step(sentence, 'socketpair', [kernel.AF_UNIX, type, 0, pair]),
      ours,
      theirs,
      fork('start the process', child),
      step('take our end', 'dup3', [ours, STORE_FD, kernel.O_CLOEXEC]),
      close('take our end', ours),
      close('leave it its end', theirs),
    ],
    steps: [
      child,
      ...detach(),
      step('take the end that is for it', 'dup3', [theirs, STORE_FD, 0]),
      ...become,
    ],
  };
}

const CLOCK_MONOTONIC = 1;

interface Forbearance {
  readonly prepare: Program;
  /** When the process begins. */
  readonly begin: Program;
  /** When it has ended. */
  readonly end: Program;
}

/**
 * A timer knows whether a life was short; an eventfd counts what is still forgiven, and is made anew
 * by a life that was long enough.
 */
function forbear(over: Label): Forbearance {
  const sentence = 'see how long it lived';
  const flags = kernel.O_NONBLOCK | kernel.O_CLOEXEC;
  const timer = step(sentence, 'timerfd_create', [CLOCK_MONOTONIC, flags]);
  const count = (): Step => step(sentence, 'eventfd2', [SHORT_LIVES, kernel.EFD_SEMAPHORE | flags]);
  const [forgiven, fresh] = [count(), count()];
  const [short, done] = [label('it was short'), label('start it once more')];
  const take = (fd: Step): Step => step(sentence, 'read', [fd, new Block(8), 8]);
  // struct itimerspec: interval, then when.
  const time = new Block(32);
  new DataView(time.bytes.buffer).setBigInt64(16, BigInt(SHORT_LIFE_SECONDS), true);
  return {
    prepare: [timer, forgiven],
    begin: [step(sentence, 'timerfd_settime', [timer, 0, time, 0])],
    end: [
      orElse(take(timer), short),
      fresh,
      step(sentence, 'dup3', [fresh, forgiven, kernel.O_CLOEXEC]),
      close(sentence, fresh),
      jump(done),
      short,
      orElse(take(forgiven), over),
      done,
    ],
  };
}
