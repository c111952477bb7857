/**
 * Descriptors sent from one process to another: over a Unix socket (SCM_RIGHTS of unix(7), by
 * sendmsg(2) and recvmsg(2)), or taken out of a process that we may trace (pidfd_getfd(2)).
 */
import { SyscallError } from '../errors/index.js';
import {
  Block,
  errnoNumber,
  kernel,
  runProgram,
  step,
  tryCall,
  call,
  type Outcome,
} from '../native/index.js';
import { AF_UNIX } from '../wire/index.js';
import * as so from './constants.js';
import { FileDescriptor } from './descriptor.js';
import { usage } from './errors.js';
import { ready, type Readiness } from './ready.js';

/** The kernel takes no more in one message (SCM_MAX_FD). */
export const FDS_IN_A_MESSAGE = 253;

/** struct msghdr: name, its length, iov, how many, control, its length, flags. */
const MSGHDR_SIZE = 56;
const MSG_IOV = 16;
const MSG_IOV_COUNT = 24;
const MSG_CONTROL = 32;
const MSG_CONTROL_LENGTH = 40;
const MSG_FLAGS = 48;
/** struct cmsghdr: length (8), level, type; then the fds. */
const CMSG_FDS = 16;

interface Message {
  readonly header: Block;
  readonly control: Block;
  readonly content: Block;
}

function message(content: Uint8Array, control: Uint8Array): Message {
  const contentBlock = new Block(content);
  const controlBlock = new Block(control);
  const vector = new Block(16, [{ at: 0, target: contentBlock }]);
  new DataView(vector.bytes.buffer).setBigUint64(8, BigInt(content.length), true);
  const header = new Block(MSGHDR_SIZE, [
    { at: MSG_IOV, target: vector },
    { at: MSG_CONTROL, target: controlBlock },
  ]);
  const view = new DataView(header.bytes.buffer);
  view.setBigUint64(MSG_IOV_COUNT, 1n, true);
  view.setBigUint64(MSG_CONTROL_LENGTH, BigInt(control.length), true);
  return { header, control: controlBlock, content: contentBlock };
}

export interface PassingOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface SendOptions extends PassingOptions {
  /** What goes with them: a stream socket needs a byte at least; one zero when not said. */
  readonly data?: Uint8Array | undefined;
}

/** The fds stay ours. Waits while the socket is full. */
export async function sendDescriptors(
  socket: number,
  fds: readonly number[],
  { data = new Uint8Array(1), signal }: SendOptions = {},
): Promise<void> {
  if (fds.length === 0 || fds.length > FDS_IN_A_MESSAGE) {
    throw usage(`a message carries 1 to ${FDS_IN_A_MESSAGE} descriptors, not ${fds.length}`);
  }
  const flags = so.MSG_DONTWAIT | so.MSG_NOSIGNAL;
  await whenReady(socket, { events: so.EPOLLOUT, signal }, () => {
    const { header } = message(data, rights(fds));
    const send = step('send file descriptors', 'sendmsg', [socket, header, flags]);
    runProgram([send], { in: 'here' });
  });
}

function rights(fds: readonly number[]): Uint8Array {
  const length = CMSG_FDS + 4 * fds.length;
  const control = new Uint8Array((length + 7) & ~7);
  const view = new DataView(control.buffer);
  view.setBigUint64(0, BigInt(length), true);
  view.setInt32(8, so.SOL_SOCKET, true);
  view.setInt32(12, so.SCM_RIGHTS, true);
  fds.forEach((fd, i) => view.setInt32(CMSG_FDS + 4 * i, fd, true));
  return control;
}

export interface Received {
  /** Empty at the end of a stream. */
  readonly data: Uint8Array;
  readonly descriptors: readonly FileDescriptor[];
}

export interface ReceiveOptions extends PassingOptions {
  /** How many bytes of data there may be; 4096 when not said. */
  readonly dataBytes?: number | undefined;
}

/** One message, waited for. All descriptors are close-on-exec, and the caller's. */
export async function receiveDescriptors(
  socket: number,
  { dataBytes = 4096, signal }: ReceiveOptions = {},
): Promise<Received> {
  const room = new Uint8Array((CMSG_FDS + 4 * FDS_IN_A_MESSAGE + 7) & ~7);
  const flags = so.MSG_DONTWAIT | so.MSG_CMSG_CLOEXEC;
  return await whenReady(socket, { events: so.EPOLLIN, signal }, () => {
    const parts = message(new Uint8Array(dataBytes), room);
    const receive = step('receive file descriptors', 'recvmsg', [socket, parts.header, flags]);
    const outcome = runProgram([receive], { in: 'here' });
    const descriptors = descriptorsIn(outcome, parts);
    const data = outcome.read(parts.content).slice(0, outcome.result(receive));
    return { data, descriptors };
  });
}

function descriptorsIn(outcome: Outcome, { header, control }: Message): FileDescriptor[] {
  const about = viewOf(outcome.read(header));
  const end = Number(about.getBigUint64(MSG_CONTROL_LENGTH, true));
  const view = viewOf(outcome.read(control));
  const descriptors: FileDescriptor[] = [];
  for (let at = 0; at + CMSG_FDS <= end;) {
    const length = Number(view.getBigUint64(at, true));
    const isRights = view.getInt32(at + 12, true) === so.SCM_RIGHTS;
    for (let fd = at + CMSG_FDS; isRights && fd + 4 <= at + length; fd += 4) {
      descriptors.push(new FileDescriptor(view.getInt32(fd, true)));
    }
    at += Math.max(CMSG_FDS, (length + 7) & ~7);
  }
  if ((about.getInt32(MSG_FLAGS, true) & so.MSG_CTRUNC) === 0) return descriptors;
  // Our room is as large as a message can be, so it is the table of open files that is full.
  for (const descriptor of descriptors) descriptor[Symbol.dispose]();
  throw new SyscallError({
    ...{ code: 'EMFILE', errno: -errnoNumber('EMFILE'), syscall: 'recvmsg' },
    step: 'receive file descriptors',
    hint: 'the limit of open files is reached: see "ulimit -n"',
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Tries, and tries again each time the socket is ready, until the work is not told EAGAIN. */
async function whenReady<T>(socket: number, readiness: Readiness, work: () => T): Promise<T> {
  while (true) {
    readiness.signal?.throwIfAborted();
    try {
      return work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EAGAIN') throw error;
    }
    await ready(socket, readiness);
  }
}

export interface SocketPairOptions {
  readonly nonBlocking?: boolean | undefined;
}

/** Two Unix sockets that are connected to each other: socketpair(2). */
export function socketPair(
  type: 'stream' | 'dgram' | 'seqpacket' = 'stream',
  { nonBlocking = false }: SocketPairOptions = {},
): FileDescriptor[] {
  const fds = new Int32Array(2);
  const types = { stream: so.SOCK_STREAM, dgram: so.SOCK_DGRAM, seqpacket: so.SOCK_SEQPACKET };
  const flags = types[type] | so.SOCK_CLOEXEC | (nonBlocking ? so.SOCK_NONBLOCK : 0);
  call({ step: 'make a pair of sockets' }, 'socketpair', AF_UNIX, flags, 0, fds);
  return [...fds].map((fd) => new FileDescriptor(fd));
}

/** A copy of a descriptor of another process, which is found by its pid or by a pidfd. */
export function takeDescriptor(
  process: { readonly pid: number } | { readonly pidfd: number },
  fd: number,
): FileDescriptor {
  if ('pidfd' in process) return takeBy(process.pidfd, fd);
  const { pid } = process;
  const pidfd = call({ step: `hold process ${pid}` }, 'pidfd_open', pid, 0);
  try {
    return takeBy(pidfd, fd);
  } finally {
    tryCall('close', pidfd);
  }
}

function takeBy(pidfd: number, fd: number): FileDescriptor {
  const context = { step: `take a copy of file descriptor ${fd} of another process` };
  return new FileDescriptor(call(context, 'pidfd_getfd', pidfd, fd, 0));
}

/** Whether a program that is executed gets it. */
export function setInherited(fd: number, isInherited: boolean): void {
  const flags = isInherited ? 0 : kernel.FD_CLOEXEC;
  call({ step: `set close-on-exec of fd ${fd}` }, 'fcntl', fd, kernel.F_SETFD, flags);
}
