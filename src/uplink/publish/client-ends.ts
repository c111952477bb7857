/**
 * The two ends, inside, of a flow that a client of the host's begins. Its address is kept where it
 * can exist inside. It cannot when it is the host's loopback, lies in the namespace's own network, is
 * of a family that the namespace lacks, or has no way back: then the client appears as the gateway.
 */
import { isSomebodys, type FamilySettings, type FlowEnds } from '../../stack/index.js';
import { isWithin } from '../../wire/index.js';

export interface ClientNetwork {
  readonly ipv4?: FamilySettings | undefined;
  readonly ipv6?: FamilySettings | undefined;
  /** Whether the namespace has a default route by IPv6. */
  readonly ipv6IsDefault?: boolean | undefined;
  /** Lead to 127.0.0.1 inside. Of ::1 the kernel takes no packet from any device but lo. */
  readonly publishesLoopback?: boolean | undefined;
}

export interface Client {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
}

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
/** Ports for clients whose own is taken inside (RFC 6335 section 6: dynamic ones). */
const FIRST_DYNAMIC_PORT = 49_152;
const DYNAMIC_PORTS = 65_536 - FIRST_DYNAMIC_PORT;
const ATTEMPTS = 64;

/** Undefined: the namespace has no address. */
export function endsForClient(
  network: ClientNetwork,
  client: Client,
  namespacePort: number,
): FlowEnds | undefined {
  const { ipv4, ipv6, publishesLoopback = false } = network;
  const wants4 = client.address.length === 4 || publishesLoopback;
  const family = (wants4 ? ipv4 : ipv6) ?? ipv4 ?? ipv6;
  if (family === undefined) return undefined;
  const { guest, gateway } = family;
  return {
    version: guest.length === 4 ? 4 : 6,
    namespaceAddress: publishesLoopback && guest.length === 4 ? LOOPBACK : guest,
    namespacePort,
    remoteAddress: canExist(network, family, client.address) ? client.address : gateway,
    remotePort: client.port,
  };
}

function canExist(
  { ipv6IsDefault = false }: ClientNetwork,
  { network, prefixLength, guest }: FamilySettings,
  address: Uint8Array,
): boolean {
  if (address.length !== guest.length || !isSomebodys(address)) return false;
  if (isWithin(address, network, prefixLength)) return false;
  return address.length === 4 || (ipv6IsDefault && !isLinkLocal(address));
}

/** Of a link of the host's, not of this one. */
function isLinkLocal([first = 0, second = 0]: Uint8Array): boolean {
  return first === 0xfe && (second & 0xc0) === 0x80;
}

/** The same with another port, when there is such a flow already. */
export function freeEnds(
  ends: FlowEnds,
  isTaken: (ends: FlowEnds) => boolean,
  random: () => number,
): FlowEnds {
  let free = ends;
  for (let i = 0; i < ATTEMPTS && isTaken(free); i++) {
    free = { ...ends, remotePort: FIRST_DYNAMIC_PORT + ((random() >>> 0) % DYNAMIC_PORTS) };
  }
  return free;
}
