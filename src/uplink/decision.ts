/**
 * What becomes of a flow, in the terms of the loop: policy, virtual hosts and services all end up as
 * one of these. What users write is in flow.ts.
 */
import type { DatagramEvents, FlowEnds, HostDatagrams, Refusal } from '../stack/index.js';
import type { FileDescriptor } from '../sockets/index.js';
import type { SocketAddress } from '../wire/index.js';

/** A flow that wants to begin. */
export interface FlowRequest {
  readonly protocol: 'tcp' | 'udp' | 'echo';
  readonly ends: FlowEnds;
}

export type Decision =
  /** Connect a socket of the host's; of UDP and echo flows, a connected datagram socket. */
  (
    | { readonly kind: 'connect'; readonly to: SocketAddress; readonly from?: Outbound | undefined }
    | { readonly kind: 'refuse'; readonly refusal: Refusal }
    /** TCP: one end of a stream socket pair, connected already; the flow takes it over. */
    | { readonly kind: 'stream'; readonly descriptor: FileDescriptor }
    /** UDP: answered in this process. */
    | { readonly kind: 'service'; open(ends: FlowEnds, events: DatagramEvents): HostDatagrams }
  ) & {
    /** In the words of a list of flows; when not said, what the kind says by itself. */
    readonly about?: string | undefined;
  };

/** What a socket is bound to before it connects: an address, an interface (SO_BINDTODEVICE). */
export interface Outbound {
  readonly address?: string | undefined;
  readonly device?: string | undefined;
}

/**
 * The one function that every flow passes. It answers at once in the fast path; a promise holds the
 * SYN or the datagram until it settles.
 */
export type Decide = (request: FlowRequest) => Decision | Promise<Decision>;
