/** Steps about files, descriptors and directories. Like the calls of section 2 they stand for. */
import { Block, Place, cString, textBlock } from './block.js';
import {
  AT_FDCWD,
  AT_REMOVEDIR,
  F_GETLK,
  F_SETFD,
  F_SETLK,
  F_WRLCK,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_WRONLY,
  POLLIN,
} from './constants.js';
import { step, type Argument, type Label, type Step } from './step.js';

export interface OpenOptions {
  readonly flags?: number;
  readonly mode?: number;
  /** Relative to this directory instead of the working directory. */
  readonly at?: Step | number;
}

/** open(2), always close-on-exec. The path may be a block that earlier steps wrote. */
export function open(sentence: string, path: string | Block, options: OpenOptions = {}): Step {
  const { flags = O_RDONLY, mode = 0, at = AT_FDCWD } = options;
  const args = [at, path, flags | O_CLOEXEC, mode];
  const opens = { opens: true };
  return step(sentence, 'openat', args, typeof path === 'string' ? { ...opens, path } : opens);
}

export interface ResolveOptions {
  readonly flags: number;
  /** Of a file that is made; 0666 when not said. */
  readonly mode?: number | undefined;
  readonly at?: Step | number | undefined;
  /** RESOLVE_*: how the path may be followed. */
  readonly resolve: number;
}

/** struct open_how: flags, mode, resolve. */
const OPEN_HOW_SIZE = 24;
/** O_TMPFILE without the O_DIRECTORY in it, which differs between machines. */
const __O_TMPFILE = 0o20000000;

/** openat2(2), always close-on-exec. */
export function openResolving(sentence: string, path: string, options: ResolveOptions): Step {
  const { flags, mode = 0o666, at = AT_FDCWD, resolve } = options;
  const how = new Block(OPEN_HOW_SIZE);
  const view = new DataView(how.bytes.buffer);
  const makes = (flags & (O_CREAT | __O_TMPFILE)) !== 0;
  view.setBigUint64(0, BigInt(flags | O_CLOEXEC), true);
  // A mode without a file to make is EINVAL.
  view.setBigUint64(8, BigInt(makes ? mode : 0), true);
  view.setBigUint64(16, BigInt(resolve), true);
  const args = [at, path, how, OPEN_HOW_SIZE];
  return step(sentence, 'openat2', args, { opens: true, path });
}

/** Makes an empty file that must not exist yet: where two race, one wins. */
export function createFile(sentence: string, path: string, mode = 0o600): Step {
  return open(sentence, path, { flags: O_WRONLY | O_CREAT | O_EXCL, mode });
}

export function close(sentence: string, fd: Argument): Step {
  return step(sentence, 'close', [fd]);
}

export function mkdir(path: string, mode = 0o755): Step {
  return step(`make the folder ${path}`, 'mkdirat', [AT_FDCWD, path, mode], { path });
}

export function unlink(path: string): Step {
  return step(`remove ${path}`, 'unlinkat', [AT_FDCWD, path, 0], { path });
}

export function rmdir(path: string): Step {
  return step(`remove the folder ${path}`, 'unlinkat', [AT_FDCWD, path, AT_REMOVEDIR], { path });
}

export function symlink(target: string, path: string): Step {
  return step(`link ${path} to ${target}`, 'symlinkat', [target, AT_FDCWD, path], { path });
}

/** Writes a text to an open file in one call, as /proc files want it. */
export function write(sentence: string, fd: Argument, text: string): Step {
  const block = textBlock(text);
  return step(sentence, 'write', [fd, block, block.bytes.length]);
}

/** Opens, writes, closes: what `echo TEXT > PATH` does. */
export function writeFile(sentence: string, path: string, text: string): Step[] {
  const file = open(sentence, path, { flags: O_WRONLY });
  return [file, { ...write(sentence, file, text), path }, close(sentence, file)];
}

export function chdir(path: string): Step {
  return step(`change to ${path}`, 'chdir', [path], { path });
}

export function setCloseOnExec(sentence: string, fd: Argument, flags: number): Step {
  return step(sentence, 'fcntl', [fd, F_SETFD, flags]);
}

/** struct flock for a whole file: l_type (2), l_whence (2), l_start, l_len, l_pid. */
export const FLOCK_SIZE = 32;
export const FLOCK_PID = 24;

export function wholeFileLock(): Block {
  const bytes = new Uint8Array(FLOCK_SIZE);
  new DataView(bytes.buffer).setInt16(0, F_WRLCK, true);
  return new Block(bytes);
}

export function setLock(sentence: string, fd: Step): Step {
  return step(sentence, 'fcntl', [fd, F_SETLK, wholeFileLock()]);
}

export function getLock(sentence: string, fd: Step, lock: Block): Step {
  return step(sentence, 'fcntl', [fd, F_GETLK, lock]);
}

export interface NumberedText {
  readonly text: Block;
  /** To be taken before whoever reads the text. */
  readonly write: Step;
}

/** A text that ends with a number known only at run time: "/proc/" and a pid. */
export function numbered(sentence: string, prefix: string, number: Argument): NumberedText {
  const start = cString(prefix);
  const text = new Block(start.length + DIGITS);
  text.bytes.set(start);
  const write = step(sentence, 'decimal', [new Place(text, start.length - 1), number]);
  return { text, write };
}

/** The longest number, 2^63 - 1, in decimal. */
const DIGITS = 20;

export interface Pipe {
  readonly fds: Block;
  readonly make: Step;
}

/** pipe2(2); the two fds lie in the block, read end first. */
export function pipe(sentence: string): Pipe {
  const fds = new Block(8);
  return { fds, make: step(sentence, 'pipe2', [fds, O_CLOEXEC]) };
}

export interface PollSet {
  readonly entries: readonly { readonly fd: Step | number; readonly events?: number }[];
}

/** ppoll(2) on fds known only at run time, without a time limit: stores them first. */
export function waitUntilReady(sentence: string, fds: PollSet['entries'], again?: Label): Step[] {
  const block = new Block(8 * fds.length);
  const view = new DataView(block.bytes.buffer);
  const stores = fds.map(({ fd, events = POLLIN }, i) => {
    view.setInt16(8 * i + 4, events, true);
    return storeWord(sentence, block, 8 * i, fd);
  });
  const wait = step(sentence, 'ppoll', [block, fds.length, 0, 0, 8]);
  return [
    ...stores,
    again === undefined ? wait : { ...wait, recovery: { goTo: again, only: 'EINTR' } },
  ];
}

function storeWord(sentence: string, block: Block, offset: number, value: Argument): Step {
  return step(sentence, 'store32', [new Place(block, offset), value]);
}
