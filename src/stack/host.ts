/**
 * The host's side of every flow, as the stack sees it: things that take and give bytes at once and
 * never wait. The uplink implements them with sockets, tests with arrays. Answers follow the
 * system calls': a count, 0 at the end of a stream, a negative errno.
 */
import type { IpVersion } from './packet.js';

/** The two ends of a flow. The namespace's is the one inside, whoever began. */
export interface FlowEnds {
  readonly version: IpVersion;
  /** 4 or 16 bytes; owned by the flow, never changed. */
  readonly namespaceAddress: Uint8Array;
  readonly namespacePort: number;
  readonly remoteAddress: Uint8Array;
  readonly remotePort: number;
}

/** Begun by the namespace, or by somebody at the host (a published port). */
export type FlowDirection = 'outbound' | 'inbound';

/** An ICMP or ICMPv6 error, by its own protocol's numbers, about something that was sent. */
export interface IcmpError {
  readonly type: number;
  readonly code: number;
  /** Of "fragmentation needed" and "packet too big": the largest packet that passes, in bytes. */
  readonly mtu?: number;
  /** The router or host that reported it, 4 or 16 bytes. Unknown: the gateway, or who was asked. */
  readonly reporter?: Uint8Array;
}

/** What the namespace gets to see when a flow cannot be. */
export type Refusal =
  /** As when nobody listens: RST for TCP, port unreachable for UDP. */
  | { readonly kind: 'refused' }
  /** An error about the packet that began the flow, as the host got it. */
  | ({ readonly kind: 'unreachable' } & IcmpError)
  /** Nothing, as a black hole answers. */
  | { readonly kind: 'silent' };

/** What a call answers, as a negative number, when it would have to wait. */
export const EAGAIN = 11;

/** No byte further than this behind the first one that was not discarded is ever peeked at. */
export const PEEK_WINDOW_BYTES = 4 << 20;

/** The host's end of a TCP flow: a non-blocking stream socket of whatever family. */
export interface HostStream {
  /** As send(2): how many bytes were taken, or a negative errno (-EAGAIN: none just now). */
  send(bytes: Uint8Array, at: number, length: number): number;
  /** How many bytes it would take now; an estimate, so short sends happen all the same. */
  sendSpace(): number;
  /** Asks for `writable`, once, when there is more room than now; after a short send, for example. */
  awaitSpace(): void;
  /**
   * As recv(2) with MSG_PEEK: copies bytes from `offset` after the first one that was not
   * discarded. Fewer than `length`: there are no more just now. 0: the other side has ended the
   * stream there; -EAGAIN: nothing there yet; another errno: the connection broke there.
   */
  peek(offset: number, into: Uint8Array, at: number, length: number): number;
  /** Forgets the first bytes: the namespace has acknowledged them. */
  discard(length: number): void;
  /** As shutdown(2) with SHUT_WR: the namespace has ended its stream. */
  shutdown(): void;
  /** Done, in good order or (`abort`) by a reset that the other side gets to see. */
  close(how: 'orderly' | 'abort'): void;
  /** Of a flow that began at the host, once, unless it was closed before: what came of it. */
  settled?(outcome: Outcome): void;
}

/**
 * What the namespace made of a connection from the host: accepted, a RST, an ICMP error, or nothing
 * at all until we gave up. But for the first, `close` follows.
 */
export type Outcome = 'accepted' | 'refused' | 'unreachable' | 'silent';

/** What the uplink tells a TCP flow about its host's end; each may send frames before it returns. */
export interface TcpEvents {
  connected(stream: HostStream, now: number): void;
  refused(refusal: Refusal, now: number): void;
  /**
   * There are more bytes to peek than when `peek` last gave fewer than asked; `ended`: after them
   * the end of the stream (EPOLLRDHUP), which is said again when it comes later.
   */
  readable(now: number, ended: boolean): void;
  /** There is room to send, as `awaitSpace` asked. */
  writable(now: number): void;
  /** The connection broke: ECONNRESET, ETIMEDOUT, ... What came before can still be peeked. */
  failed(now: number): void;
}

/** A pending or open host connection that the flow can still give up. */
export interface TcpHost {
  /**
   * The namespace wants to connect. Whether it may, and to where, is decided here; the answer comes
   * by `connected` or `refused`, also before this returns. Answers how to give up meanwhile; after
   * the answer came, or after `cancel`, none comes any more.
   */
  connect(ends: FlowEnds, events: TcpEvents): { cancel(): void };
}

/**
 * The host's end of a UDP flow or an echo flow: a connected datagram socket. What an echo flow sends
 * and receives is the whole ICMP message, as a ping socket has it.
 */
export interface HostDatagrams {
  /** A negative errno: it was not sent. */
  send(bytes: Uint8Array, at: number, length: number): number;
  /** As of a UDP super-datagram: sends of this many bytes each, the last one shorter. */
  sendSegments(bytes: Uint8Array, at: number, length: number, segment: number): number;
  /** What is sent from now on leaves the host with this TTL or hop limit; never called: its own. */
  setHopLimit?(hopLimit: number): void;
  close(): void;
}

/** The host got an error about a datagram. */
export interface DatagramError extends IcmpError {
  /** The first bytes of what was sent, as far as the error quoted them. */
  readonly quoted?: Uint8Array;
}

/** What the uplink tells a UDP or echo flow; each may send frames before it returns. */
export interface DatagramEvents {
  /**
   * Datagrams of `segment` bytes each, the last may be shorter (GRO); one when it is `length`. They
   * need not be copied if they lie in `Stack.outgoing.bytes`, at `Stack.datagramAt(version)`.
   */
  received(bytes: Uint8Array, at: number, length: number, segment: number): void;
  unreachable(error: DatagramError): void;
  /** The host's end is no more, and closed already: the next datagram opens another flow. */
  closed(): void;
}

export interface UdpHost {
  /** The first datagram of a flow came. A promise-like wait is the host's business: it queues. */
  open(ends: FlowEnds, events: DatagramEvents): HostDatagrams | Refusal;
}

export interface EchoHost {
  /** ICMP echo through a ping socket; ports of the ends are the identifier and 0. */
  open(ends: FlowEnds, events: DatagramEvents): HostDatagrams | Refusal;
}

export interface Hosts {
  readonly tcp: TcpHost;
  readonly udp: UdpHost;
  readonly echo: EchoHost;
}
