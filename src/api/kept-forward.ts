/** The process of a forward that is kept: what it does, and what it says to whoever started it. */
import { closeSync, writeSync } from 'node:fs';
import {
  STARTER_FD,
  claimForward,
  inodeOf,
  untilNameEnds,
  type SocketFile,
} from '../namespaces/index.js';
import {
  forwardWords,
  recordedName,
  readForwardEnds,
  relayEnds,
  type ForwardEnds,
} from './forward-ends.js';

interface Failure {
  readonly code?: string | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
}

type Answer = { readonly id: number } | { readonly failure: Failure };

/** An error of the process that was started, as it said it. */
export class ForwardError extends Error {
  readonly code: string | undefined;
  readonly hint: string | undefined;

  constructor({ code, message, hint }: Failure) {
    super(message);
    this.name = 'ForwardError';
    this.code = code;
    this.hint = hint;
  }
}

/** Goes on until the signal, or until a name or the forward's record is removed. */
export async function serveForward(from: string, to: string, signal: AbortSignal): Promise<void> {
  const { made, ends } = await relayEnds(readForwardEnds(from, to)).catch(fail);
  await using _made = made;
  using own = await claimForward({
    ...forwardWords(ends),
    names: ends.names.map(recordedName),
    created: Date.now(),
    socket: socketFile(ends),
  }).catch(fail);
  tell({ id: own.id });
  await untilNameEnds(ends.names, { signal, isOver: () => own.isRemoved });
}

function socketFile({ from }: ForwardEnds): SocketFile | undefined {
  if (!('path' in from) || from.path.startsWith('\0')) return undefined;
  const inode = inodeOf(from.path);
  return inode === undefined ? undefined : { path: from.path, inode };
}

function fail(error: unknown): never {
  const { code, message, hint } = error as Failure;
  tell({ failure: { code, message, hint } });
  throw error;
}

function tell(answer: Answer): void {
  writeSync(STARTER_FD, JSON.stringify(answer));
  closeSync(STARTER_FD);
}

/** The id that a process answered. Throws what it failed with. */
export function readAnswer(said: string): number {
  if (said === '') throw new ForwardError({ message: 'the process of the forward ended early' });
  const answer = JSON.parse(said) as Answer;
  if ('failure' in answer) throw new ForwardError(answer.failure);
  return answer.id;
}
