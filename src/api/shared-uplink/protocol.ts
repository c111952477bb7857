/**
 * What goes over the control socket, uplink/sock: one request a connection, a line of JSON, whose
 * first bytes carry descriptors: the client's user namespace, then those of the method. The answers
 * are lines of JSON; one with `error` is the last.
 */
import { NskitError, SyscallError, errorCodes, type ErrorCode } from '../../errors/index.js';
import type { FileMark } from '../../namespaces/index.js';
import { SocketError } from '../../sockets/index.js';
import type { Publishing, UplinkOptions } from '../../uplink/index.js';

export const VERSION = 1;
export const REQUEST_BYTES_MAX = 65_536;
export const REQUEST_MS_MAX = 5000;

/** Where an uplink is, as it was asked for; it ends when this does. */
export type UplinkPlace =
  { readonly name: string } | { readonly pid: number } | { readonly path: string };

/**
 * What a descriptor of `attach` is: `routes` is a netlink socket of the namespace, `pidfd` that of the
 * process that it ends with, `port` a socket of the host's that listens.
 */
export type HeldAs = 'tap' | 'routes' | 'pidfd' | 'port';

/** Of `attach`. */
export interface AttachWords {
  readonly place: UplinkPlace;
  /** Of the network namespace. */
  readonly inode: number;
  readonly options: UplinkOptions;
  /** The uplink ends with it; without one, and without a process, with its device alone. */
  readonly mark?: FileMark | undefined;
  /** The name whose uplink files go when it ends. */
  readonly filesOf?: string | undefined;
  readonly device: string;
  readonly hasUdpSegments: boolean;
  readonly ipv6IsDefault: boolean;
  /** What comes with it, in this order. */
  readonly descriptors: readonly HeldAs[];
  /** What the ports among them are, in their order; then `publish` of the options was done before. */
  readonly published?: readonly Publishing[] | undefined;
}

export interface AttachedUplink {
  readonly place: UplinkPlace;
  readonly inode: number;
  readonly device: string;
}

interface Failure {
  readonly code?: string | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Of a system call that failed. */
  readonly errno?: number | undefined;
  readonly syscall?: string | undefined;
  readonly step?: string | undefined;
  readonly path?: string | undefined;
  /** Of one about a socket. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
}

export function failureOf(error: unknown): { readonly error: Failure } {
  const { code, message, hint } = error as Failure;
  if (!(error instanceof SyscallError)) return { error: { code, message, hint } };
  const { errno, syscall, step, path } = error;
  const { address, port } = error as Failure;
  return { error: { code, message, hint, errno, syscall, step, path, address, port } };
}

/** The last of many answers. */
export const OVER = { over: true } as const;

export function isOver(answer: unknown): boolean {
  return (answer as Partial<typeof OVER>).over === true;
}

/** The answer, or what it says went wrong thrown. */
export function answerIn(line: string): unknown {
  const answer = JSON.parse(line) as { error?: Failure };
  if (answer.error === undefined) return answer;
  throw errorOf(answer.error);
}

function errorOf(failure: Failure): Error {
  const { code, message, hint } = failure;
  const { errno, syscall, step, path, address, port } = failure;
  if (code !== undefined && errno !== undefined && syscall !== undefined && step !== undefined) {
    const error = new SyscallError({ code, errno, syscall, step, path, hint });
    return address === undefined ? error : new SocketError(error, { address, port });
  }
  const known = (errorCodes as readonly unknown[]).includes(code);
  return new NskitError(known ? (code as ErrorCode) : 'ERR_UPLINK_PROCESS', message, {
    ...(hint === undefined ? {} : { hint }),
  });
}

export function noUplink(): NskitError {
  return new NskitError('ERR_UPLINK_UNKNOWN', 'the namespace has no uplink', {
    hint: '"nskit uplink NAME" gives it one; what a program carries is that program’s own',
  });
}
