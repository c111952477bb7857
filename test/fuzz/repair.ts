/** Puts right what a change to a frame has broken, so that more than the first check sees it. */
import { Packet } from '../../src/stack/packet.js';
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  checksum,
  dataViewOf,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  tcp,
  udp,
  virtioNet,
} from '../../src/wire/index.js';

/** Bits of what is put right. */
export const repairs = { length: 1, header: 2, transport: 4 } as const;

const IP_AT = virtioNet.size + ethernet.size;

export function repair(frame: Uint8Array, what: number): Uint8Array {
  if (frame.length < IP_AT + ipv4.size) return frame;
  const bytes = frame.slice();
  const view = dataViewOf(bytes);
  const type = view.getUint16(virtioNet.size + ethernet.offset.type);
  if (type === ETHERTYPE_IPV4) repairIpv4(view, what);
  if (type === ETHERTYPE_IPV6 && bytes.length >= IP_AT + ipv6.size && what & repairs.length) {
    view.setUint16(IP_AT + ipv6.offset.payloadLength, bytes.length - IP_AT - ipv6.size);
  }
  if (what & repairs.transport) repairTransport(bytes, view);
  return bytes;
}

function repairIpv4(view: DataView, what: number): void {
  if (what & repairs.length) {
    view.setUint16(IP_AT + ipv4.offset.totalLength, view.byteLength - IP_AT);
  }
  const headerLength = 4 * (view.getUint8(IP_AT) & 15);
  if ((what & repairs.header) === 0 || IP_AT + headerLength > view.byteLength) return;
  view.setUint16(IP_AT + ipv4.offset.checksum, 0);
  const sum = checksum.addBytes(0, view, IP_AT, headerLength);
  view.setUint16(IP_AT + ipv4.offset.checksum, checksum.finish(sum));
}

const checksumAt: Readonly<Record<number, number>> = {
  [PROTOCOL_TCP]: tcp.offset.checksum,
  [PROTOCOL_UDP]: udp.offset.checksum,
  [PROTOCOL_ICMP]: icmp.offset.checksum,
  [PROTOCOL_ICMPV6]: icmp.offset.checksum,
};

const packet = new Packet();

function repairTransport(bytes: Uint8Array, view: DataView): void {
  const fault = packet.read(bytes, view, 0, bytes.length);
  if (fault !== undefined || packet.version === 0 || packet.fragmentAt >= 0) return;
  const { payloadAt, end, protocol } = packet;
  const field = checksumAt[protocol];
  if (field === undefined || end - payloadAt < field + 2) return;
  if (protocol === PROTOCOL_UDP && end - payloadAt >= udp.size) {
    view.setUint16(payloadAt + udp.offset.length, end - payloadAt);
  }
  const pseudo = protocol === PROTOCOL_ICMP ? 0 : packet.pseudoHeaderSum();
  view.setUint16(payloadAt + field, 0);
  const sum = checksum.addBytes(pseudo, view, payloadAt, end - payloadAt);
  view.setUint16(payloadAt + field, checksum.finish(sum));
}
