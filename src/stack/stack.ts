/**
 * The dispatcher: every frame from the namespace comes in here and is checked once, from the outside
 * in (frame, addresses, hop limit, fragments, transport), before a protocol sees it. Nothing throws:
 * what is wrong is dropped and counted.
 *
 * To the namespace we are a router with two addresses of its own in each family, the gateway's and
 * the name server's. Packets to any other address begin a flow, whose other end is on the host.
 */
import {
  DHCPV6_SERVER_PORT,
  DHCP_SERVER_PORT,
  ICMPV6_EXC_HOPLIMIT,
  ICMPV6_PARAMPROB,
  ICMPV6_TIME_EXCEED,
  ICMPV6_UNK_NEXTHDR,
  ICMP_DEST_UNREACH,
  ICMP_EXC_TTL,
  ICMP_PROT_UNREACH,
  ICMP_TIME_EXCEEDED,
  NEXT_NONE,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  udp,
} from '../wire/index.js';
import { Addresses, type Reach } from './addresses.js';
import { ArpResponder } from './arp.js';
import { Clock } from './clock.js';
import { DhcpServer } from './dhcp/ipv4.js';
import { Dhcpv6Server } from './dhcp/ipv6.js';
import { Drops, type DropReason } from './drops.js';
import { Echo } from './echo.js';
import { FlowBudget } from './flow-budget.js';
import { Fragmenter } from './fragmentation.js';
import type { FlowInfo, FlowWatch } from './flow-watch.js';
import type { DatagramEvents, FlowEnds, HostDatagrams, Hosts, IcmpError } from './host.js';
import { IcmpErrors } from './icmp-errors.js';
import { IcmpInput } from './icmp.js';
import { defaultLimits, type StackLimits } from './limits.js';
import type { Link } from './link.js';
import { NeighbourDiscovery } from './ndp.js';
import { Outgoing } from './outgoing.js';
import { Packet, type IpVersion } from './packet.js';
import type { Random } from './random.js';
import { PathMtus } from './path-mtus.js';
import { ReportedErrors } from './reported-errors.js';
import { Reassembly } from './reassembly.js';
import { RouterAdvertiser } from './router-advertiser.js';
import { domainsThatFit, type ChangeableSettings, type StackSettings } from './settings.js';
import { Tcp } from './tcp/index.js';
import { Udp, datagramAt, faultOfDatagram } from './udp.js';

export interface StackOptions {
  readonly settings: StackSettings;
  readonly link: Link;
  readonly hosts: Hosts;
  readonly random: Random;
  readonly limits?: Partial<StackLimits>;
  /** Hears of flows as they begin and end. */
  readonly watch?: FlowWatch | undefined;
}

export class Stack {
  readonly drops = new Drops();
  readonly outgoing: Outgoing;
  readonly tcp: Tcp;
  readonly #settings: { -readonly [K in keyof StackSettings]: StackSettings[K] };
  readonly #clock = new Clock();
  readonly #packet = new Packet();
  readonly #addresses: Addresses;
  readonly #arp: ArpResponder;
  readonly #router: RouterAdvertiser;
  readonly #icmp: IcmpInput;
  readonly #errors: IcmpErrors;
  readonly #reassembly: Reassembly;
  readonly #dhcp: DhcpServer;
  readonly #dhcpv6: Dhcpv6Server;
  readonly #udp: Udp;
  readonly #echo: Echo;

  constructor({ settings, link, hosts, random, limits, watch }: StackOptions) {
    this.#settings = { ...settings, searchDomains: domainsThatFit(settings.searchDomains ?? []) };
    this.outgoing = new Outgoing(link, this.drops);
    this.#addresses = new Addresses(settings);
    const parts = {
      settings: this.#settings,
      clock: this.#clock,
      drops: this.drops,
      outgoing: this.outgoing,
      addresses: this.#addresses,
      fragmenter: new Fragmenter(this.outgoing, random),
      pathMtus: new PathMtus({ clock: this.#clock, settings }),
      ...{ random, watch, budget: new FlowBudget(limits) },
    };
    const { udpFlows, echoFlows, fragmentBytes } = { ...defaultLimits, ...limits };
    const errors = new IcmpErrors(parts);
    this.#errors = errors;
    this.#reassembly = new Reassembly({ ...parts, errors }, fragmentBytes);
    this.#arp = new ArpResponder(parts);
    this.#router = new RouterAdvertiser(parts);
    this.#dhcp = new DhcpServer(this.outgoing, this.#settings);
    this.#dhcpv6 = new Dhcpv6Server(this.outgoing, this.#settings);
    this.tcp = new Tcp({ ...parts, errors, host: hosts.tcp, limits: limits?.tcp });
    this.#udp = new Udp({ ...parts, errors, host: hosts.udp, limit: udpFlows });
    this.#echo = new Echo({ ...parts, errors, host: hosts.echo, limit: echoFlows });
    this.#icmp = new IcmpInput({
      echo: this.#echo,
      ndp: new NeighbourDiscovery({ ...parts, router: this.#router }),
      errors: new ReportedErrors({
        ...{ udp: this.#udp.flows, echo: this.#echo.flows },
        ...{ tcp: this.tcp, pathMtus: parts.pathMtus },
      }),
    });
  }

  /** Where a host puts datagrams in `outgoing.bytes` that are not to be copied. */
  datagramAt(version: IpVersion): number {
    return datagramAt(version);
  }

  /** A frame from the namespace, its virtio-net header included; the bytes may be used again after. */
  // eslint-disable-next-line max-params -- an object for each frame would be an allocation for each
  onFrame(bytes: Uint8Array, view: DataView, at: number, length: number, now: number): void {
    this.#clock.now = now;
    const fault = this.#packet.read(bytes, view, at, length) ?? this.#onPacket(this.#packet);
    if (fault !== undefined) this.drops.add(fault);
  }

  /**
   * A UDP flow that begins at the host, through a socket that is there; what that receives is told
   * to the answer. Undefined: its ends are taken, or there are too many flows.
   */
  openDatagrams(ends: FlowEnds, host: HostDatagrams, now: number): DatagramEvents | undefined {
    this.#clock.now = now;
    return this.#udp.flows.openAtHost(ends, host);
  }

  /** Whether there is a UDP flow between these ends. */
  hasDatagrams(ends: FlowEnds): boolean {
    return this.#udp.flows.get(ends) !== undefined;
  }

  /** All flows that live. */
  *flows(): Generator<FlowInfo> {
    yield* this.tcp.flows();
    yield* this.#udp.flows.infos();
    yield* this.#echo.flows.infos();
  }

  /** What is due; to be called after each batch of frames and events too. */
  poll(now: number): void {
    this.#clock.now = now;
    this.#router.poll(now);
    this.#reassembly.poll(now);
    this.#udp.flows.poll(now);
    this.#echo.flows.poll(now);
    this.tcp.poll(now);
  }

  /** When `poll` is to be called next, on the clock of `now`; undefined: there is nothing to wait for. */
  nextDeadline(): number | undefined {
    const timed = [this.tcp, this.#router, this.#reassembly, this.#udp.flows, this.#echo.flows];
    let next = Infinity;
    for (const part of timed) next = Math.min(next, part.nextDeadline() ?? Infinity);
    return next === Infinity ? undefined : next;
  }

  /** What the namespace makes us keep just now; `limits` bounds it. */
  usage(): Pick<StackLimits, 'udpFlows' | 'echoFlows' | 'fragmentBytes'> {
    return {
      udpFlows: this.#udp.flows.size,
      echoFlows: this.#echo.flows.size,
      fragmentBytes: this.#reassembly.bytes,
    };
  }

  /** The host's network has changed. Who listens to router advertisements inside hears it at once. */
  change(changes: ChangeableSettings, now: number): void {
    this.#clock.now = now;
    const { ipv6IsDefault, searchDomains } = changes;
    if (ipv6IsDefault !== undefined) this.#settings.ipv6IsDefault = ipv6IsDefault;
    const before = this.#settings.searchDomains ?? [];
    if (searchDomains) this.#settings.searchDomains = domainsThatFit(searchDomains);
    const gone = before.filter((domain) => !this.#settings.searchDomains?.includes(domain));
    this.#router.advertise(gone);
  }

  #onPacket(packet: Packet): DropReason | undefined {
    if (!this.#addresses.takesFrame(packet)) return 'frame: not for us';
    const { version } = packet;
    const family = version === 6 ? this.#settings.ipv6 : this.#settings.ipv4;
    if (family === undefined) return 'ip: switched off';
    return version === 0 ? this.#arp.onFrame(packet) : this.#onIpPacket(packet, version);
  }

  #onIpPacket(packet: Packet, version: IpVersion): DropReason | undefined {
    const reach = this.#addresses.reachOf(packet);
    if (reach !== 'ours' && reach !== 'group' && reach !== 'remote') return reach;
    // As the router on the way that we are to everybody but ourselves.
    if (reach === 'remote' && packet.hopLimit <= 1) {
      this.#errors.aboutPacket(packet, timeExceeded(version));
      return 'ip: time to live';
    }
    if (packet.fragmentAt < 0) return this.#onWhole(packet, reach);
    if (reach === 'group') return 'ip: multicast or broadcast';
    const result = this.#reassembly.add(packet);
    if (result === 'incomplete') return undefined;
    return result === 'whole' ? this.#onWhole(packet, reach) : result;
  }

  #onWhole(packet: Packet, reach: Reach): DropReason | undefined {
    switch (packet.protocol) {
      case PROTOCOL_UDP:
        return this.#onDatagram(packet, reach);
      case PROTOCOL_ICMP:
      case PROTOCOL_ICMPV6:
        return this.#icmp.onMessage(packet, reach);
      case PROTOCOL_TCP:
        if (reach === 'group') return 'ip: multicast or broadcast';
        this.tcp.onSegment(packet, this.#clock.now);
        return undefined;
      default:
        return this.#onUnknown(packet, reach);
    }
  }

  #onUnknown(packet: Packet, reach: Reach): DropReason {
    if (reach === 'group') return 'ip: multicast or broadcast';
    // Such a packet says by itself that there is nothing in it.
    const isEmpty = packet.version === 6 && packet.protocol === NEXT_NONE;
    if (!isEmpty) this.#errors.aboutPacket(packet, protocolUnreachable(packet));
    return 'protocol: unknown';
  }

  #onDatagram(packet: Packet, reach: Reach): DropReason | undefined {
    const fault = faultOfDatagram(packet);
    if (fault !== undefined) return fault;
    const port = packet.view.getUint16(packet.payloadAt + udp.offset.destinationPort);
    if (port === DHCP_SERVER_PORT && packet.version === 4 && reach !== 'remote') {
      return this.#dhcp.onDatagram(packet);
    }
    if (reach !== 'group') return this.#udp.onDatagram(packet);
    return port === DHCPV6_SERVER_PORT && packet.version === 6
      ? this.#dhcpv6.onDatagram(packet)
      : 'ip: multicast or broadcast';
  }
}

function timeExceeded(version: IpVersion): IcmpError {
  return version === 4
    ? { type: ICMP_TIME_EXCEEDED, code: ICMP_EXC_TTL }
    : { type: ICMPV6_TIME_EXCEED, code: ICMPV6_EXC_HOPLIMIT };
}

/** Nothing but TCP, UDP and echo gets out of here. */
function protocolUnreachable({ version }: Packet): IcmpError {
  return version === 4
    ? { type: ICMP_DEST_UNREACH, code: ICMP_PROT_UNREACH }
    : { type: ICMPV6_PARAMPROB, code: ICMPV6_UNK_NEXTHDR };
}
