/**
 * DHCP for IPv4 (RFC 2131 section 2), with the RFC's names of fields, and its options as they come
 * (RFC 2132). An option that comes more than once is one long option (RFC 3396). Options that a
 * message keeps in `sname` and `file` are not read: no client needs the room.
 */
import { DecodeError } from '../../errors/index.js';
import { be16, be32, bytes, u8 } from '../fields.js';
import { dataViewOf, struct, type StructValue } from '../struct.js';

export const dhcpHeader = struct('dhcp', 240, {
  op: u8,
  htype: u8,
  hlen: u8,
  hops: u8,
  xid: be32,
  secs: be16,
  flags: be16,
  /** The client's address, if it has one. */
  ciaddr: bytes(4),
  /** The one it is given. */
  yiaddr: bytes(4),
  siaddr: bytes(4),
  /** The relay's that passed the message on. */
  giaddr: bytes(4),
  /** The client's hardware address. */
  chaddr: bytes(16),
  sname: bytes(64),
  file: bytes(128),
  cookie: be32,
});

export const BOOTREQUEST = 1;
export const BOOTREPLY = 2;
/** The client cannot take a reply that is not broadcast. */
export const DHCP_BROADCAST = 0x8000;
const MAGIC_COOKIE = 0x6382_5363;

export const DHCP_SERVER_PORT = 67;
export const DHCP_CLIENT_PORT = 68;

export type DhcpOptions = ReadonlyMap<number, Uint8Array>;

export interface DhcpMessage extends Omit<StructValue<typeof dhcpHeader>, 'cookie'> {
  readonly options: DhcpOptions;
}

const PAD = 0;
const END = 255;
const OPTION_MAX = 255;
/** BOOTP's: shorter messages may be dropped on the way (RFC 1542 section 2.1). */
const MESSAGE_MIN = 300;

/** Throws DecodeError. */
export function parseDhcp(bytes: Uint8Array): DhcpMessage {
  const { cookie, ...fields } = dhcpHeader.parse(bytes);
  if (cookie !== MAGIC_COOKIE) throw failure('no magic cookie', dhcpHeader.offset.cookie, bytes);
  return { ...fields, options: parseOptions(bytes) };
}

function parseOptions(bytes: Uint8Array): DhcpOptions {
  const options = new Map<number, Uint8Array>();
  for (let at: number = dhcpHeader.size; at < bytes.length;) {
    const code = bytes[at] ?? END;
    if (code === END) break;
    const length = code === PAD ? -1 : bytes[at + 1];
    if (length === undefined || at + 2 + length > bytes.length) {
      throw failure('an option beyond the end', at, bytes);
    }
    if (code !== PAD) {
      const before = options.get(code) ?? new Uint8Array(0);
      const value = bytes.subarray(at + 2, at + 2 + length);
      options.set(code, Uint8Array.of(...before, ...value));
    }
    at += 2 + length;
  }
  return options;
}

export function emitDhcp({ options, ...fields }: DhcpMessage): Uint8Array {
  const encoded = [...options].flatMap(([code, value]) => emitOption(code, value));
  const length = dhcpHeader.size + encoded.length + 1;
  const bytes = new Uint8Array(Math.max(MESSAGE_MIN, length));
  dhcpHeader.write(dataViewOf(bytes), 0, { ...fields, cookie: MAGIC_COOKIE });
  bytes.set([...encoded, END], dhcpHeader.size);
  return bytes;
}

function emitOption(code: number, value: Uint8Array): number[] {
  const encoded: number[] = [];
  let at = 0;
  do {
    const part = value.subarray(at, at + OPTION_MAX);
    encoded.push(code, part.length, ...part);
    at += OPTION_MAX;
  } while (at < value.length);
  return encoded;
}

function failure(problem: string, offset: number, bytes: Uint8Array): DecodeError {
  return new DecodeError(problem, { struct: 'dhcp', offset, bytes });
}
