/** Options of neighbour discovery (RFC 4861 section 4.6, RFC 8106). Unknown ones are kept as bytes. */
import { DecodeError } from '../../errors/index.js';
import { emitDomainNames, parseDomainNames } from '../domain-names.js';
import { be32, bytes, pad, u8 } from '../fields.js';
import { struct, type Fields, type Struct, type StructValue, type Values } from '../struct.js';
import { Writer } from '../writer.js';

/** The kernel's names (net/ndisc.h). */
export const ND_OPT_SOURCE_LL_ADDR = 1;
export const ND_OPT_TARGET_LL_ADDR = 2;
export const ND_OPT_PREFIX_INFO = 3;
export const ND_OPT_MTU = 5;
export const ND_OPT_RDNSS = 25;
export const ND_OPT_DNSSL = 31;

const prefixInformation = struct('prefix information option', 32, {
  type: u8,
  length: u8,
  prefixLength: u8,
  flags: u8,
  /** Seconds; all ones: for ever. */
  validLifetime: be32,
  preferredLifetime: be32,
  _reserved: pad(4),
  prefix: bytes(16),
});

const mtuOption = struct('MTU option', 8, { type: u8, length: u8, _reserved: pad(2), mtu: be32 });

/** Before the addresses or names. */
const dnsOption = struct('DNS option', 8, {
  type: u8,
  length: u8,
  _reserved: pad(2),
  lifetime: be32,
});

/** Addresses with the prefix are on this link; hosts may make themselves one. */
export const ND_PREFIX_ON_LINK = 0x80;
export const ND_PREFIX_AUTONOMOUS = 0x40;

type PrefixInformation = Omit<StructValue<typeof prefixInformation>, 'type' | 'length'>;

export type NdpOption =
  | { readonly kind: 'source link-layer address'; readonly mac: Uint8Array }
  | { readonly kind: 'target link-layer address'; readonly mac: Uint8Array }
  | ({ readonly kind: 'prefix information' } & PrefixInformation)
  | { readonly kind: 'mtu'; readonly mtu: number }
  | {
      readonly kind: 'dns servers';
      readonly lifetime: number;
      readonly servers: readonly Uint8Array[];
    }
  | {
      readonly kind: 'search domains';
      readonly lifetime: number;
      readonly domains: readonly string[];
    }
  /** Padded with zeros to a multiple of 8 bytes, type and length included. */
  | { readonly kind: 'unknown'; readonly type: number; readonly value: Uint8Array };

/** Throws DecodeError: a length of 0, or past the end, makes the whole message void. */
export function parseNdpOptions(bytes: Uint8Array): NdpOption[] {
  const options: NdpOption[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 8 * (bytes[at + 1] ?? 0);
    if (length === 0 || at + length > bytes.length) {
      throw new DecodeError('impossible length', { struct: 'NDP option', offset: at, bytes });
    }
    options.push(parseOption(bytes.subarray(at, at + length)));
    at += length;
  }
  return options;
}

function parseOption(bytes: Uint8Array): NdpOption {
  const [type = 0] = bytes;
  switch (type) {
    case ND_OPT_SOURCE_LL_ADDR:
      return { kind: 'source link-layer address', mac: bytes.slice(2, 8) };
    case ND_OPT_TARGET_LL_ADDR:
      return { kind: 'target link-layer address', mac: bytes.slice(2, 8) };
    case ND_OPT_PREFIX_INFO: {
      const { type: _, length: __, ...values } = prefixInformation.parse(bytes);
      return { kind: 'prefix information', ...values };
    }
    case ND_OPT_MTU:
      return { kind: 'mtu', mtu: mtuOption.parse(bytes).mtu };
    case ND_OPT_RDNSS: {
      const { lifetime } = dnsOption.parse(bytes);
      return { kind: 'dns servers', lifetime, servers: addressesOf(bytes) };
    }
    case ND_OPT_DNSSL: {
      const { lifetime } = dnsOption.parse(bytes);
      const domains = parseDomainNames(bytes.subarray(dnsOption.size));
      return { kind: 'search domains', lifetime, domains };
    }
    default:
      return { kind: 'unknown', type, value: bytes.slice(2) };
  }
}

function addressesOf(bytes: Uint8Array): Uint8Array[] {
  const count = Math.floor((bytes.length - dnsOption.size) / 16);
  return Array.from({ length: count }, (_, i) => {
    const at = dnsOption.size + 16 * i;
    return bytes.slice(at, at + 16);
  });
}

export function emitNdpOptions(options: readonly NdpOption[]): Uint8Array {
  const writer = new Writer();
  for (const option of options) {
    const at = writer.length;
    writeOption(writer, option);
    writer.align(8);
    writer.view.setUint8(at + 1, (writer.length - at) / 8);
  }
  return writer.finish();
}

function writeOption(writer: Writer, option: NdpOption): void {
  switch (option.kind) {
    case 'source link-layer address':
      writer.append(Uint8Array.of(ND_OPT_SOURCE_LL_ADDR, 0, ...option.mac));
      break;
    case 'target link-layer address':
      writer.append(Uint8Array.of(ND_OPT_TARGET_LL_ADDR, 0, ...option.mac));
      break;
    case 'prefix information':
      writeStruct(writer, prefixInformation, { type: ND_OPT_PREFIX_INFO, length: 0, ...option });
      break;
    case 'mtu':
      writeStruct(writer, mtuOption, { type: ND_OPT_MTU, length: 0, ...option });
      break;
    case 'dns servers':
      writeStruct(writer, dnsOption, { type: ND_OPT_RDNSS, length: 0, ...option });
      option.servers.forEach((server) => writer.append(server));
      break;
    case 'search domains':
      writeStruct(writer, dnsOption, { type: ND_OPT_DNSSL, length: 0, ...option });
      writer.append(emitDomainNames(option.domains));
      break;
    case 'unknown':
      writer.append(Uint8Array.of(option.type, 0, ...option.value));
  }
}

function writeStruct<F extends Fields>(writer: Writer, of: Struct<F>, values: Values<F>): void {
  const at = writer.reserve(of.size);
  of.write(writer.view, at, values);
}

/** The link-layer address in these options, if there is one. */
export function linkLayerAddress(
  options: readonly NdpOption[],
  kind: 'source link-layer address' | 'target link-layer address',
): Uint8Array | undefined {
  const found = options.find((option) => option.kind === kind);
  return found?.kind === kind ? found.mac : undefined;
}
