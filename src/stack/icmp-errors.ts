/**
 * ICMP and ICMPv6 errors toward the namespace, with the packet that they are about (RFC 792, RFC
 * 1812 section 4.3.2, RFC 4443 section 2.4).
 */
import {
  ICMPV6_DEST_UNREACH,
  ICMPV6_PARAMPROB,
  ICMPV6_PORT_UNREACH,
  ICMPV6_UNK_NEXTHDR,
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_PORT_UNREACH,
  ICMP_PROT_UNREACH,
  IPV4_OFFSET_MASK,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  checksum,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  ipv6Fragment,
} from '../wire/index.js';
import { isSomebodys } from './addresses.js';
import type { Clock } from './clock.js';
import type { ErrorReports, SentPacket } from './error-reports.js';
import type { IcmpError } from './host.js';
import { Envelope, payloadAt, type Outgoing } from './outgoing.js';
import type { IpVersion, Packet } from './packet.js';
import type { StackSettings } from './settings.js';
import { TokenBucket } from './token-bucket.js';

/** The largest errors: what every host can take (RFC 1812 section 4.3.2.3, RFC 4443 section 2.4). */
const LARGEST = { 4: 576, 6: 1280 } as const;

/** A second; RFC 4443 section 2.4 (f) wants a limit. Linux has the same. */
const ERRORS_PER_SECOND = 1000;

interface Parts {
  readonly outgoing: Outgoing;
  readonly settings: StackSettings;
  readonly clock: Clock;
}

/** Where an error goes: back to the sender of the packet that it is about. */
interface Way {
  readonly version: IpVersion;
  readonly mac: Uint8Array;
  readonly sender: Uint8Array;
  readonly destination: Uint8Array;
}

export class IcmpErrors implements ErrorReports {
  readonly #outgoing: Outgoing;
  readonly #settings: StackSettings;
  readonly #clock: Clock;
  readonly #allowance = new TokenBucket(ERRORS_PER_SECOND, ERRORS_PER_SECOND);

  constructor({ outgoing, settings, clock }: Parts) {
    this.#outgoing = outgoing;
    this.#settings = settings;
    this.#clock = clock;
  }

  aboutPacket(packet: Packet, error: IcmpError): void {
    const { bytes, version, ipAt, sourceAt, destinationAt, addressLength, ethernetAt } = packet;
    if (version === 0 || isBeyondErrors(packet)) return;
    const macAt = ethernetAt + ethernet.offset.source;
    const way = {
      version,
      mac: bytes.slice(macAt, macAt + 6),
      sender: bytes.slice(sourceAt, sourceAt + addressLength),
      destination: bytes.slice(destinationAt, destinationAt + addressLength),
    };
    const quoted = Math.min(packet.end - ipAt, largestQuote(version));
    this.#outgoing.bytes.set(bytes.subarray(ipAt, ipAt + quoted), quoteAt(version));
    this.#send(way, error, quoted, packet.nextHeaderAt - ipAt);
  }

  aboutSent({ ends, mac, protocol, head, length }: SentPacket, error: IcmpError): void {
    const { version, namespaceAddress: source, remoteAddress: destination } = ends;
    const { bytes, view } = this.#outgoing;
    const at = quoteAt(version);
    // The quote's own headers: those of an envelope that goes the other way.
    const { template } = new Envelope({
      ...{ sourceMac: mac, destinationMac: mac },
      ...{ source, destination, protocol },
    });
    const header = template.subarray(template.length - (version === 4 ? ipv4.size : ipv6.size));
    bytes.set(header, at);
    const quote = head.subarray(0, largestQuote(version) - header.length);
    bytes.set(quote, at + header.length);
    if (version === 4) {
      view.setUint16(at + ipv4.offset.totalLength, header.length + length);
      const sum = checksum.addBytes(0, view, at, header.length);
      view.setUint16(at + ipv4.offset.checksum, checksum.finish(sum));
    } else {
      view.setUint16(at + ipv6.offset.payloadLength, length);
    }
    const way = { version, mac, sender: source, destination };
    this.#send(way, error, header.length + quote.length, ipv6.offset.nextHeader);
  }

  /** The quote lies in its place already. */
  #send(way: Way, error: IcmpError, quoted: number, pointer: number): void {
    if (!this.#allowance.take(this.#clock.now)) return;
    const { version } = way;
    const { view } = this.#outgoing;
    const { type, code, mtu = 0 } = error;
    const isUnknownHeader =
      version === 6 && type === ICMPV6_PARAMPROB && code === ICMPV6_UNK_NEXTHDR;
    const rest = isUnknownHeader ? pointer : version === 4 ? mtu & 0xffff : mtu;
    icmp.write(view, payloadAt(version), { type, code, checksum: 0, rest });
    const envelope = new Envelope({
      sourceMac: this.#settings.mac,
      destinationMac: way.mac,
      source: this.#reporter(way, error),
      destination: way.sender,
      protocol: version === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6,
    });
    const length = icmp.size + quoted;
    this.#outgoing.putChecksum(envelope, length, icmp.offset.checksum);
    this.#outgoing.send(envelope, length);
  }

  /** Whom the error is from. What the host means by its loopback addresses is known outside only. */
  #reporter({ version, destination }: Way, error: IcmpError): Uint8Array {
    if (isFromDestination(version, error)) return destination;
    const { reporter } = error;
    if (reporter?.length === destination.length && isSomebodys(reporter)) return reporter;
    const family = version === 4 ? this.#settings.ipv4 : this.#settings.ipv6;
    return family?.gateway ?? destination;
  }
}

function quoteAt(version: IpVersion): number {
  return payloadAt(version) + icmp.size;
}

function largestQuote(version: IpVersion): number {
  return LARGEST[version] - (version === 4 ? ipv4.size : ipv6.size) - icmp.size;
}

/** What only the host that was asked can say. */
function isFromDestination(version: IpVersion, { type, code }: IcmpError): boolean {
  if (version === 4) {
    return type === ICMP_DEST_UNREACH && (code === ICMP_PORT_UNREACH || code === ICMP_PROT_UNREACH);
  }
  return (
    (type === ICMPV6_DEST_UNREACH && code === ICMPV6_PORT_UNREACH) || type === ICMPV6_PARAMPROB
  );
}

/**
 * No error is ever about an error, or about a fragment but the first (RFC 1122 section 3.2.2). That
 * the packet was for one receiver, and from one sender, has been seen to before.
 */
function isBeyondErrors(packet: Packet): boolean {
  const { view, version, protocol, payloadAt: at, end, fragmentAt } = packet;
  if (fragmentAt >= 0 && fragmentOffset(packet) !== 0) return true;
  if (version === 4) {
    return protocol === PROTOCOL_ICMP && (at >= end || view.getUint8(at) !== ICMP_ECHO);
  }
  return protocol === PROTOCOL_ICMPV6 && (at >= end || view.getUint8(at) < 128);
}

function fragmentOffset({ view, version, fragmentAt }: Packet): number {
  if (version === 4) {
    return view.getUint16(fragmentAt + ipv4.offset.flagsAndFragment) & IPV4_OFFSET_MASK;
  }
  return view.getUint16(fragmentAt + ipv6Fragment.offset.offsetAndMore) >> 3;
}
