/** The packet of ours that an ICMP error quotes, as far as it says which flow it belonged to. */
import {
  IPV4_OFFSET_MASK,
  NEXT_FRAGMENT,
  icmp,
  ipv4,
  ipv6,
  ipv6Fragment,
  udp,
} from '../wire/index.js';
import type { FlowEnds } from './host.js';
import type { Packet } from './packet.js';

export interface QuotedPacket {
  readonly protocol: number;
  /** From the remote end to the namespace's. Ports stand first in every transport but ICMP. */
  readonly ends: FlowEnds;
  /** The second word of the transport's header: TCP's sequence number. */
  readonly second: number;
}

/** `without ports`: a fragment that is not the first. */
export function quotedPacket(packet: Packet): QuotedPacket | 'malformed' | 'without ports' {
  const { bytes, view, version, end } = packet;
  const at = packet.payloadAt + icmp.size;
  if (version === 0) return 'malformed';
  const { size, offset } = version === 4 ? ipv4 : ipv6;
  if (end - at < size || view.getUint8(at) >> 4 !== version) return 'malformed';
  const found = version === 4 ? behindIpv4(view, at) : behindIpv6(view, at, end);
  if (typeof found === 'string') return found;
  const { protocol, portsAt } = found;
  if (portsAt < at + size || portsAt + udp.size > end) return 'malformed';
  const sourceAt = at + offset.source;
  const destinationAt = at + offset.destination;
  return {
    protocol,
    ends: {
      version,
      namespaceAddress: bytes.slice(destinationAt, at + size),
      namespacePort: view.getUint16(portsAt + udp.offset.destinationPort),
      remoteAddress: bytes.slice(sourceAt, destinationAt),
      remotePort: view.getUint16(portsAt),
    },
    second: view.getInt32(portsAt + 4),
  };
}

type Found = { readonly protocol: number; readonly portsAt: number } | 'without ports';

function behindIpv4(view: DataView, at: number): Found {
  const fragment = view.getUint16(at + ipv4.offset.flagsAndFragment);
  if ((fragment & IPV4_OFFSET_MASK) !== 0) return 'without ports';
  return {
    protocol: view.getUint8(at + ipv4.offset.protocol),
    portsAt: at + 4 * (view.getUint8(at) & 15),
  };
}

/** The only extension header that we send is the fragment's. */
function behindIpv6(view: DataView, at: number, end: number): Found {
  const protocol = view.getUint8(at + ipv6.offset.nextHeader);
  const portsAt = at + ipv6.size;
  if (protocol !== NEXT_FRAGMENT || portsAt + ipv6Fragment.size > end) return { protocol, portsAt };
  const offset = view.getUint16(portsAt + ipv6Fragment.offset.offsetAndMore) >> 3;
  if (offset !== 0) return 'without ports';
  return { protocol: view.getUint8(portsAt), portsAt: portsAt + ipv6Fragment.size };
}
