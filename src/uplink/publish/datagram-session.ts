/** One client of a published UDP port: what the namespace sends back leaves by the port's socket. */
import { errnoNumber } from '../../native/index.js';
import type { DatagramEvents, FlowEnds, HostDatagrams } from '../../stack/index.js';
import * as k from '../constants.js';
import type { Message } from '../messages.js';
import { EAGAIN, type IpFamily } from '../socket-calls.js';

const FLAGS = k.MSG_NOSIGNAL | k.MSG_DONTWAIT;
/** Too many segments, too large ones for the way out, a device that cannot do their checksums. */
const CANNOT_CUT = ['EINVAL', 'EMSGSIZE', 'EIO'].map((code) => -errnoNumber(code));

/** IP_PKTINFO's struct in_pktinfo, IPV6_PKTINFO's struct in6_pktinfo; the interface stays open. */
export const packetInfo = {
  inet: { level: k.IPPROTO_IP, type: k.IP_PKTINFO, size: 12, addressAt: 4, length: 4 },
  inet6: { level: k.IPPROTO_IPV6, type: k.IPV6_PKTINFO, size: 20, addressAt: 0, length: 16 },
} as const;

export interface SessionParts {
  readonly fd: number;
  readonly family: IpFamily;
  /** The client, as recvmsg(2) named it; a copy. */
  readonly name: Uint8Array;
  readonly ends: FlowEnds;
  /** To send with; of all sessions. */
  readonly message: Message;
  /** Errors about earlier datagrams stand in front of this one: they are taken away. */
  readonly takeErrors: () => boolean;
  readonly onClose: () => void;
}

export class PublishedSession implements HostDatagrams {
  /** Of the flow, once it is there. */
  events: DatagramEvents | undefined;
  #isOpen = true;
  readonly #parts: SessionParts;
  readonly #local: Uint8Array;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#local = new Uint8Array(packetInfo[parts.family].size);
  }

  get ends(): FlowEnds {
    return this.#parts.ends;
  }

  /** Which address of the host's the client asked: answers leave from there. */
  noteLocal(info: DataView, at: number): void {
    const { addressAt, length } = packetInfo[this.#parts.family];
    for (let i = addressAt; i < addressAt + length; i++) this.#local[i] = info.getUint8(at + i);
  }

  send(bytes: Uint8Array, at: number, length: number): number {
    return this.#send(bytes, at, { length, segment: 0 });
  }

  sendSegments(bytes: Uint8Array, at: number, length: number, segment: number): number {
    const answer = this.#send(bytes, at, { length, segment });
    if (!CANNOT_CUT.includes(answer)) return answer;
    for (let done = 0; done < length; done += segment) {
      const sent = this.send(bytes, at + done, Math.min(segment, length - done));
      if (sent < 0) return done === 0 ? sent : done;
    }
    return length;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#parts.onClose();
  }

  #send(bytes: Uint8Array, at: number, sizes: { length: number; segment: number }): number {
    const { fd, message, takeErrors } = this.#parts;
    this.#address(bytes, at, sizes);
    let sent = message.send(fd, FLAGS);
    if (sent < 0 && sent !== EAGAIN && takeErrors()) sent = message.send(fd, FLAGS);
    return sent;
  }

  #address(
    bytes: Uint8Array,
    at: number,
    { length, segment }: { length: number; segment: number },
  ): void {
    const { message, name, family } = this.#parts;
    const { level, type } = packetInfo[family];
    message.setBytes(bytes, at, length);
    message.setName(name);
    message.clearControl();
    message.addControl(level, type, this.#local);
    if (segment > 0) message.addControl(k.IPPROTO_UDP, k.UDP_SEGMENT, asUint16(segment));
  }
}

const number = new Uint8Array(2);

function asUint16(value: number): Uint8Array {
  number[0] = value & 0xff;
  number[1] = value >> 8;
  return number;
}
