/**
 * Processes that copy between descriptors: what stands between our own standard streams and those of
 * a program that must not have them. One for each direction, because one that waits for its reader
 * must not keep another from reading.
 */
import {
  Block,
  Place,
  close,
  dieWithParent,
  exit,
  expectNotEqual,
  fork,
  jump,
  kernel,
  label,
  load32,
  orElse,
  pipe,
  step,
  type Argument,
  type Label,
  type Program,
  type Step,
} from '../../native/index.js';

export interface Copy {
  readonly from: Step | number;
  readonly to: Step | number;
  /** What is still to be read when the program has ended is copied too, and waited for. */
  readonly matters?: boolean;
  /** Steps at the end of what is read. */
  readonly atEnd?: Program;
  /** Something else that this process does meanwhile. */
  readonly watched?: Watched;
}

export interface Watched {
  readonly fd: Step;
  /** What is to be done when it can be read, the reading included. */
  readonly when: Program;
}

export interface Relays {
  /** Starts them, and closes what is theirs. */
  readonly start: Program;
  /** When the program has ended. */
  readonly finish: Program;
  readonly aside: Program;
}

export function relays(copies: readonly Copy[]): Relays {
  const end = pipe('make a pipe to the relays');
  const [hangUp, ours] = [load32('find it', end.fds, 0), load32('find it', end.fds, 4)];
  const made = copies.map((copy, i) => {
    const start = label(`relay ${i}`);
    return { copy, start, child: fork('start a relay', start) };
  });
  const fds = new Set(copies.flatMap(({ from, to }) => [from, to]));
  const wait = (child: Step): Step =>
    allowed(step('wait for a relay', 'wait4', [child, new Block(4), 0, 0]));
  return {
    start: [
      end.make,
      hangUp,
      ours,
      ...made.map(({ child }) => child),
      close('leave the other end to the relays', hangUp),
      ...leave(fds),
    ],
    finish: [
      close('let the relays finish', ours),
      ...made.flatMap(({ copy, child }) => (copy.matters === true ? [wait(child)] : [])),
    ],
    aside: made.flatMap(({ copy, start }) => [
      start,
      dieWithParent(),
      close('leave the other end to our parent', ours),
      // Another's pipe held open here would never end for its reader.
      ...leave([...fds].filter((fd) => fd !== copy.from && fd !== copy.to)),
      ...copySteps(copy, hangUp),
    ]),
  };
}

/** Not our standard streams. */
function leave(fds: Iterable<Step | number>): Program {
  return [...fds].flatMap((fd) =>
    typeof fd === 'number' ? [] : [allowed(step('leave it to the relays', 'close', [fd]))],
  );
}

function allowed(one: Step): Step {
  return { ...one, recovery: { goTo: 'next' } };
}

const BUFFER_SIZE = 64 * 1024;
/** struct pollfd: fd, events and revents; with nothing to report, the second word is `events`. */
const POLLFD_SIZE = 8;
const EVENTS_AT = 4;
/** Entries of the poll set. An entry without a descriptor is passed over. */
const entries = { source: 0, hangUp: 1, watched: 2 };

function copySteps(copy: Copy, hangUp: Step): Program {
  const { from, to, matters = false, atEnd = [], watched } = copy;
  const [again, ended, done] = [label('copy'), label('the end'), label('done')];
  const set = pollSet();
  const store = (entry: number, fd: Argument): Step =>
    step('watch it', 'store32', [new Place(set, POLLFD_SIZE * entry), fd]);
  // Where the time limit is found: first none, then one that is over at once.
  const limit = new Block(8);
  const wait = step('see how long to wait', 'load64', [limit]);
  const poll = step('wait for something to copy', 'ppoll', [set, 3, wait, 0, 8]);
  const hurry = [
    step('wait no longer', 'store64', [limit, new Block(16)]),
    store(entries.hangUp, -1),
    store(entries.watched, -1),
  ];
  return [
    store(entries.source, from),
    store(entries.hangUp, hangUp),
    store(entries.watched, watched?.fd ?? -1),
    again,
    wait,
    poll,
    orElse(expectNotEqual('unless nothing is left', poll, 0, 'EAGAIN'), done),
    ...ifReady(set, entries.source, move(from, to, ended)),
    ...ifReady(set, entries.watched, watched?.when ?? []),
    ...ifReady(set, entries.hangUp, matters ? hurry : [jump(done)]),
    jump(again),
    ended,
    ...atEnd.map((one) => ('sentence' in one ? allowed(one) : one)),
    done,
    exit(0),
  ];
}

function pollSet(): Block {
  const count = Object.keys(entries).length;
  const set = new Block(POLLFD_SIZE * count);
  const view = new DataView(set.bytes.buffer);
  for (let i = 0; i < count; i++) view.setInt16(POLLFD_SIZE * i + EVENTS_AT, kernel.POLLIN, true);
  return set;
}

function ifReady(set: Block, entry: number, then: Program): Program {
  const otherwise = label(`nothing from ${entry}`);
  const events = load32('see what there is', set, POLLFD_SIZE * entry + EVENTS_AT);
  const isQuiet = expectNotEqual('unless it is quiet', events, kernel.POLLIN, 'EAGAIN');
  return [events, orElse(isQuiet, otherwise), ...then, otherwise];
}

/** An error is an end too: of a terminal that nobody has open any more, of a reader that is gone. */
function move(from: Step | number, to: Step | number, ended: Label): Program {
  const buffer = new Block(BUFFER_SIZE);
  const got = step('read', 'read', [from, buffer, BUFFER_SIZE]);
  return [
    orElse(got, ended),
    orElse(expectNotEqual('unless it is the end', got, 0, 'EIO'), ended),
    orElse(step('write', 'write', [to, buffer, got]), ended),
  ];
}
