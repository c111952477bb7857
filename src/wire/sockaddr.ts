/**
 * Socket addresses as plain values: struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)),
 * sockaddr_un (unix(7)), sockaddr_vm (vsock(7)), sockaddr_nl (netlink(7)) and sockaddr_ll
 * (packet(7)). Ports, IP addresses and the protocol of sockaddr_ll are in network order, the rest
 * in the machine's.
 */
import { DecodeError } from '../errors/index.js';
import { be16, be32, bytes, le16, le32, pad, sle32, u8 } from './fields.js';
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from './ip-text.js';
import { dataViewOf, struct, type Fields, type Struct, type Values } from './struct.js';

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const AF_VSOCK = 40;

export interface InetAddress {
  readonly family: 'inet';
  readonly address: string;
  readonly port: number;
}

export interface Inet6Address {
  readonly family: 'inet6';
  readonly address: string;
  readonly port: number;
  readonly flowInfo?: number;
  /** An interface's index: of a link-local address, the link. */
  readonly scopeId?: number;
}

/** A path, or an abstract name; an unnamed socket's address has neither. */
export interface UnixAddress {
  readonly family: 'unix';
  readonly path?: string;
  /** A name that is in no file system but in a network namespace; any bytes. */
  readonly abstract?: Uint8Array;
}

export interface VsockAddress {
  readonly family: 'vsock';
  readonly cid: number;
  readonly port: number;
}

export interface NetlinkAddress {
  readonly family: 'netlink';
  readonly portId: number;
  readonly groups: number;
}

export interface PacketAddress {
  readonly family: 'packet';
  /** An EtherType, as a number. */
  readonly protocol: number;
  readonly interfaceIndex: number;
  readonly hardwareType?: number;
  readonly packetType?: number;
  readonly hardwareAddress?: Uint8Array;
}

export type SocketAddress =
  InetAddress | Inet6Address | UnixAddress | VsockAddress | NetlinkAddress | PacketAddress;

export const sockaddrIn = struct('sockaddr_in', 16, {
  family: le16,
  port: be16,
  address: bytes(4),
  _zero: pad(8),
});

export const sockaddrIn6 = struct('sockaddr_in6', 28, {
  family: le16,
  port: be16,
  flowInfo: be32,
  address: bytes(16),
  scopeId: le32,
});

export const sockaddrVm = struct('sockaddr_vm', 16, {
  family: le16,
  _reserved: pad(2),
  port: le32,
  cid: le32,
  _zero: pad(4),
});

export const sockaddrNl = struct('sockaddr_nl', 12, {
  family: le16,
  _pad: pad(2),
  portId: le32,
  groups: le32,
});

export const sockaddrLl = struct('sockaddr_ll', 20, {
  family: le16,
  protocol: be16,
  interfaceIndex: sle32,
  hardwareType: le16,
  packetType: u8,
  addressLength: u8,
  address: bytes(8),
});

/** struct sockaddr_storage: room for any address. */
export const SOCKADDR_STORAGE_SIZE = 128;
/** sun_path; a path needs one byte of it for its NUL. */
export const UNIX_PATH_SIZE = 108;
const UNIX_PATH_AT = 2;

export function emitSocketAddress(address: SocketAddress): Uint8Array {
  switch (address.family) {
    case 'inet':
      return emit(sockaddrIn, { family: AF_INET, ...inetValues(address) });
    case 'inet6':
      return emit(sockaddrIn6, { family: AF_INET6, ...inet6Values(address) });
    case 'unix':
      return emitUnix(address);
    case 'vsock':
      return emit(sockaddrVm, { ...address, family: AF_VSOCK });
    case 'netlink':
      return emit(sockaddrNl, { ...address, family: AF_NETLINK });
    case 'packet':
      return emit(sockaddrLl, { family: AF_PACKET, ...packetValues(address) });
  }
}

function emit<F extends Fields>(table: Struct<F>, values: Values<F>): Uint8Array {
  const emitted = new Uint8Array(table.size);
  table.write(dataViewOf(emitted), 0, values);
  return emitted;
}

function inetValues({ address, port }: InetAddress): { port: number; address: Uint8Array } {
  return { port: checkPort(port), address: parsed(parseIPv4(address), address, 'IPv4') };
}

function inet6Values(given: Inet6Address): Omit<Values6, 'family'> {
  const { address, port, flowInfo = 0, scopeId = 0 } = given;
  const inBytes = parsed(parseIPv6(address), address, 'IPv6');
  return { port: checkPort(port), flowInfo, address: inBytes, scopeId };
}

type Values6 = ReturnType<typeof sockaddrIn6.parse>;

function parsed(found: Uint8Array | undefined, text: string, what: string): Uint8Array {
  if (found === undefined) throw new RangeError(`${JSON.stringify(text)} is no ${what} address`);
  return found;
}

function checkPort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new RangeError(`a port is a whole number from 0 to 65535, not ${port}`);
}

type PacketValues = ReturnType<typeof sockaddrLl.parse>;

function packetValues(given: PacketAddress): Omit<PacketValues, 'family'> {
  const { protocol, interfaceIndex, hardwareType = 0, packetType = 0 } = given;
  const { hardwareAddress: address = new Uint8Array() } = given;
  if (address.length > 8) throw new RangeError('a hardware address has at most 8 bytes');
  const addressLength = address.length;
  return { protocol, interfaceIndex, hardwareType, packetType, addressLength, address };
}

function emitUnix({ path, abstract }: UnixAddress): Uint8Array {
  if (path !== undefined && abstract !== undefined) {
    throw new RangeError('a Unix address is a path or an abstract name, not both');
  }
  if (path === '' || path?.includes('\0') === true) {
    throw new RangeError(`${JSON.stringify(path)} is no path for a socket`);
  }
  const name = path === undefined ? abstract : new TextEncoder().encode(path);
  if (name !== undefined && name.length >= UNIX_PATH_SIZE) {
    const most = UNIX_PATH_SIZE - 1;
    throw new RangeError(`a Unix address has at most ${most} bytes, not ${name.length}`);
  }
  // A path ends with a NUL; an abstract name begins with one, and its end is the address's.
  const content = name === undefined ? [] : abstract === undefined ? [...name, 0] : [0, ...name];
  return Uint8Array.of(AF_UNIX, 0, ...content);
}

/** What getsockname(2) and its like answer: as many bytes as they say there are. */
export function parseSocketAddress(given: Uint8Array): SocketAddress {
  const family = given.length < 2 ? -1 : dataViewOf(given).getUint16(0, true);
  switch (family) {
    case AF_INET:
      return parseInet(given);
    case AF_INET6:
      return parseInet6(given);
    case AF_UNIX:
      return parseUnix(given);
    case AF_VSOCK: {
      const { port, cid } = sockaddrVm.parse(given);
      return { family: 'vsock', port, cid };
    }
    case AF_NETLINK: {
      const { portId, groups } = sockaddrNl.parse(given);
      return { family: 'netlink', portId, groups };
    }
    case AF_PACKET:
      return parsePacket(given);
    default:
      throw new DecodeError(`unknown family ${family}`, {
        struct: 'sockaddr',
        offset: 0,
        bytes: given,
      });
  }
}

function parseInet(given: Uint8Array): InetAddress {
  const { address, port } = sockaddrIn.parse(given);
  return { family: 'inet', address: formatIPv4(address), port };
}

function parseInet6(given: Uint8Array): Inet6Address {
  const { address, port, flowInfo, scopeId } = sockaddrIn6.parse(given);
  return {
    family: 'inet6',
    address: formatIPv6(address),
    port,
    ...(flowInfo === 0 ? {} : { flowInfo }),
    ...(scopeId === 0 ? {} : { scopeId }),
  };
}

function parseUnix(given: Uint8Array): UnixAddress {
  const name = given.subarray(UNIX_PATH_AT);
  if (name.length === 0) return { family: 'unix' };
  if (name[0] === 0) return { family: 'unix', abstract: name.slice(1) };
  const end = name.indexOf(0);
  const path = new TextDecoder().decode(end < 0 ? name : name.subarray(0, end));
  return { family: 'unix', path };
}

function parsePacket(given: Uint8Array): PacketAddress {
  // The kernel answers with as many bytes as the address of the device has: pad what is short.
  const padded = new Uint8Array(sockaddrLl.size);
  padded.set(given.subarray(0, padded.length));
  const { protocol, interfaceIndex, hardwareType, packetType, ...rest } = sockaddrLl.parse(padded);
  const hardwareAddress = rest.address.slice(0, Math.min(rest.addressLength, 8));
  return {
    family: 'packet',
    ...{ protocol, interfaceIndex, hardwareType, packetType, hardwareAddress },
  };
}
