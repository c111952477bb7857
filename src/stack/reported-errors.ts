/**
 * ICMP errors that the namespace, or a router behind it, sends about what we delivered. A host's
 * socket cannot pass them on, but it can be closed: a datagram to a port that is closed inside then
 * meets a port that is closed outside, and the host's kernel says so. What TCP makes of them is in
 * tcp/reports.ts. "Too big" is never passed on: we are the sender, and send less at a time, or
 * fragments.
 *
 * One that quotes nothing of a living flow is forged or late, and only counted (RFC 5927 section 4).
 */
import {
  ICMPV6_DEST_UNREACH,
  ICMPV6_PKT_TOOBIG,
  ICMP_DEST_UNREACH,
  ICMP_FRAG_NEEDED,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  icmp,
} from '../wire/index.js';
import type { DatagramFlow, DatagramFlows } from './datagram-flows.js';
import type { DropReason } from './drops.js';
import type { Packet } from './packet.js';
import type { PathMtus } from './path-mtus.js';
import { quotedPacket } from './quoted-packet.js';
import type { Tcp, TcpReport } from './tcp/index.js';

interface Parts {
  readonly udp: DatagramFlows;
  readonly echo: DatagramFlows;
  readonly tcp: Pick<Tcp, 'reported'>;
  readonly pathMtus: PathMtus;
}

export class ReportedErrors {
  readonly #udp: DatagramFlows;
  readonly #echo: DatagramFlows;
  readonly #tcp: Pick<Tcp, 'reported'>;
  readonly #pathMtus: PathMtus;

  constructor({ udp, echo, tcp, pathMtus }: Parts) {
    this.#udp = udp;
    this.#echo = echo;
    this.#tcp = tcp;
    this.#pathMtus = pathMtus;
  }

  /** A message whose own checksum is right. */
  onError(packet: Packet): DropReason | undefined {
    const quoted = quotedPacket(packet);
    if (quoted === 'malformed') return 'icmp: malformed';
    if (quoted === 'without ports') return 'icmp: no such flow';
    const report = reportIn(packet);
    const { ends, second } = quoted;
    switch (quoted.protocol) {
      case PROTOCOL_TCP:
        return this.#tcp.reported(ends, second, report);
      case PROTOCOL_UDP:
        return this.#about(this.#udp, this.#udp.get(ends), report);
      case PROTOCOL_ICMP:
      case PROTOCOL_ICMPV6:
        // The quoted reply's identifier lies where the second word begins.
        return this.#about(
          this.#echo,
          this.#echo.get({ ...ends, namespacePort: second >>> 16, remotePort: 0 }),
          report,
        );
      default:
        return 'icmp: no such flow';
    }
  }

  #about(
    flows: DatagramFlows,
    flow: DatagramFlow | undefined,
    report: TcpReport,
  ): DropReason | undefined {
    if (flow === undefined) return 'icmp: no such flow';
    if (report.kind === 'too big') {
      const { version, namespaceAddress } = flow.ends;
      const mtu = this.#pathMtus.narrow(version, namespaceAddress, report.mtu);
      flow.mtu = Math.min(flow.mtu, mtu);
      return undefined;
    }
    if (report.kind !== 'unreachable' || flows === this.#echo) return 'icmp: soft error';
    flows.close(flow, 'unreachable');
    return undefined;
  }
}

/** Neither time exceeded nor a parameter problem says that nobody is there (RFC 1122 section 3.2.2). */
function reportIn({ view, version, payloadAt: at }: Packet): TcpReport {
  const type = view.getUint8(at);
  const rest = view.getUint32(at + icmp.offset.rest);
  if (version === 6) {
    if (type === ICMPV6_PKT_TOOBIG) return { kind: 'too big', mtu: rest };
    return { kind: type === ICMPV6_DEST_UNREACH ? 'unreachable' : 'other' };
  }
  if (type !== ICMP_DEST_UNREACH) return { kind: 'other' };
  const isTooBig = view.getUint8(at + icmp.offset.code) === ICMP_FRAG_NEEDED;
  return isTooBig ? { kind: 'too big', mtu: rest & 0xffff } : { kind: 'unreachable' };
}
