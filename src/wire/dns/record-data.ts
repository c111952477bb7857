/**
 * The data of a record, by its type. What is not in the table below is kept as bytes (RFC 3597), so
 * SVCB and HTTPS (RFC 9460) are too; what a resolver needs of them is that they pass unchanged.
 */
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from '../ip-text.js';
import { classes, types } from './constants.js';
import type { MessageWriter } from './message-writer.js';
import type { Reader } from './reader.js';

export interface SoaData {
  readonly kind: 'soa';
  readonly primary: string;
  /** A mailbox, its first label the local part. */
  readonly mailbox: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

export interface SrvData {
  readonly kind: 'srv';
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export type RecordData =
  /** A and AAAA. */
  | { readonly kind: 'address'; readonly address: string }
  /** CNAME, DNAME, NS, PTR. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'mx'; readonly preference: number; readonly exchange: string }
  /** Up to 255 bytes each. */
  | { readonly kind: 'txt'; readonly strings: readonly Uint8Array[] }
  | SrvData
  | SoaData
  | { readonly kind: 'opaque'; readonly bytes: Uint8Array };

type DataOf<K extends RecordData['kind']> = Extract<RecordData, { kind: K }>;

interface DataCodec<K extends RecordData['kind']> {
  readonly kind: K;
  parse(reader: Reader): DataOf<K>;
  write(writer: MessageWriter, data: DataOf<K>): void;
}

const opaque: DataCodec<'opaque'> = {
  kind: 'opaque',
  parse: (reader) => ({ kind: 'opaque', bytes: reader.rest() }),
  write: (writer, { bytes }) => {
    writer.append(bytes);
  },
};

function address(
  size: 4 | 16,
  format: (bytes: Uint8Array) => string,
  parse: (text: string) => Uint8Array | undefined,
): DataCodec<'address'> {
  return {
    kind: 'address',
    parse: (reader) => ({ kind: 'address', address: format(reader.raw(size)) }),
    write: (writer, { address: text }) => {
      const bytes = parse(text);
      if (bytes === undefined) {
        throw new RangeError(`${JSON.stringify(text)} is no address of ${size} bytes`);
      }
      writer.append(bytes);
    },
  };
}

function name(compress: boolean): DataCodec<'name'> {
  return {
    kind: 'name',
    parse: (reader) => ({ kind: 'name', name: reader.name() }),
    write: (writer, data) => {
      writer.name(data.name, { compress });
    },
  };
}

const mx: DataCodec<'mx'> = {
  kind: 'mx',
  parse: (reader) => ({ kind: 'mx', preference: reader.u16(), exchange: reader.name() }),
  write: (writer, { preference, exchange }) => {
    writer.u16(preference);
    writer.name(exchange);
  },
};

const txt: DataCodec<'txt'> = {
  kind: 'txt',
  parse: (reader) => {
    const strings: Uint8Array[] = [];
    while (reader.at < reader.end) strings.push(reader.raw(reader.u8()));
    return { kind: 'txt', strings };
  },
  write: (writer, { strings }) => {
    for (const text of strings) {
      if (text.length > 255) throw new RangeError('a string of TXT has at most 255 bytes');
      writer.u8(text.length);
      writer.append(text);
    }
  },
};

/** RFC 2782. */
const srv: DataCodec<'srv'> = {
  kind: 'srv',
  parse: (reader) => ({
    kind: 'srv',
    priority: reader.u16(),
    weight: reader.u16(),
    port: reader.u16(),
    target: reader.name(),
  }),
  write: (writer, { priority, weight, port, target }) => {
    for (const number of [priority, weight, port]) writer.u16(number);
    writer.name(target, { compress: false });
  },
};

const soa: DataCodec<'soa'> = {
  kind: 'soa',
  parse: (reader) => ({
    kind: 'soa',
    primary: reader.name(),
    mailbox: reader.name(),
    serial: reader.u32(),
    refresh: reader.u32(),
    retry: reader.u32(),
    expire: reader.u32(),
    minimum: reader.u32(),
  }),
  write: (writer, data) => {
    writer.name(data.primary);
    writer.name(data.mailbox);
    const { serial, refresh, retry, expire, minimum } = data;
    for (const number of [serial, refresh, retry, expire, minimum]) writer.u32(number);
  },
};

type AnyCodec = DataCodec<RecordData['kind']>;

const codecs = new Map<number, AnyCodec>([
  [types.A, address(4, formatIPv4, parseIPv4) as AnyCodec],
  [types.AAAA, address(16, formatIPv6, parseIPv6) as AnyCodec],
  [types.NS, name(true) as AnyCodec],
  [types.CNAME, name(true) as AnyCodec],
  [types.PTR, name(true) as AnyCodec],
  [types.DNAME, name(false) as AnyCodec],
  [types.MX, mx as AnyCodec],
  [types.TXT, txt as AnyCodec],
  [types.SRV, srv as AnyCodec],
  [types.SOA, soa as AnyCodec],
]);

/** Outside the class IN a type may mean something else. */
function codecOf(type: number, recordClass: number): AnyCodec {
  const known = recordClass === classes.IN ? codecs.get(type) : undefined;
  return known ?? (opaque as AnyCodec);
}

export interface DataTag {
  readonly type: number;
  readonly class: number;
}

/** RDLENGTH and RDATA; the data must fill its length. */
export function parseRecordData(reader: Reader, tag: DataTag): RecordData {
  const length = reader.u16();
  const { end } = reader;
  if (reader.at + length > end) throw reader.failure('data longer than the message');
  reader.end = reader.at + length;
  const data = codecOf(tag.type, tag.class).parse(reader);
  if (reader.at !== reader.end) throw reader.failure('bytes after the data of a record');
  reader.end = end;
  return data;
}

/** Data kept as bytes can be written for any type, other data only for its own. */
export function writeRecordData(writer: MessageWriter, tag: DataTag, data: RecordData): void {
  const known = codecOf(tag.type, tag.class);
  if (data.kind !== known.kind && data.kind !== 'opaque') {
    throw new RangeError(`a record of type ${tag.type} has no data of kind ${data.kind}`);
  }
  const codec = data.kind === 'opaque' ? (opaque as AnyCodec) : known;
  writer.counted(() => {
    codec.write(writer, data);
  });
}
