/** ICMP errors toward the namespace, on behalf of transports. */
import type { FlowEnds } from './host.js';

/** What an error quotes of the packet that it is about: by this the sender finds its socket. */
export interface Quoted {
  /** The packet went from the namespace's end to the remote one. */
  readonly ends: FlowEnds;
  readonly protocol: number;
  /** The beginning of the transport's header: eight bytes or more. */
  readonly header: Uint8Array;
}

/** Sends an ICMP or ICMPv6 error, by the family of the ends. */
export type IcmpError = (about: Quoted, type: number, code: number) => void;
