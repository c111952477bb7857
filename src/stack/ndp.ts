/**
 * Neighbour discovery (RFC 4861), IPv6's ARP: answers who has an address of ours. Of duplicate
 * address detection (RFC 4862 section 5.4) too, and never for an address that is not ours: whoever
 * probes for that may have it.
 */
import { DecodeError } from '../errors/index.js';
import {
  NDISC_NEIGHBOUR_ADVERTISEMENT,
  NDISC_NEIGHBOUR_SOLICITATION,
  NDISC_REDIRECT,
  NDISC_ROUTER_ADVERTISEMENT,
  NDISC_ROUTER_SOLICITATION,
  NDP_HOP_LIMIT,
  ND_NA_FLAG_OVERRIDE,
  ND_NA_FLAG_ROUTER,
  ND_NA_FLAG_SOLICITED,
  PROTOCOL_ICMPV6,
  emitNdpOptions,
  ethernet,
  icmp,
  linkLayerAddress,
  neighbourAdvertisement,
  neighbourSolicitation,
  parseNdpOptions,
  routerSolicitation,
  type NdpOption,
} from '../wire/index.js';
import type { Addresses } from './addresses.js';
import type { DropReason } from './drops.js';
import { ALL_NODES, groupMac } from './groups.js';
import { Envelope, payloadAt, type Outgoing } from './outgoing.js';
import type { Packet } from './packet.js';
import type { RouterAdvertiser } from './router-advertiser.js';
import type { StackSettings } from './settings.js';

interface Parts {
  readonly outgoing: Outgoing;
  readonly settings: StackSettings;
  readonly addresses: Addresses;
  readonly router: RouterAdvertiser;
}

export class NeighbourDiscovery {
  readonly #outgoing: Outgoing;
  readonly #mac: Uint8Array;
  readonly #addresses: Addresses;
  readonly #router: RouterAdvertiser;

  constructor({ outgoing, settings, addresses, router }: Parts) {
    this.#outgoing = outgoing;
    this.#mac = settings.mac;
    this.#addresses = addresses;
    this.#router = router;
  }

  /** An ICMPv6 message whose checksum is right, of a type that is neighbour discovery's. */
  onMessage(packet: Packet): DropReason | undefined {
    const { view, payloadAt: at } = packet;
    if (packet.hopLimit !== NDP_HOP_LIMIT) return 'ndp: malformed';
    if (view.getUint8(at + icmp.offset.code) !== 0) return 'ndp: malformed';
    switch (view.getUint8(at)) {
      case NDISC_NEIGHBOUR_SOLICITATION:
        return this.#onNeighbourSolicitation(packet);
      case NDISC_ROUTER_SOLICITATION:
        return this.#onRouterSolicitation(packet);
      // Other machines' business. Where a flow's frames come from says all that we need to know.
      case NDISC_NEIGHBOUR_ADVERTISEMENT:
      case NDISC_ROUTER_ADVERTISEMENT:
      case NDISC_REDIRECT:
        return undefined;
      default:
        return 'icmp: unknown type';
    }
  }

  /** Checked as RFC 4861 section 7.1.1 lists it. */
  #onNeighbourSolicitation(packet: Packet): DropReason | undefined {
    const { view, payloadAt: at, end } = packet;
    if (end - at < neighbourSolicitation.size) return 'ndp: malformed';
    const targetAt = at + neighbourSolicitation.offset.target;
    if (view.getUint8(targetAt) === 0xff) return 'ndp: malformed';
    const options = optionsOf(packet, neighbourSolicitation.size);
    const isProbe = isFromNobody(packet);
    const mac = options && linkLayerAddress(options, 'source link-layer address');
    if (options === undefined || (isProbe && mac !== undefined)) return 'ndp: malformed';
    if (this.#addresses.isOurIpv6(view, targetAt)) this.#advertise(packet, isProbe);
    return undefined;
  }

  #advertise(packet: Packet, isProbe: boolean): void {
    const { view } = this.#outgoing;
    const at = payloadAt(6);
    const targetAt = packet.payloadAt + neighbourSolicitation.offset.target;
    const target = packet.bytes.slice(targetAt, targetAt + 16);
    const flags = ND_NA_FLAG_ROUTER + ND_NA_FLAG_OVERRIDE + (isProbe ? 0 : ND_NA_FLAG_SOLICITED);
    neighbourAdvertisement.write(view, at, {
      type: NDISC_NEIGHBOUR_ADVERTISEMENT,
      code: 0,
      checksum: 0,
      ...{ flags, target },
    });
    const options = emitNdpOptions([{ kind: 'target link-layer address', mac: this.#mac }]);
    this.#outgoing.bytes.set(options, at + neighbourAdvertisement.size);
    const envelope = new Envelope({
      sourceMac: this.#mac,
      destinationMac: isProbe ? groupMac(ALL_NODES) : sourceMacOf(packet),
      source: target,
      destination: isProbe ? ALL_NODES : sourceOf(packet),
      protocol: PROTOCOL_ICMPV6,
      hopLimit: NDP_HOP_LIMIT,
    });
    const length = neighbourAdvertisement.size + options.length;
    this.#outgoing.putChecksum(envelope, length, icmp.offset.checksum);
    this.#outgoing.send(envelope, length);
  }

  /** Checked as RFC 4861 section 6.1.1 lists it. */
  #onRouterSolicitation(packet: Packet): DropReason | undefined {
    if (packet.end - packet.payloadAt < routerSolicitation.size) return 'ndp: malformed';
    const options = optionsOf(packet, routerSolicitation.size);
    if (options === undefined) return 'ndp: malformed';
    const isFromANewcomer = isFromNobody(packet);
    if (isFromANewcomer && linkLayerAddress(options, 'source link-layer address')) {
      return 'ndp: malformed';
    }
    if (isFromANewcomer) this.#router.advertise();
    else this.#router.answer({ mac: sourceMacOf(packet), address: sourceOf(packet) });
    return undefined;
  }
}

function optionsOf({ bytes, payloadAt: at, end }: Packet, after: number): NdpOption[] | undefined {
  try {
    return parseNdpOptions(bytes.subarray(at + after, end));
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** From the unspecified address. */
function isFromNobody(packet: Packet): boolean {
  return sourceOf(packet).every((byte) => byte === 0);
}

function sourceOf({ bytes, sourceAt }: Packet): Uint8Array {
  return bytes.slice(sourceAt, sourceAt + 16);
}

function sourceMacOf({ bytes, ethernetAt }: Packet): Uint8Array {
  const at = ethernetAt + ethernet.offset.source;
  return bytes.slice(at, at + 6);
}
