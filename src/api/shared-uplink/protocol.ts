/**
 * What goes over the control socket, uplink.sock: one request a connection, a line of JSON, whose
 * first bytes carry descriptors: the client's user namespace, then those of the method. The answers
 * are lines of JSON; one with `error` is the last.
 */
import { NskitError, errorCodes, type ErrorCode } from '../../errors/index.js';
import type { UplinkOptions } from '../../uplink/index.js';

export const VERSION = 1;
export const REQUEST_BYTES_MAX = 65_536;
export const REQUEST_MS_MAX = 5000;

/** Where an uplink is, as it was asked for; it ends when this does. */
export type UplinkPlace =
  { readonly name: string } | { readonly pid: number } | { readonly path: string };

/** Of `attach`; it comes with the tap, and for a process with its pidfd. */
export interface AttachWords {
  readonly place: UplinkPlace;
  /** Of the network namespace. */
  readonly inode: number;
  readonly options: UplinkOptions;
  readonly device: string;
  readonly hasUdpSegments: boolean;
  readonly ipv6IsDefault: boolean;
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
}

export function failureOf(error: unknown): { readonly error: Failure } {
  const { code, message, hint } = error as Failure;
  return { error: { code, message, hint } };
}

/** The answer, or what it says went wrong thrown. */
export function answerIn(line: string): unknown {
  const answer = JSON.parse(line) as { error?: Failure };
  if (answer.error === undefined) return answer;
  const { code, message, hint } = answer.error;
  const known = (errorCodes as readonly unknown[]).includes(code);
  throw new NskitError(known ? (code as ErrorCode) : 'ERR_UPLINK_PROCESS', message, {
    ...(hint === undefined ? {} : { hint }),
  });
}
