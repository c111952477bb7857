/**
 * A DHCPv6 server (RFC 8415) for a network with one guest: name server and search domains for whoever
 * asks, and the guest's address for clients that want it from a server. Nothing is remembered.
 */
import { DecodeError } from '../../errors/index.js';
import {
  DHCPV6_CLIENT_PORT,
  DHCPV6_SERVER_PORT,
  dhcpv6Options as codes,
  dhcpv6Status as status,
  dhcpv6Types as types,
  emitDhcpv6,
  emitDomainNames,
  emitIaAddress,
  emitIaNa,
  ethernet,
  isSame,
  networkOf,
  parseDhcpv6,
  parseIaAddress,
  parseIaNa,
  udp,
  type Dhcpv6Message,
  type Dhcpv6Option,
} from '../../wire/index.js';
import { linkLocalOf } from '../addresses.js';
import type { DropReason } from '../drops.js';
import type { Outgoing } from '../outgoing.js';
import type { Packet } from '../packet.js';
import type { FamilySettings, StackSettings } from '../settings.js';
import { sendDatagram } from '../single-datagram.js';

/** Seconds; when to ask again, as section 21.4 recommends it: after 0.5 and 0.8 of the lifetime. */
const LIFETIME = 86_400;
const T1 = 0.5 * LIFETIME;
const T2 = 0.8 * LIFETIME;

/** All_DHCP_Relay_Agents_and_Servers, ff02::1:2. */
const SERVERS = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2);

export class Dhcpv6Server {
  readonly #outgoing: Outgoing;
  readonly #settings: StackSettings;
  /** DUID-LL: our MAC address (section 11.4). */
  readonly #duid: Uint8Array;

  constructor(outgoing: Outgoing, settings: StackSettings) {
    this.#outgoing = outgoing;
    this.#settings = settings;
    this.#duid = Uint8Array.of(0, 3, 0, 1, ...settings.mac);
  }

  /** A datagram to the server's port, checked as UDP. */
  onDatagram(packet: Packet): DropReason | undefined {
    const { ipv6 } = this.#settings;
    if (ipv6 === undefined || !isToServers(packet)) return 'ip: multicast or broadcast';
    try {
      const message = messageOf(packet);
      const answer = this.#answerTo(message, ipv6);
      if (answer) this.#send(packet, { ...answer, transaction: message.transaction });
      return undefined;
    } catch (error) {
      if (error instanceof DecodeError) return 'dhcp: malformed';
      throw error;
    }
  }

  #answerTo(message: Dhcpv6Message, family: FamilySettings): Answer | undefined {
    const { type, options } = message;
    if (!this.#isValid(message)) return undefined;
    const about = this.#identification(options);
    const answer = (replyType: number, more: readonly Dhcpv6Option[]): Answer => {
      return { type: replyType, options: [...about, ...more] };
    };
    switch (type) {
      case types.SOLICIT: {
        const assigned = [...assign(options, family), ...this.#configuration(family)];
        const commit = options.find(({ code }) => code === codes.RAPID_COMMIT);
        return commit
          ? answer(types.REPLY, [commit, ...assigned])
          : answer(types.ADVERTISE, assigned);
      }
      case types.REQUEST:
      case types.RENEW:
      case types.REBIND:
        return answer(types.REPLY, [...assign(options, family), ...this.#configuration(family)]);
      case types['INFORMATION-REQUEST']:
        if (iasOf(options).length > 0) return undefined;
        return answer(types.REPLY, this.#configuration(family));
      case types.CONFIRM: {
        const verdict = confirm(options, family);
        return verdict === undefined ? undefined : answer(types.REPLY, [statusOption(verdict)]);
      }
      // RELEASE and DECLINE: the address is nobody else's all the same.
      default:
        return answer(types.REPLY, [statusOption(status.Success)]);
    }
  }

  /** Section 16. */
  #isValid({ type, options }: Dhcpv6Message): boolean {
    const named = mustName.get(type);
    if (named === undefined) return false;
    const client = options.some(({ code }) => code === codes.CLIENTID);
    const server = options.find(({ code }) => code === codes.SERVERID);
    if (named.client && !client) return false;
    if (server === undefined) return !named.server;
    return named.server !== false && isSame(server.value, this.#duid);
  }

  #identification(options: readonly Dhcpv6Option[]): Dhcpv6Option[] {
    const client = options.filter(({ code }) => code === codes.CLIENTID);
    return [...client, { code: codes.SERVERID, value: this.#duid }];
  }

  #configuration({ dns }: FamilySettings): Dhcpv6Option[] {
    const domains = emitDomainNames(this.#settings.searchDomains ?? []);
    const options: Dhcpv6Option[] = [{ code: codes.DNS_SERVERS, value: dns }];
    if (domains.length > 0) options.push({ code: codes.DOMAIN_LIST, value: domains });
    return options;
  }

  #send({ bytes, ethernetAt, sourceAt }: Packet, answer: Dhcpv6Message): void {
    const macAt = ethernetAt + ethernet.offset.source;
    const { mac } = this.#settings;
    sendDatagram(this.#outgoing, emitDhcpv6(answer), {
      sourceMac: mac,
      destinationMac: bytes.slice(macAt, macAt + 6),
      source: linkLocalOf(mac),
      destination: bytes.slice(sourceAt, sourceAt + 16),
      sourcePort: DHCPV6_SERVER_PORT,
      destinationPort: DHCPV6_CLIENT_PORT,
    });
  }
}

interface Named {
  readonly client: boolean;
  /** Undefined: it may be. */
  readonly server: boolean | undefined;
}

/** Who is to be named in a message of a client's, and who must not be. */
const mustName: ReadonlyMap<number, Named> = new Map([
  [types.SOLICIT, { client: true, server: false }],
  [types.REQUEST, { client: true, server: true }],
  [types.CONFIRM, { client: true, server: false }],
  [types.RENEW, { client: true, server: true }],
  [types.REBIND, { client: true, server: false }],
  [types.RELEASE, { client: true, server: true }],
  [types.DECLINE, { client: true, server: true }],
  [types['INFORMATION-REQUEST'], { client: false, server: undefined }],
]);

type Answer = Omit<Dhcpv6Message, 'transaction'>;

function isToServers({ bytes, destinationAt }: Packet): boolean {
  return isSame(bytes.subarray(destinationAt, destinationAt + 16), SERVERS);
}

function messageOf({ bytes, view, payloadAt }: Packet): Dhcpv6Message {
  const end = payloadAt + view.getUint16(payloadAt + udp.offset.length);
  return parseDhcpv6(bytes.subarray(payloadAt + udp.size, end));
}

const iasOf = (options: readonly Dhcpv6Option[]): Dhcpv6Option[] =>
  options.filter(({ code }) => code === codes.IA_NA);

/** The addresses that a client names in an association. */
const addressesIn = (options: readonly Dhcpv6Option[]): Uint8Array[] =>
  options.flatMap(({ code, value }) =>
    code === codes.IAADDR ? [parseIaAddress(value).address] : [],
  );

/** The guest's address for the first association; others get none, and lose what they have. */
function assign(options: readonly Dhcpv6Option[], { guest }: FamilySettings): Dhcpv6Option[] {
  return iasOf(options).map(({ code, value }, i) => {
    const { iaid, options: wanted } = parseIaNa(value);
    const others = addressesIn(wanted).filter((address) => i > 0 || !isSame(address, guest));
    const gone = others.map((address) => addressOption(address, 0));
    const given = i === 0 ? addressOption(guest, LIFETIME) : statusOption(status.NoAddrsAvail);
    return { code, value: emitIaNa({ iaid, t1: T1, t2: T2, options: [given, ...gone] }) };
  });
}

/** Section 18.3.3; undefined: there is nothing to confirm. */
function confirm(
  options: readonly Dhcpv6Option[],
  { network, prefixLength }: FamilySettings,
): number | undefined {
  const addresses = iasOf(options).flatMap(({ value }) => addressesIn(parseIaNa(value).options));
  if (addresses.length === 0) return undefined;
  const isOnLink = (address: Uint8Array): boolean =>
    isSame(networkOf(address, prefixLength), network);
  return addresses.every(isOnLink) ? status.Success : status.NotOnLink;
}

function addressOption(address: Uint8Array, lifetime: number): Dhcpv6Option {
  const fields = { address, preferredLifetime: lifetime, validLifetime: lifetime };
  return { code: codes.IAADDR, value: emitIaAddress(fields) };
}

function statusOption(code: number): Dhcpv6Option {
  return { code: codes.STATUS_CODE, value: Uint8Array.of(code >> 8, code & 255) };
}
