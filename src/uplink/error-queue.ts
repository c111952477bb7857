/**
 * ICMP errors that came back for what a socket sent: struct sock_extended_err, read out of its error
 * queue (IP_RECVERR of ip(7), IPV6_RECVERR of ipv6(7)).
 */
import { errnoNumber } from '../native/index.js';
import {
  portUnreachable,
  type DatagramError,
  type IcmpError,
  type IpVersion,
  type Refusal,
} from '../stack/index.js';
import { AF_INET, AF_INET6, fields, sockaddrIn, sockaddrIn6, struct } from '../wire/index.js';
import * as k from './constants.js';
import { refusalOf } from './refusals.js';
import { Message } from './messages.js';

const { le32, pad, u8 } = fields;

/** The address of who sent it follows. */
export const sockExtendedErr = struct('sock_extended_err', 16, {
  errno: le32,
  origin: u8,
  type: u8,
  code: u8,
  _pad: pad(1),
  info: le32,
  data: le32,
});

/** Room for a struct cmsghdr, the error and the address of who sent it. */
const CONTROL_BYTES = 128;
const QUOTED_BYTES = 128;

export interface QueuedError {
  readonly errno: number;
  /** SO_EE_ORIGIN_*. */
  readonly origin: number;
  readonly type: number;
  readonly code: number;
  /** Of "too big": the MTU. */
  readonly info: number;
  /** Who reported it, 4 or 16 bytes. */
  readonly reporter: Uint8Array | undefined;
  /** The payload of what the error is about, as far as it was quoted. */
  readonly quoted: Uint8Array;
}

export class ErrorQueue {
  readonly #message = new Message(CONTROL_BYTES, sockaddrIn6.size);
  readonly #error = sockExtendedErr.view();
  readonly #packet = new Uint8Array(QUOTED_BYTES);

  constructor() {
    this.#message.setBytes(this.#packet, 0, this.#packet.length);
  }

  /** Whom that was sent to which the last error was about: a socket address as a key. */
  get nameText(): string {
    return this.#message.nameText;
  }

  /** The next error of a socket, taken off its queue. */
  take(fd: number): QueuedError | undefined {
    const message = this.#message;
    const length = message.receive(fd, k.MSG_ERRQUEUE | k.MSG_DONTWAIT);
    if (length < 0) return undefined;
    const view =
      message.find(k.IPPROTO_IP, k.IP_RECVERR) ?? message.find(k.IPPROTO_IPV6, k.IPV6_RECVERR);
    if (view === undefined) return undefined;
    const at = message.foundAt;
    const { errno, origin, type, code, info } = this.#error.on(view, at).window;
    const reporter = reporterAt(view, at + sockExtendedErr.size);
    return { errno, origin, type, code, info, reporter, quoted: this.#packet.slice(0, length) };
  }
}

/** Of a struct sockaddr_in or sockaddr_in6; of no family for an error of our own. */
function reporterAt(view: DataView, at: number): Uint8Array | undefined {
  const address = (offset: number, length: number): Uint8Array =>
    new Uint8Array(view.buffer, view.byteOffset + at + offset, length).slice();
  const family = view.getUint16(at, true);
  if (family === AF_INET) return address(sockaddrIn.offset.address, 4);
  return family === AF_INET6 ? address(sockaddrIn6.offset.address, 16) : undefined;
}

const origins = { 4: k.SO_EE_ORIGIN_ICMP, 6: k.SO_EE_ORIGIN_ICMP6 } as const;

/** As it came, when it came by the protocol that the namespace speaks; else what it stands for. */
export function icmpErrorOf(error: QueuedError, version: IpVersion): IcmpError | undefined {
  if (error.origin !== origins[version]) return undefined;
  const { type, code, info: mtu, reporter } = error;
  return { type, code, mtu, ...(reporter === undefined ? {} : { reporter }) };
}

export function refusalOfQueued(error: QueuedError, version: IpVersion): Refusal {
  const icmp = icmpErrorOf(error, version);
  return icmp === undefined ? refusalOf(error.errno, version) : { kind: 'unreachable', ...icmp };
}

/** What a flow of datagrams is told; an error of this machine's own stands for the one it means. */
export function datagramErrorOf(error: QueuedError, version: IpVersion): DatagramError | undefined {
  const icmp = icmpErrorOf(error, version) ?? ownError(error, version);
  return icmp === undefined ? undefined : { ...icmp, quoted: error.quoted };
}

const EMSGSIZE = errnoNumber('EMSGSIZE');

function ownError({ errno, info: mtu }: QueuedError, version: IpVersion): IcmpError | undefined {
  // Fragmentation needed (RFC 792), packet too big (RFC 4443 section 3.2).
  if (errno === EMSGSIZE)
    return version === 4 ? { type: 3, code: 4, mtu } : { type: 2, code: 0, mtu };
  const refusal = refusalOf(errno, version);
  return refusal.kind === 'unreachable' ? refusal : portUnreachable(version);
}
