/** ICMP and ICMPv6 as they come from the namespace: who handles which message. */
import {
  ICMPV6_ECHO_REQUEST,
  ICMPV6_MGM_QUERY,
  ICMPV6_MGM_REDUCTION,
  ICMPV6_MLD2_REPORT,
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_PARAMETERPROB,
  ICMP_TIME_EXCEEDED,
  NDISC_REDIRECT,
  NDISC_ROUTER_SOLICITATION,
  PROTOCOL_ICMP,
  checksum,
  icmp,
} from '../wire/index.js';
import type { Reach } from './addresses.js';
import type { DropReason } from './drops.js';
import type { Echo } from './echo.js';
import type { NeighbourDiscovery } from './ndp.js';
import type { Packet } from './packet.js';
import type { ReportedErrors } from './reported-errors.js';

interface Handlers {
  readonly echo: Echo;
  readonly ndp: NeighbourDiscovery;
  readonly errors: ReportedErrors;
}

export class IcmpInput {
  readonly #echo: Echo;
  readonly #ndp: NeighbourDiscovery;
  readonly #errors: ReportedErrors;

  constructor({ echo, ndp, errors }: Handlers) {
    this.#echo = echo;
    this.#ndp = ndp;
    this.#errors = errors;
  }

  onMessage(packet: Packet, reach: Reach): DropReason | undefined {
    const { view, payloadAt: at, end, version, protocol } = packet;
    if (end - at < icmp.size) return 'icmp: malformed';
    const isIpv4 = protocol === PROTOCOL_ICMP;
    if (isIpv4 !== (version === 4)) return 'protocol: unknown';
    if (!packet.checksumIsPartial) {
      const pseudo = isIpv4 ? 0 : packet.pseudoHeaderSum();
      if (!checksum.isIntact(checksum.addBytes(pseudo, view, at, end - at)))
        return 'icmp: checksum';
    }
    const type = view.getUint8(at);
    return isIpv4 ? this.#onIcmp(packet, type, reach) : this.#onIcmpv6(packet, type, reach);
  }

  #onIcmp(packet: Packet, type: number, reach: Reach): DropReason | undefined {
    if (reach === 'group') return 'ip: multicast or broadcast';
    switch (type) {
      case ICMP_ECHO:
        return this.#onEcho(packet);
      case ICMP_DEST_UNREACH:
      case ICMP_TIME_EXCEEDED:
      case ICMP_PARAMETERPROB:
        return this.#errors.onError(packet);
      default:
        return 'icmp: unknown type';
    }
  }

  #onIcmpv6(packet: Packet, type: number, reach: Reach): DropReason | undefined {
    if (type >= NDISC_ROUTER_SOLICITATION && type <= NDISC_REDIRECT) {
      // Not routed, and only a hop limit of 255 passes.
      return reach === 'remote' ? 'ndp: malformed' : this.#ndp.onMessage(packet);
    }
    if (isListenerDiscovery(type) || reach === 'group') return 'ip: multicast or broadcast';
    if (type === ICMPV6_ECHO_REQUEST) return this.#onEcho(packet);
    if (type < ICMPV6_ECHO_REQUEST) return this.#errors.onError(packet);
    return 'icmp: unknown type';
  }

  #onEcho(packet: Packet): DropReason | undefined {
    const code = packet.view.getUint8(packet.payloadAt + icmp.offset.code);
    return code === 0 ? this.#echo.onRequest(packet) : 'icmp: malformed';
  }
}

function isListenerDiscovery(type: number): boolean {
  return (type >= ICMPV6_MGM_QUERY && type <= ICMPV6_MGM_REDUCTION) || type === ICMPV6_MLD2_REPORT;
}
