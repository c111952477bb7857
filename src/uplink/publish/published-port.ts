/** What a published port is, for people. */
import type { FileDescriptor } from '../../sockets/index.js';
import type { Publishing } from './request.js';

export interface PublishedPort extends Publishing {
  /** It leads to 127.0.0.1 inside. */
  readonly loopback: boolean;
  /** TCP connections that the namespace accepted, and those that it did not. */
  readonly accepted: number;
  readonly refused: number;
}

/** A port that is open. */
export interface OpenPort {
  readonly publishing: Publishing;
  readonly descriptor: FileDescriptor;
  readonly accepted: number;
  readonly refused: number;
  /** Nobody comes in any more; with UDP, what is open ends too. */
  close(): void;
}
