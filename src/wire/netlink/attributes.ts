/**
 * Attributes: struct nlattr, a length and a type before each value (RFC 3549 section 2.3.3). Which
 * types there are, under which names and with which values, is a table for each kind of message.
 *
 * A parsed table is a plain object in the order of the bytes. An attribute that the table does not
 * know is kept under its number, as `#51`, so that nothing is lost and everything can be written
 * again as it was.
 */
import { DecodeError } from '../../errors/index.js';
import { le16 } from '../fields.js';
import { struct } from '../struct.js';
import { type Writer } from '../writer.js';
import { NLA_TYPE_MASK } from './constants.js';

export const nlattr = struct('nlattr', 4, { length: le16, type: le16 });

/** A value as an attribute's payload. */
export interface Codec<T> {
  /** What kind of value it is: 'u32', 'text'. */
  readonly name: string;
  /** Throws DecodeError. */
  parse(bytes: Uint8Array): T;
  write(writer: Writer, value: T): void;
  /** Set in the attribute's type when it is written: NLA_F_NESTED. */
  readonly flags?: number;
  /** Of a value that consists of attributes: their table, and where they begin. */
  readonly inner?: (payload: Uint8Array) => Inner | undefined;
}

export interface Inner {
  readonly table: AttributeTable<Entries>;
  readonly at: number;
}

export interface Entry<T> {
  /** As the kernel spells it. */
  readonly name: string;
  readonly type: number;
  readonly codec: Codec<T>;
}

export type Entries = Readonly<Record<string, Entry<unknown>>>;

/** The key of an attribute that the table does not know: its type, flags included. */
export type UnknownKey = `#${number}`;

export type AttributeValues<E extends Entries> = {
  readonly [K in keyof E]?: (E[K] extends Entry<infer T> ? T : never) | undefined;
} & { readonly [unknown: UnknownKey]: Uint8Array };

/** The value of a table: `TableValue<typeof addressAttributes>`. */
export type TableValue<T> = T extends AttributeTable<infer E> ? AttributeValues<E> : never;

export interface RawAttribute {
  /** Flags included. */
  readonly type: number;
  /** Where the attribute begins in the bytes. */
  readonly at: number;
  readonly payload: Uint8Array;
}

export interface AttributeTable<E extends Entries> {
  readonly entries: E;
  find(type: number): { readonly key: string; readonly entry: Entry<unknown> } | undefined;
  /** Throws DecodeError. Of an attribute that comes twice the last one counts, as in the kernel. */
  parse(bytes: Uint8Array): AttributeValues<E>;
  /** In the order of the object's keys; undefined is left out. */
  write(writer: Writer, values: AttributeValues<E>): void;
}

export function attribute<T>(name: string, type: number, codec: Codec<T>): Entry<T> {
  return { name, type, codec };
}

export function attributes<const E extends Entries>(entries: E): AttributeTable<E> {
  const byType = new Map(
    Object.entries(entries).map(([key, entry]) => [entry.type, { key, entry }]),
  );
  if (byType.size !== Object.keys(entries).length) {
    throw new TypeError('two attributes of a table have the same type');
  }
  const find = (type: number) => byType.get(type & NLA_TYPE_MASK);
  return {
    entries,
    find,
    parse: (bytes) => {
      const values: Record<string, unknown> = {};
      for (const { type, payload } of rawAttributes(bytes)) {
        const known = find(type);
        // A copy: the bytes are a buffer that will be read into again.
        if (known === undefined) values[`#${type}`] = payload.slice();
        else values[known.key] = known.entry.codec.parse(payload);
      }
      return values as AttributeValues<E>;
    },
    write: (writer, values) => {
      for (const [key, value] of Object.entries(values)) {
        if (value !== undefined) writeAttribute(writer, entries[key] ?? unknownEntry(key), value);
      }
    },
  };
}

/** The attributes of these bytes, as views on them. Throws DecodeError. */
export function rawAttributes(bytes: Uint8Array): RawAttribute[] {
  const found: RawAttribute[] = [];
  let at = 0;
  // Fewer bytes than a header are padding, as nla_ok() in the kernel sees it.
  while (bytes.length - at >= nlattr.size) {
    const { length, type } = nlattr.parse(bytes, at);
    if (length < nlattr.size || at + length > bytes.length) {
      throw new DecodeError(`a length of ${length}`, { struct: 'nlattr', offset: at, bytes });
    }
    found.push({ type, at, payload: bytes.subarray(at + nlattr.size, at + length) });
    at += aligned(length);
  }
  return found;
}

export function writeAttribute(writer: Writer, entry: Entry<unknown>, value: unknown): void {
  const at = writer.reserve(nlattr.size);
  entry.codec.write(writer, value);
  const length = writer.length - at;
  if (length > 0xffff) throw new RangeError(`${entry.name}: ${length} bytes do not fit`);
  nlattr.write(writer.view, at, { length, type: entry.type | (entry.codec.flags ?? 0) });
  writer.align(4);
}

const raw: Codec<unknown> = {
  name: 'raw',
  parse: (bytes) => bytes,
  write: (writer, value) => {
    writer.append(value as Uint8Array);
  },
};

function unknownEntry(key: string): Entry<unknown> {
  const type = /^#(\d+)$/.exec(key)?.[1];
  if (type === undefined) throw new TypeError(`the table has no attribute ${key}`);
  return { name: key, type: Number(type), codec: raw };
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
