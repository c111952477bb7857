/**
 * A received frame, as far as every protocol needs it: where its headers and payload lie. One object
 * is moved from frame to frame, so that reading allocates nothing; whoever keeps something of a
 * packet copies it. All offsets count from the start of `bytes`.
 */
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  IPV4_MORE_FRAGMENTS,
  IPV4_OFFSET_MASK,
  NEXT_FRAGMENT,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  checksum,
  ethernet,
  ipv4,
  ipv6,
  ipv6Fragment,
  virtioNet,
  isExtensionHeader,
} from '../wire/index.js';
import type { DropReason } from './drops.js';

export type IpVersion = 4 | 6;

/** Extension headers in a row; more is an attempt to keep us busy. */
const EXTENSION_HEADERS_MAX = 8;

export class Packet {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  /** The Ethernet header. */
  ethernetAt = 0;
  /** Where the frame ends; `end` of an IP packet may lie before it. */
  frameEnd = 0;
  etherType = 0;
  /** 0: not an IP packet. */
  version: IpVersion | 0 = 0;
  ipAt = 0;
  sourceAt = 0;
  destinationAt = 0;
  /** Bytes of one address: 4 or 16. */
  addressLength: 4 | 16 = 4;
  /** TTL or hop limit. */
  hopLimit = 0;
  /** Of the payload, after all extension headers. */
  protocol = 0;
  /** The transport's header, or the rest of a fragment. */
  payloadAt = 0;
  /** Where the IP packet ends. */
  end = 0;
  /** IPv4: the IP header; IPv6: the fragment header. -1: the packet is whole. */
  fragmentAt = -1;
  /** IPv6: where the next-header byte lies that leads to the payload or the fragment header. */
  nextHeaderAt = 0;
  /** The sender left the transport's checksum to the device: nothing to verify. */
  checksumIsPartial = false;
  /** Of a super-frame: the payload of each of its segments, else 0. */
  gsoSize = 0;

  readonly #virtio = virtioNet.view();

  /**
   * Lays the packet over a frame that begins with a virtio-net header. The reason to drop it, if
   * there is one. ARP and unknown types are left for the caller: `version` is 0.
   */
  read(bytes: Uint8Array, view: DataView, at: number, length: number): DropReason | undefined {
    this.bytes = bytes;
    this.view = view;
    this.version = 0;
    this.fragmentAt = -1;
    this.ethernetAt = at + virtioNet.size;
    this.frameEnd = at + length;
    if (length < virtioNet.size + ethernet.size) return 'frame: too short';
    const { window } = this.#virtio.on(view, at);
    this.checksumIsPartial = (window.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) !== 0;
    this.gsoSize = window.gsoType === 0 ? 0 : window.gsoSize;
    this.etherType = view.getUint16(this.ethernetAt + ethernet.offset.type);
    this.ipAt = this.ethernetAt + ethernet.size;
    if (this.etherType === ETHERTYPE_IPV4) return this.#readIpv4();
    if (this.etherType === ETHERTYPE_IPV6) return this.#readIpv6();
    return this.etherType === ETHERTYPE_ARP ? undefined : 'frame: unknown type';
  }

  /** The sum that the transport's checksum begins with. */
  pseudoHeaderSum(): number {
    const length = this.end - this.payloadAt;
    const what = { protocol: this.protocol, length };
    return checksum.pseudoHeaderSum(this.view, this.sourceAt, this.addressLength, what);
  }

  #readIpv4(): DropReason | undefined {
    const { view, ipAt } = this;
    if (this.frameEnd - ipAt < ipv4.size) return 'ipv4: malformed header';
    const first = view.getUint8(ipAt);
    const headerLength = 4 * (first & 15);
    const totalLength = view.getUint16(ipAt + ipv4.offset.totalLength);
    const isSound =
      first >> 4 === 4 &&
      headerLength >= ipv4.size &&
      totalLength >= headerLength &&
      totalLength <= this.frameEnd - ipAt;
    if (!isSound) return 'ipv4: malformed header';
    const sum = checksum.addBytes(0, view, ipAt, headerLength);
    if (!checksum.isIntact(sum)) return 'ipv4: header checksum';
    this.version = 4;
    this.addressLength = 4;
    this.sourceAt = ipAt + ipv4.offset.source;
    this.destinationAt = ipAt + ipv4.offset.destination;
    this.hopLimit = view.getUint8(ipAt + ipv4.offset.ttl);
    this.protocol = view.getUint8(ipAt + ipv4.offset.protocol);
    this.payloadAt = ipAt + headerLength;
    this.end = ipAt + totalLength;
    const fragment = view.getUint16(ipAt + ipv4.offset.flagsAndFragment);
    if ((fragment & (IPV4_MORE_FRAGMENTS | IPV4_OFFSET_MASK)) !== 0) this.fragmentAt = ipAt;
    return undefined;
  }

  #readIpv6(): DropReason | undefined {
    const { view, ipAt } = this;
    if (this.frameEnd - ipAt < ipv6.size) return 'ipv6: malformed header';
    const payloadLength = view.getUint16(ipAt + ipv6.offset.payloadLength);
    const isSound =
      view.getUint8(ipAt) >> 4 === 6 && payloadLength <= this.frameEnd - ipAt - ipv6.size;
    if (!isSound) return 'ipv6: malformed header';
    this.version = 6;
    this.addressLength = 16;
    this.sourceAt = ipAt + ipv6.offset.source;
    this.destinationAt = ipAt + ipv6.offset.destination;
    this.hopLimit = view.getUint8(ipAt + ipv6.offset.hopLimit);
    this.end = ipAt + ipv6.size + payloadLength;
    return this.#skipExtensionHeaders();
  }

  #skipExtensionHeaders(): DropReason | undefined {
    const { view } = this;
    this.nextHeaderAt = this.ipAt + ipv6.offset.nextHeader;
    this.payloadAt = this.ipAt + ipv6.size;
    for (let i = 0; i < EXTENSION_HEADERS_MAX; i++) {
      this.protocol = view.getUint8(this.nextHeaderAt);
      if (!isExtensionHeader(this.protocol)) return undefined;
      if (this.end - this.payloadAt < 8) break;
      if (this.protocol === NEXT_FRAGMENT && !this.#isAtomic(this.payloadAt)) {
        this.fragmentAt = this.payloadAt;
        this.payloadAt += ipv6Fragment.size;
        return undefined;
      }
      this.nextHeaderAt = this.payloadAt;
      const units = this.protocol === NEXT_FRAGMENT ? 0 : view.getUint8(this.payloadAt + 1);
      this.payloadAt += 8 * (1 + units);
      if (this.payloadAt > this.end) break;
    }
    this.version = 0;
    return 'ipv6: extension headers';
  }

  /** A fragment that is the whole packet is no fragment (RFC 6946). */
  #isAtomic(at: number): boolean {
    return (this.view.getUint16(at + ipv6Fragment.offset.offsetAndMore) & 0xfff9) === 0;
  }
}
