/** Calls on stream sockets that never block. */
import { constants } from 'node:os';
import { cString, kernel, syscallNumber, trafficCalls, tryCall } from '../native/index.js';
import * as so from './constants.js';

/** What a call answers when it would have to wait. */
export const WOULD_BLOCK = -constants.errno.EAGAIN;

/** The descriptor, or a negative errno. */
export function accept(listener: number): number {
  return tryCall('accept4', listener, 0, 0, so.SOCK_NONBLOCK | so.SOCK_CLOEXEC);
}

const RECVFROM = syscallNumber('recvfrom');
const SENDTO = syscallNumber('sendto');

/** How many bytes came; 0 at the end of the stream; a negative errno. */
export function receive(fd: number, into: Uint8Array): number {
  return trafficCalls().transfer(RECVFROM, fd, into, 0, into.length, 0);
}

/** How many bytes were taken, or a negative errno. */
export function send(fd: number, bytes: Uint8Array, length: number): number {
  return trafficCalls().transfer(SENDTO, fd, bytes, 0, length, so.MSG_NOSIGNAL);
}

/** Tells the other side that nothing more comes. */
export function endWriting(fd: number): void {
  tryCall('shutdown', fd, so.SHUT_WR);
}

/** struct linger: on, no seconds. */
const LINGER_NOT = Int32Array.of(1, 0);

/** Closes with a RST. Of a Unix socket, which has none, the other side sees the end. */
export function reset(fd: number): void {
  tryCall('setsockopt', fd, so.SOL_SOCKET, so.SO_LINGER, LINGER_NOT, LINGER_NOT.byteLength);
  tryCall('close', fd);
}

const ON = Int32Array.of(1);

/**
 * Whoever writes has already decided whether small segments may wait, so we do not; and a peer that
 * vanished is noticed some day. A Unix socket takes neither.
 */
export function setStreamOptions(fd: number): void {
  tryCall('setsockopt', fd, so.IPPROTO_TCP, so.TCP_NODELAY, ON, ON.byteLength);
  tryCall('setsockopt', fd, so.SOL_SOCKET, so.SO_KEEPALIVE, ON, ON.byteLength);
}

/**
 * A descriptor kept in reserve: when the table of open files is full, giving it up makes room to
 * accept a connection and refuse it, which otherwise would wait for nobody.
 */
export class SpareDescriptor implements Disposable {
  #fd = openNothing();

  /** Whether one could be refused. */
  refuseOne(listener: number): boolean {
    this[Symbol.dispose]();
    const client = accept(listener);
    if (client >= 0) reset(client);
    this.#fd = openNothing();
    return client >= 0;
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) tryCall('close', this.#fd);
    this.#fd = -1;
  }
}

function openNothing(): number {
  const flags = kernel.O_RDONLY | kernel.O_CLOEXEC;
  return tryCall('openat', kernel.AT_FDCWD, cString('/dev/null'), flags, 0);
}
