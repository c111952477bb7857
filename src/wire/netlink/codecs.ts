/** Values of attributes: integers, texts, addresses, structs, nested tables. */
import { DecodeError } from '../../errors/index.js';
import { be16 as be16Field, be32 as be32Field, be64 as be64Field } from '../fields.js';
import { le16, le32, le64, sle32, u8 as u8Field } from '../fields.js';
import { formatIp, parseIp } from '../ip-text.js';
import { struct, type Field, type Fields, type Struct, type Values } from '../struct.js';
import type { Writer } from '../writer.js';
import {
  rawAttributes,
  writeAttribute,
  type AttributeTable,
  type AttributeValues,
  type Codec,
  type Entries,
} from './attributes.js';
import { NLA_F_NESTED } from './constants.js';

export const u8 = integer('u8', u8Field);
export const u16 = integer('u16', le16);
export const u32 = integer('u32', le32);
export const s32 = integer('s32', sle32);
export const u64 = integer('u64', le64);
export const be16 = integer('be16', be16Field);
export const be32 = integer('be32', be32Field);
export const be64 = integer('be64', be64Field);

function integer<T>(name: string, field: Field<T>): Codec<T> {
  const one = struct(name, field.size, { value: field }) as unknown as Struct<{ value: Field<T> }>;
  return {
    name,
    parse: (bytes) => {
      if (bytes.length !== field.size) throw wrongLength(name, bytes);
      return (one.parse(bytes) as { value: T }).value;
    },
    write: (writer, value) => {
      const at = writer.reserve(field.size);
      one.write(writer.view, at, { value } as Values<{ value: Field<T> }>);
    },
  };
}

/** There or not there, with no value: NLA_FLAG. */
export const flag: Codec<true> = {
  name: 'flag',
  parse: () => true,
  write: () => undefined,
};

export const bytes: Codec<Uint8Array> = {
  name: 'bytes',
  parse: (payload) => payload.slice(),
  write: (writer, value) => {
    writer.append(value);
  },
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A text with a NUL at its end, as NLA_NUL_STRING wants it; the kernel may leave the NUL out. */
export const text: Codec<string> = {
  name: 'text',
  parse: (payload) => {
    const end = payload.indexOf(0);
    return decoder.decode(end < 0 ? payload : payload.subarray(0, end));
  },
  write: (writer, value) => {
    if (value.includes('\0')) throw new TypeError(`a NUL byte in ${JSON.stringify(value)}`);
    writer.append(encoder.encode(`${value}\0`));
  },
};

/** A link-layer address of any length: `02:00:00:00:00:01`. */
export const hardwareAddress: Codec<string> = {
  name: 'hardwareAddress',
  parse: (payload) => Array.from(payload, (byte) => byte.toString(16).padStart(2, '0')).join(':'),
  write: (writer, value) => {
    const parts = value === '' ? [] : value.split(':');
    if (!parts.every((part) => /^[0-9a-f]{1,2}$/i.test(part))) {
      throw new TypeError(`${value} is no link-layer address`);
    }
    writer.append(Uint8Array.from(parts, (part) => Number.parseInt(part, 16)));
  },
};

/** An IPv4 or IPv6 address; its length says which. */
export const ip: Codec<string> = {
  name: 'ip',
  parse: (payload) => {
    if (payload.length !== 4 && payload.length !== 16) throw wrongLength('ip', payload);
    return formatIp(payload);
  },
  write: (writer, value) => {
    const address = parseIp(value);
    if (address === undefined) throw new TypeError(`${value} is no IP address`);
    writer.append(address);
  },
};

/** A struct; what a newer kernel has added at its end is not looked at. */
export function structure<F extends Fields>(type: Struct<F>): Codec<Values<F>> {
  return {
    name: type.name,
    parse: (payload) => type.parse(payload),
    write: (writer, value) => {
      const at = writer.reserve(type.size);
      type.write(writer.view, at, value);
    },
  };
}

/** Attributes inside an attribute. Whether NLA_F_NESTED is set depends on how old the place is. */
export function nested<E extends Entries>(
  table: AttributeTable<E>,
  { flagged = false }: { flagged?: boolean } = {},
): Codec<AttributeValues<E>> {
  return {
    name: 'nested',
    parse: (payload) => table.parse(payload),
    write: (writer, value) => {
      table.write(writer, value);
    },
    flags: flagged ? NLA_F_NESTED : 0,
    inner: () => ({ table: table, at: 0 }),
  };
}

/** Attributes of one type, one after the other: IFLA_PROP_LIST, NFTA_LIST_ELEM. */
export function listOf<T>(name: string, type: number, codec: Codec<T>): Codec<readonly T[]> {
  return {
    name: 'list',
    parse: (payload) => rawAttributes(payload).map((entry) => codec.parse(entry.payload)),
    write: (writer: Writer, values) => {
      for (const value of values) {
        writeAttribute(writer, { name, type, codec: codec }, value);
      }
    },
    flags: NLA_F_NESTED,
  };
}

export function wrongLength(name: string, payload: Uint8Array): DecodeError {
  return new DecodeError('a wrong length', { struct: name, offset: 0, bytes: payload });
}
