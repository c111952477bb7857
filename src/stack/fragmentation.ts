/**
 * Packets larger than the MTU of their way, cut into fragments (RFC 791 section 3.2, RFC 8200 section
 * 4.5). The message lies in the outgoing frame; each fragment's headers are put in front of its
 * part, over the end of the part before, which has been sent by then. So nothing is copied.
 */
import {
  IPV4_MORE_FRAGMENTS,
  NEXT_FRAGMENT,
  checksum,
  ethernet,
  ipv4,
  ipv6,
  ipv6Fragment,
  virtioNet,
} from '../wire/index.js';
import type { Envelope, Outgoing } from './outgoing.js';
import type { Random } from './random.js';

const IP_AT = virtioNet.size + ethernet.size;

/** Whether so much behind the IP header is too much for one packet. */
export function needsFragments({ template }: Envelope, length: number, mtu: number): boolean {
  return template.length - IP_AT + length > mtu;
}

export class Fragmenter {
  readonly #outgoing: Outgoing;
  /** Does not repeat while fragments of the last one with the same number may be under way. */
  #identification: number;

  constructor(outgoing: Outgoing, random: Random) {
    this.#outgoing = outgoing;
    this.#identification = random();
  }

  /** What lies behind the envelope's headers, `length` bytes with their checksum complete. */
  send(envelope: Envelope, length: number, mtu: number): void {
    if (!needsFragments(envelope, length, mtu)) {
      this.#outgoing.send(envelope, length);
      return;
    }
    this.#identification = (this.#identification + 1) >>> 0;
    if (envelope.version === 4) this.#sendIpv4(envelope, length, mtu);
    else this.#sendIpv6(envelope, length, mtu);
  }

  #sendIpv4({ template }: Envelope, length: number, mtu: number): void {
    const { bytes, view } = this.#outgoing;
    const most = partSize(mtu - ipv4.size);
    for (let offset = 0; offset < length; offset += most) {
      const part = Math.min(most, length - offset);
      const more = offset + part < length ? IPV4_MORE_FRAGMENTS : 0;
      const ipAt = offset + IP_AT;
      bytes.set(template, offset);
      view.setUint16(ipAt + ipv4.offset.totalLength, ipv4.size + part);
      view.setUint16(ipAt + ipv4.offset.identification, this.#identification & 0xffff);
      view.setUint16(ipAt + ipv4.offset.flagsAndFragment, more | (offset >> 3));
      const sum = checksum.addBytes(0, view, ipAt, ipv4.size);
      view.setUint16(ipAt + ipv4.offset.checksum, checksum.finish(sum));
      this.#outgoing.sendRaw(offset, template.length + part);
    }
  }

  #sendIpv6({ template, protocol }: Envelope, length: number, mtu: number): void {
    const { bytes, view } = this.#outgoing;
    const most = partSize(mtu - ipv6.size - ipv6Fragment.size);
    // Room for the first fragment header.
    bytes.copyWithin(
      template.length + ipv6Fragment.size,
      template.length,
      template.length + length,
    );
    for (let offset = 0; offset < length; offset += most) {
      const part = Math.min(most, length - offset);
      const more = offset + part < length ? 1 : 0;
      const ipAt = offset + IP_AT;
      bytes.set(template, offset);
      view.setUint16(ipAt + ipv6.offset.payloadLength, ipv6Fragment.size + part);
      view.setUint8(ipAt + ipv6.offset.nextHeader, NEXT_FRAGMENT);
      ipv6Fragment.write(view, ipAt + ipv6.size, {
        nextHeader: protocol,
        offsetAndMore: offset | more,
        identification: this.#identification,
      });
      this.#outgoing.sendRaw(offset, template.length + ipv6Fragment.size + part);
    }
  }
}

/** All parts but the last are multiples of 8 bytes. */
function partSize(room: number): number {
  return Math.max(8, room & ~7);
}
