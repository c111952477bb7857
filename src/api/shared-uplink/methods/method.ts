/** What the control socket can be asked: a file each, and a line in the table of index.ts. */
import type { FileDescriptor } from '../../../sockets/index.js';
import type { Attachments } from '../attachments.js';

export interface Request {
  readonly attachments: Attachments;
  readonly words: Readonly<Record<string, unknown>>;
  /** Closed when the answer is given, unless the method has released them. */
  readonly descriptors: readonly FileDescriptor[];
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** One answer, or any number of them. */
export type Method = (request: Request) => object | Promise<object> | AsyncIterable<object>;
