/**
 * What users write about intercepted flows: a handler gets each one that wants to begin, and
 * answers with a verdict, at once or later.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { FileDescriptor, RelayPlace } from '../sockets/index.js';
import type { End, Ends } from './ends.js';

/**
 * What a program inside gets to see. `refused`: as when nobody listens (ECONNREFUSED).
 * `unreachable`: no way to the host (EHOSTUNREACH). `timeout`: nothing at all, as behind a firewall
 * that drops.
 */
export const refusals = ['refused', 'unreachable', 'timeout'] as const;
export type InterceptRefusal = (typeof refusals)[number];

/** What is not said is the flow's own; the place is where this program is. */
export type InterceptTarget =
  | {
      readonly in?: RelayPlace | undefined;
      readonly host?: string | undefined;
      readonly port?: number | undefined;
    }
  | { readonly in?: RelayPlace | undefined; readonly path: string };

/** `message` for each datagram of the program inside; `close` once it has been idle for long. */
export interface InterceptedDatagrams extends EventEmitter<{ message: [Uint8Array]; close: [] }> {
  /** To the program inside, from the address that it sent to. */
  send(datagram: Uint8Array): void;
  close(): void;
}

export type InterceptVerdict =
  | { readonly verdict: 'connect'; readonly to: InterceptTarget }
  | { readonly verdict: 'refuse'; readonly refusal: InterceptRefusal }
  | { readonly verdict: 'handle'; readonly handler: (stream: Socket) => void }
  | { readonly verdict: 'take'; readonly taker: (socket: FileDescriptor) => void }
  | {
      readonly verdict: 'handleDatagrams';
      readonly handler: (datagrams: InterceptedDatagrams) => void;
    };

/** Nothing: connect on. One that throws or rejects refuses the flow. */
export type InterceptHandler = (
  flow: InterceptedFlow,
) => InterceptVerdict | undefined | Promise<InterceptVerdict | undefined>;

/** A connection, or the first datagram of its kind, that wants to leave. */
export class InterceptedFlow {
  readonly protocol: 'tcp' | 'udp';
  /** Where it wants to go. */
  readonly destination: End;
  /** Who began it, in the namespace. */
  readonly source: End;

  constructor(protocol: 'tcp' | 'udp', { source, destination }: Ends) {
    this.protocol = protocol;
    this.source = source;
    this.destination = destination;
  }

  /** From where this program is, or from another namespace; or somewhere else altogether. */
  connect(to: InterceptTarget = {}): InterceptVerdict {
    return { verdict: 'connect', to };
  }

  refuse(refusal: InterceptRefusal = 'refused'): InterceptVerdict {
    return { verdict: 'refuse', refusal };
  }

  /** Answered by this program: the connection, a socket whose local address is the destination. */
  handle(handler: (stream: Socket) => void): InterceptVerdict {
    return { verdict: 'handle', handler };
  }

  /** The same as a blocking descriptor, for another program. */
  take(taker: (socket: FileDescriptor) => void): InterceptVerdict {
    return { verdict: 'take', taker };
  }

  /** The same for UDP. */
  handleDatagrams(handler: (datagrams: InterceptedDatagrams) => void): InterceptVerdict {
    return { verdict: 'handleDatagrams', handler };
  }
}
