/**
 * Standard streams of its own for a program that must not have ours: a new terminal, or pipes. A
 * relay copies between the two, so whoever is outside sees no difference.
 */
import { constants } from 'node:os';
import {
  Block,
  close,
  forgiving,
  kernel,
  load32,
  open,
  pipe,
  step,
  tryCall,
  write,
  type Program,
  type Step,
} from '../../native/index.js';
import type { Part } from './part.js';
import { relays, type Relays, type Watched } from './relay.js';

const STANDARD = [0, 1, 2] as const;

/** Pipes: the program cannot tell us apart from any other program that reads and writes them. */
export function pipes(): Part {
  const made = STANDARD.map((fd) => {
    const { fds, make } = pipe('make a pipe for a standard stream');
    const [readEnd, writeEnd] = [load32('find it', fds, 0), load32('find it', fds, 4)];
    const [inner, outer] = fd === 0 ? [readEnd, writeEnd] : [writeEnd, readEnd];
    return { fd, make: [make, readEnd, writeEnd], inner, outer };
  });
  const copies = made.map(({ fd, outer }) =>
    fd === 0 ? { from: fd, to: outer } : { from: outer, to: fd, matters: true },
  );
  return {
    ...running(relays(copies)),
    before: made.flatMap(({ make }) => make),
    after: made.map(({ inner }) => close('leave it to the program', inner)),
    last: made.map(({ fd, inner }) => onto(inner, fd)),
  };
}

function running({ start, finish, aside }: Relays): Part {
  return { running: start, ended: finish, aside };
}

function onto(fd: Step, stream: number): Step {
  return step('put the standard streams in place', 'dup3', [fd, stream, 0]);
}

/** ^D, as a new terminal has it. */
const END_OF_FILE = '\x04';

/** A terminal of the program's own session. Ours is raw meanwhile, and tells its new size. */
export function terminal(): Part {
  const sentence = 'make a terminal';
  const flags = kernel.O_RDWR | kernel.O_NOCTTY;
  const ours = open(sentence, '/dev/ptmx', { flags });
  const unlock = step(sentence, 'ioctl', [ours, kernel.TIOCSPTLCK, new Block(4)]);
  const theirs = step(sentence, 'ioctl', [ours, kernel.TIOCGPTPEER, flags | kernel.O_CLOEXEC], {
    opens: true,
  });
  const changes = sizeChanges(ours);
  const screen = rawScreen();
  const between = relays([
    { from: 0, to: ours, atEnd: [write('type the end', ours, END_OF_FILE)] },
    { from: ours, to: 1, matters: true, watched: changes.watched },
  ]);
  return {
    before: [ours, unlock, theirs, ...copySize(ours)],
    after: [close('leave it to the program', theirs)],
    last: [
      step('make it the terminal of the session', 'ioctl', [theirs, kernel.TIOCSCTTY, 0]),
      ...STANDARD.map((stream) => onto(theirs, stream)),
    ],
    running: [...screen.begin, ...changes.open, ...between.start],
    ended: [...between.finish, ...screen.end],
    aside: between.aside,
  };
}

/** struct winsize. Whoever has no terminal has no size to copy. */
function copySize(to: Step): Program {
  const size = new Block(8);
  const sentence = 'give it the size of ours';
  return [
    forgiving(step(sentence, 'ioctl', [0, kernel.TIOCGWINSZ, size])),
    forgiving(step(sentence, 'ioctl', [to, kernel.TIOCSWINSZ, size])),
  ];
}

const SIGNALFD_SIGINFO_SIZE = 128;

/** SIGWINCH, read as a file: every signal is held back in the relay. */
function sizeChanges(to: Step): { readonly open: Program; readonly watched: Watched } {
  const sentence = 'hear of a new size';
  const mask = new Block(new Uint8Array(8));
  const bit = 1n << BigInt(constants.signals.SIGWINCH - 1);
  new DataView(mask.bytes.buffer).setBigUint64(0, bit, true);
  const fd = step(sentence, 'signalfd4', [-1, mask, 8, kernel.SFD_CLOEXEC], { opens: true });
  const info = new Block(SIGNALFD_SIGINFO_SIZE);
  const read = step(sentence, 'read', [fd, info, SIGNALFD_SIGINFO_SIZE]);
  return { open: [fd], watched: { fd, when: [forgiving(read), ...copySize(to)] } };
}

/** struct termios of the kernel. */
const TERMIOS_SIZE = 36;
const at = { input: 0, output: 4, control: 8, local: 12, characters: 17 };
const VTIME = 5;
const VMIN = 6;

/** cfmakeraw(3): what is cleared. */
const cleared = {
  /** IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON */
  input: 0o1 | 0o2 | 0o10 | 0o40 | 0o100 | 0o200 | 0o400 | 0o2000,
  /** OPOST */
  output: 0o1,
  /** CSIZE PARENB */
  control: 0o60 | 0o400,
  /** ISIG ICANON ECHO ECHONL IEXTEN */
  local: 0o1 | 0o2 | 0o10 | 0o100 | 0o100000,
};
const CS8 = 0o60;

/** Read now, because a program of steps cannot compute: nobody changes it before it is used. */
function rawScreen(): { readonly begin: Program; readonly end: Program } {
  const now = new Uint8Array(TERMIOS_SIZE);
  if (tryCall('ioctl', 0, kernel.TCGETS, now) < 0) return { begin: [], end: [] };
  const set = (settings: Uint8Array): Step =>
    forgiving(step('set our terminal', 'ioctl', [0, kernel.TCSETSW, new Block(settings)]));
  return { begin: [set(raw(now))], end: [set(now)] };
}

function raw(now: Uint8Array): Uint8Array {
  const settings = now.slice();
  const view = new DataView(settings.buffer);
  for (const [name, bits] of Object.entries(cleared)) {
    const where = at[name as keyof typeof cleared];
    view.setUint32(where, (view.getUint32(where, true) & ~bits) >>> 0, true);
  }
  view.setUint32(at.control, (view.getUint32(at.control, true) | CS8) >>> 0, true);
  settings[at.characters + VMIN] = 1;
  settings[at.characters + VTIME] = 0;
  return settings;
}
