/**
 * A DHCP server (RFC 2131) for a network with one guest: whoever asks gets the guest's address, and
 * hears of router, name server, search domains and MTU. Nothing is remembered, so nothing can run
 * out: a lease only says when to ask again.
 */
import { DecodeError } from '../../errors/index.js';
import {
  BOOTREPLY,
  BOOTREQUEST,
  BROADCAST_MAC,
  DHCP_BROADCAST,
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  dhcpMessageTypes,
  dhcpOptions,
  emitDhcp,
  emitDomainNames,
  isSame,
  networkOf,
  parseDhcp,
  udp,
  type DhcpMessage,
} from '../../wire/index.js';
import { broadcastAddress } from '../addresses.js';
import type { DropReason } from '../drops.js';
import type { Outgoing } from '../outgoing.js';
import type { Packet } from '../packet.js';
import type { FamilySettings, StackSettings } from '../settings.js';
import { sendDatagram } from '../single-datagram.js';

const LEASE_SECONDS = 86_400;

const NOTHING = new Uint8Array(0);
const NOBODY = new Uint8Array(4);
const EVERYBODY = new Uint8Array(4).fill(255);

type Option = readonly [number, Uint8Array];

const { DHCPDISCOVER, DHCPOFFER, DHCPREQUEST, DHCPACK, DHCPNAK, DHCPINFORM } = dhcpMessageTypes;

export class DhcpServer {
  readonly #outgoing: Outgoing;
  readonly #settings: StackSettings;

  constructor(outgoing: Outgoing, settings: StackSettings) {
    this.#outgoing = outgoing;
    this.#settings = settings;
  }

  /** A datagram to the server's port, checked as UDP. */
  onDatagram(packet: Packet): DropReason | undefined {
    const { ipv4 } = this.#settings;
    const request = parsed(packet);
    if (request === undefined || ipv4 === undefined) return 'dhcp: malformed';
    // A relay's clients are on another network than ours.
    if (!isSame(request.giaddr, NOBODY)) return 'dhcp: malformed';
    const type = answerTo(request, ipv4);
    if (type !== undefined) this.#answer(request, type, ipv4);
    return undefined;
  }

  #answer(request: DhcpMessage, type: number, family: FamilySettings): void {
    const { gateway } = family;
    const isRefused = type === DHCPNAK;
    const isLease = !isRefused && typeOf(request) !== DHCPINFORM;
    const yiaddr = isLease ? family.guest : NOBODY;
    const options: Option[] = [
      [dhcpOptions.messageType, Uint8Array.of(type)],
      [dhcpOptions.serverIdentifier, gateway],
    ];
    if (isLease) options.push([dhcpOptions.leaseTime, be32Of(LEASE_SECONDS)]);
    if (!isRefused) options.push(...this.#configuration(family));
    const reply = emitDhcp({
      ...request,
      ...{ op: BOOTREPLY, hops: 0, secs: 0 },
      ...{ yiaddr, siaddr: NOBODY, sname: NOTHING, file: NOTHING },
      options: new Map(options),
    });
    const destination = isRefused ? EVERYBODY : receiverOf(request, yiaddr);
    sendDatagram(this.#outgoing, reply, {
      sourceMac: this.#settings.mac,
      destinationMac: isSame(destination, EVERYBODY) ? BROADCAST_MAC : request.chaddr.slice(0, 6),
      source: gateway,
      destination,
      sourcePort: DHCP_SERVER_PORT,
      destinationPort: DHCP_CLIENT_PORT,
    });
  }

  #configuration(family: FamilySettings): Option[] {
    const { mtu, searchDomains = [] } = this.#settings;
    const options: Option[] = [
      [dhcpOptions.subnetMask, networkOf(EVERYBODY, family.prefixLength)],
      [dhcpOptions.router, family.gateway],
      [dhcpOptions.nameServers, family.dns],
      [dhcpOptions.broadcastAddress, broadcastAddress(family)],
      [dhcpOptions.interfaceMtu, Uint8Array.of(mtu >> 8, mtu & 255)],
    ];
    const [first] = searchDomains;
    if (first === undefined) return options;
    // Old clients know the one domain only.
    options.push([dhcpOptions.domainName, Uint8Array.from(first, (c) => c.charCodeAt(0))]);
    options.push([dhcpOptions.domainSearch, emitDomainNames(searchDomains)]);
    return options;
  }
}

/** A request of a client on Ethernet. */
function parsed({ bytes, payloadAt, view }: Packet): DhcpMessage | undefined {
  const end = payloadAt + view.getUint16(payloadAt + udp.offset.length);
  try {
    const message = parseDhcp(bytes.subarray(payloadAt + udp.size, end));
    const { op, htype, hlen } = message;
    return op === BOOTREQUEST && htype === 1 && hlen === 6 ? message : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function typeOf({ options }: DhcpMessage): number | undefined {
  return options.get(dhcpOptions.messageType)?.[0];
}

/** Section 4.3: the type of the answer, if there is one. */
function answerTo(request: DhcpMessage, { guest, gateway }: FamilySettings): number | undefined {
  const { options, ciaddr } = request;
  switch (typeOf(request)) {
    case DHCPDISCOVER:
      return DHCPOFFER;
    case DHCPINFORM:
      return DHCPACK;
    case DHCPREQUEST: {
      const server = options.get(dhcpOptions.serverIdentifier);
      // Another server's offer was taken.
      if (server && !isSame(server, gateway)) return undefined;
      const wanted = options.get(dhcpOptions.requestedAddress) ?? ciaddr;
      return isSame(wanted, guest) ? DHCPACK : DHCPNAK;
    }
    // Declined or released: the address is nobody else's all the same.
    default:
      return undefined;
  }
}

/** Section 4.1: where the answer goes. */
function receiverOf({ ciaddr, flags }: DhcpMessage, yiaddr: Uint8Array): Uint8Array {
  if (!isSame(ciaddr, NOBODY)) return ciaddr;
  const isUnreachable = (flags & DHCP_BROADCAST) !== 0 || isSame(yiaddr, NOBODY);
  return isUnreachable ? EVERYBODY : yiaddr;
}

function be32Of(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
