/** One that asks: a UDP flow of the namespace, a TCP connection. */

/** How a query came, and so how its answer goes. */
export type Via = 'udp' | 'tcp';

export interface DnsClient {
  readonly via: Via;
  /** Answers come in any order. */
  reply(message: Uint8Array): void;
}
