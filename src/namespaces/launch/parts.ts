/** The smaller parts of a launch in place: files, sockets and descriptors for either half. */
import {
  Block,
  Place,
  close,
  expectEqual,
  kernel,
  load32,
  open,
  setCloseOnExec,
  step,
  write,
  numbered,
  type Program,
  type Step,
} from '../../native/index.js';
import { kindWords, type NamespaceKind } from '../kinds.js';
import type { Part } from './part.js';

/** flock(2), waited for; the program does not get it. */
export function lockFile(path: string): Part & { readonly fd: Step } {
  const flags = kernel.O_RDWR | kernel.O_CREAT;
  const fd = open(`open ${path}`, path, { flags, mode: 0o600 });
  return {
    fd,
    before: [fd, { ...step(`lock ${path}`, 'flock', [fd, kernel.LOCK_EX]), path }],
    early: [close('leave the lock', fd)],
  };
}

/** What the program says goes to a file, opened outside; it has nothing to read. */
export function logFile(path: string): Part {
  const flags = kernel.O_WRONLY | kernel.O_CREAT | kernel.O_APPEND;
  const fd = open(`open ${path}`, path, { flags, mode: 0o600 });
  const nothing = open('open /dev/null', '/dev/null');
  const sentence = 'let the program write to its log';
  return {
    before: [fd],
    // Before the root changes, because the new one may have no /dev.
    early: [nothing, step('give the program no input', 'dup3', [nothing, 0, 0])],
    last: [1, 2].map((stream) => step(sentence, 'dup3', [fd, stream, 0])),
  };
}

/** Fails unless the file has nothing in it: cgroup.procs of a cgroup that must be free. */
export function emptyFile(path: string): Part {
  const fd = open(`look into ${path}`, path);
  const sentence = `see that ${path} is empty`;
  const got = step(sentence, 'read', [fd, new Block(8), 1]);
  return { meanwhile: [fd, got, { ...expectEqual(sentence, got, 0, 'EBUSY'), path }] };
}

/** The process's number as text, without a newline: what cgroup.procs takes. */
export function pidFile(path: string, clone: Step): Part {
  const sentence = `write its number to ${path}`;
  const { text, write: decimal } = numbered(sentence, '', clone);
  const flags = kernel.O_WRONLY | kernel.O_CREAT | kernel.O_TRUNC;
  const fd = open(sentence, path, { flags, mode: 0o666 });
  // "decimal" answers how many digits it wrote.
  const written = { ...step(sentence, 'write', [fd, text, decimal]), path };
  return { meanwhile: [decimal, fd, written, close(sentence, fd)] };
}

export type PairType = 'stream' | 'dgram' | 'seqpacket';

/** One end for the script, the other for the program. */
export function socketPair(type: PairType, variable: string): Part & { readonly outer: Step } {
  const sentence = 'make a pair of sockets';
  const fds = new Block(8);
  const types = {
    stream: kernel.SOCK_STREAM,
    dgram: kernel.SOCK_DGRAM,
    seqpacket: kernel.SOCK_SEQPACKET,
  };
  const outer = load32(sentence, fds, 0);
  const inner = step(sentence, 'load32', [new Place(fds, 4)]);
  return {
    outer,
    before: [step(sentence, 'socketpair', [kernel.AF_UNIX, types[type], 0, fds]), outer, inner],
    after: [close('leave the other end to the program', inner)],
    early: [close('leave the other end to the script', outer)],
    programVariables: [{ name: variable, value: inner }],
  };
}

/** An fd of its own for the script, in a variable. */
export function pidfd(variable: string, clone: Step): Part {
  const sentence = 'hold the new process';
  const fd = step(sentence, 'pidfd_open', [clone, 0], { opens: true });
  return {
    meanwhile: [fd, setCloseOnExec(sentence, fd, 0)],
    scriptVariables: [{ name: variable, value: fd }],
  };
}

export function namespaceFile(kind: NamespaceKind, variable: string, folder: Step): Part {
  const sentence = `open its ${kindWords[kind]} namespace`;
  const fd = open(sentence, `ns/${kind}`, { at: folder });
  return {
    meanwhile: [fd, setCloseOnExec(sentence, fd, 0)],
    scriptVariables: [{ name: variable, value: fd }],
  };
}

export function closedFiles(fds: readonly number[]): Program {
  return fds.map((fd) => close(`close fd ${fd}`, fd));
}

/** One byte, a newline, once the program runs. */
export function readyFile(fd: number): Part {
  const sentence = 'say that the program runs';
  return {
    early: [close('leave it to our maker', fd)],
    running: [write(sentence, fd, '\n'), close(sentence, fd)],
  };
}
