/**
 * ICMP errors that the namespace sends about what we delivered. A host's socket cannot pass them on,
 * but it can be closed: a datagram to a port that is closed inside then meets a port that is closed
 * outside, and the host's kernel says so. Of TCP only a SYN of ours may be refused like that (a
 * firewall inside); all else its resets say.
 */
import {
  ICMPV6_DEST_UNREACH,
  ICMP_DEST_UNREACH,
  ICMP_FRAG_NEEDED,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  icmp,
  ipv4,
  ipv6,
  udp,
} from '../wire/index.js';
import type { DatagramFlows } from './datagram-flows.js';
import type { DropReason } from './drops.js';
import type { FlowEnds } from './host.js';
import type { Packet } from './packet.js';
import type { Tcp } from './tcp/index.js';

export class ReportedErrors {
  readonly #udp: DatagramFlows;
  readonly #tcp: Pick<Tcp, 'unreachable'>;

  constructor(udp: DatagramFlows, tcp: Pick<Tcp, 'unreachable'>) {
    this.#udp = udp;
    this.#tcp = tcp;
  }

  /** A message whose own checksum is right. */
  onError(packet: Packet): DropReason | undefined {
    const quoted = quotedDatagram(packet);
    if (quoted === undefined) return 'icmp: malformed';
    if (!isUnreachable(packet)) return undefined;
    if (quoted.protocol === PROTOCOL_TCP) this.#tcp.unreachable(quoted.ends, quoted.second);
    const flow = quoted.protocol === PROTOCOL_UDP ? this.#udp.get(quoted.ends) : undefined;
    if (flow !== undefined) this.#udp.close(flow);
    return undefined;
  }
}

function isUnreachable({ view, version, payloadAt: at }: Packet): boolean {
  const type = view.getUint8(at);
  if (version === 6) return type === ICMPV6_DEST_UNREACH;
  return type === ICMP_DEST_UNREACH && view.getUint8(at + icmp.offset.code) !== ICMP_FRAG_NEEDED;
}

interface Quoted {
  readonly protocol: number;
  readonly ends: FlowEnds;
  /** The second word of the transport's header: TCP's sequence number. */
  readonly second: number;
}

/** What we sent: from the remote end to the namespace's. Ports stand first in every transport. */
function quotedDatagram({ bytes, view, version, payloadAt, end }: Packet): Quoted | undefined {
  const at = payloadAt + icmp.size;
  const { size, offset } = version === 4 ? ipv4 : ipv6;
  if (version === 0 || end - at < size || view.getUint8(at) >> 4 !== version) return undefined;
  const portsAt = at + (version === 4 ? 4 * (view.getUint8(at) & 15) : size);
  if (portsAt < at + size || portsAt + udp.size > end) return undefined;
  const sourceAt = at + offset.source;
  const destinationAt = at + offset.destination;
  return {
    protocol: view.getUint8(at + (version === 4 ? ipv4.offset.protocol : ipv6.offset.nextHeader)),
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
