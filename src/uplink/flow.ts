/**
 * What users write about flows: a hook gets each flow that wants to begin and answers with a
 * verdict, at once or later. A verdict is a plain value; policy/ turns it into a decision of the loop.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { formatIp } from '../wire/index.js';
import type { FlowRequest } from './decision.js';

export type FlowProtocol = 'tcp' | 'udp' | 'icmp';

/**
 * What a program inside gets to see. `refused`: as when nobody listens (ECONNREFUSED).
 * `unreachable`: no way to the host (EHOSTUNREACH). `prohibited`: an ICMP error that says so
 * (EHOSTUNREACH by IPv4, EACCES by IPv6). `timeout`: nothing at all, as behind a firewall that drops.
 */
export const rejectReasons = ['refused', 'unreachable', 'prohibited', 'timeout'] as const;
export type RejectReason = (typeof rejectReasons)[number];

/**
 * An address, or a name that this process looks up, and the flow's own port if none is given; or a
 * Unix socket's path (TCP only), with a NUL in front an abstract name, as in Node.
 */
export type RedirectTarget =
  { readonly host: string; readonly port?: number | undefined } | { readonly path: string };

export type StreamHandler = (stream: Socket, flow: Flow) => void | Promise<void>;
export type DatagramHandler = (datagrams: FlowDatagrams, flow: Flow) => void | Promise<void>;

/** `message` for each datagram of the program inside; `close` at the end: closed, or long idle. */
export interface FlowDatagrams extends EventEmitter<{ message: [Uint8Array]; close: [] }> {
  /** To the program inside. Nothing happens once it is closed. Throws RangeError above 65,507 bytes. */
  send(datagram: Uint8Array | string): void;
  /** What the program sends from now on is lost. */
  close(): void;
}

export type Verdict =
  | { readonly verdict: 'accept' }
  | { readonly verdict: 'reject'; readonly reason: RejectReason }
  | { readonly verdict: 'redirect'; readonly to: RedirectTarget }
  | { readonly verdict: 'handle'; readonly handler: StreamHandler }
  | { readonly verdict: 'handleDatagrams'; readonly handler: DatagramHandler };

/** Told what went wrong in a hook or a handler. */
export type Report = (error: unknown, flow: Flow) => void;

/** Nothing: the next hook is asked, and after the last one the rules. */
export type FlowHook = (flow: Flow) => Verdict | undefined | Promise<Verdict | undefined>;

export interface FlowEnd {
  readonly address: string;
  /** 0 for ICMP. */
  readonly port: number;
}

export const protocolNames = { tcp: 'tcp', udp: 'udp', echo: 'icmp' } as const;

/** A flow that wants to begin: a connection, the first datagram of its kind, a ping. */
export class Flow {
  /** `icmp` is an echo request, a ping. */
  readonly protocol: FlowProtocol;
  /** The name that the namespace looked up before, if its answer had this address. */
  readonly name: string | undefined;
  readonly #ends: FlowRequest['ends'];

  constructor({ protocol, ends }: FlowRequest, name?: string) {
    this.protocol = protocolNames[protocol];
    this.#ends = ends;
    this.name = name;
  }

  /** Where it wants to go. */
  get address(): string {
    return formatIp(this.#ends.remoteAddress);
  }

  /** 0 for ICMP. */
  get port(): number {
    return this.protocol === 'icmp' ? 0 : this.#ends.remotePort;
  }

  /** The name if one is known, else the address. */
  get host(): string {
    return this.name ?? this.address;
  }

  /** Whoever began it, in the namespace. */
  get source(): FlowEnd {
    const port = this.protocol === 'icmp' ? 0 : this.#ends.namespacePort;
    return { address: formatIp(this.#ends.namespaceAddress), port };
  }

  /**
   * As if no hook had been asked: the rules decide. A hook can close what they leave open, and open
   * what they close only by saying where to (`redirect`, `handle`).
   */
  accept(): Verdict {
    return { verdict: 'accept' };
  }

  reject(reason: RejectReason = 'refused'): Verdict {
    return { verdict: 'reject', reason };
  }

  /** Somewhere else, whatever the rules say: 127.0.0.1 is the host's own loopback here. */
  redirect(to: RedirectTarget): Verdict {
    return { verdict: 'redirect', to };
  }

  /**
   * A TCP flow becomes a stream of this process, connected already; the handler ends it. A flow of
   * another protocol is refused.
   */
  handle(handler: StreamHandler): Verdict {
    return { verdict: 'handle', handler };
  }

  /** The same for a UDP flow. */
  handleDatagrams(handler: DatagramHandler): Verdict {
    return { verdict: 'handleDatagrams', handler };
  }
}
