/** DHCPv6 (RFC 8415): messages between client and server, and options as they come. */
import { DecodeError } from '../../errors/index.js';
import { be16, be32, bytes } from '../fields.js';
import { dataViewOf, struct, type StructValue } from '../struct.js';
import { Writer } from '../writer.js';

/** The type in the upper 8 bits, the transaction's id in the others (section 8). */
const header = struct('dhcpv6', 4, { typeAndTransaction: be32 });

/** Section 21.1. */
const optionHeader = struct('dhcpv6 option', 4, { code: be16, length: be16 });

/** Section 21.4, before its options. */
const iaNa = struct('IA_NA', 12, { iaid: be32, t1: be32, t2: be32 });

/** Section 21.6, before its options. */
const iaAddress = struct('IA address', 24, {
  address: bytes(16),
  /** Seconds. */
  preferredLifetime: be32,
  validLifetime: be32,
});

export const DHCPV6_SERVER_PORT = 547;
export const DHCPV6_CLIENT_PORT = 546;

export interface Dhcpv6Option {
  readonly code: number;
  readonly value: Uint8Array;
}

export interface Dhcpv6Message {
  readonly type: number;
  /** 24 bits. */
  readonly transaction: number;
  readonly options: readonly Dhcpv6Option[];
}

/** Throws DecodeError. */
export function parseDhcpv6(bytes: Uint8Array): Dhcpv6Message {
  const { typeAndTransaction } = header.parse(bytes);
  return {
    type: typeAndTransaction >>> 24,
    transaction: typeAndTransaction & 0xff_ffff,
    options: parseDhcpv6Options(bytes.subarray(header.size)),
  };
}

/** Of a message, or those inside an option. Throws DecodeError. */
export function parseDhcpv6Options(bytes: Uint8Array): Dhcpv6Option[] {
  const options: Dhcpv6Option[] = [];
  for (let at = 0; at < bytes.length;) {
    const { code, length } = optionHeader.parse(bytes, at);
    const end = at + optionHeader.size + length;
    if (end > bytes.length) {
      throw new DecodeError('too long', { struct: optionHeader.name, offset: at, bytes });
    }
    options.push({ code, value: bytes.slice(at + optionHeader.size, end) });
    at = end;
  }
  return options;
}

export function emitDhcpv6({ type, transaction, options }: Dhcpv6Message): Uint8Array {
  const head = new Uint8Array(header.size);
  header.write(dataViewOf(head), 0, { typeAndTransaction: ((type << 24) | transaction) >>> 0 });
  return Uint8Array.of(...head, ...emitDhcpv6Options(options));
}

export function emitDhcpv6Options(options: readonly Dhcpv6Option[]): Uint8Array {
  const writer = new Writer();
  for (const { code, value } of options) {
    const at = writer.reserve(optionHeader.size);
    optionHeader.write(writer.view, at, { code, length: value.length });
    writer.append(value);
  }
  return writer.finish();
}

/** An address association: what a client wants addresses for. */
export interface IaNa extends StructValue<typeof iaNa> {
  readonly options: readonly Dhcpv6Option[];
}

/** Throws DecodeError. */
export function parseIaNa(value: Uint8Array): IaNa {
  return { ...iaNa.parse(value), options: parseDhcpv6Options(value.subarray(iaNa.size)) };
}

export function emitIaNa({ options, ...fields }: IaNa): Uint8Array {
  const head = new Uint8Array(iaNa.size);
  iaNa.write(dataViewOf(head), 0, fields);
  return Uint8Array.of(...head, ...emitDhcpv6Options(options));
}

export type IaAddress = StructValue<typeof iaAddress>;

/** Its options are left out. Throws DecodeError. */
export function parseIaAddress(value: Uint8Array): IaAddress {
  return iaAddress.parse(value);
}

export function emitIaAddress(fields: IaAddress): Uint8Array {
  const bytes = new Uint8Array(iaAddress.size);
  iaAddress.write(dataViewOf(bytes), 0, fields);
  return bytes;
}
