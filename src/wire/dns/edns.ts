/** EDNS(0), RFC 6891: the OPT pseudo-record, whose class and TTL are not what their names say. */
import { MessageWriter } from './message-writer.js';
import { types } from './constants.js';
import { ROOT } from './name.js';
import { Reader } from './reader.js';
import type { ResourceRecord } from './record.js';

export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

export interface Edns {
  /** The largest UDP payload that the sender can take. */
  readonly udpPayloadSize: number;
  readonly version: number;
  /** DO, RFC 3225. */
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

const DNSSEC_OK = 0x8000;

export function isEdns({ type }: ResourceRecord): boolean {
  return type === types.OPT;
}

export function parseEdns({ class: udpPayloadSize, ttl, data }: ResourceRecord): Edns {
  const reader = new Reader(data.kind === 'opaque' ? data.bytes : new Uint8Array());
  const options: EdnsOption[] = [];
  while (reader.at < reader.end) {
    options.push({ code: reader.u16(), data: reader.raw(reader.u16()) });
  }
  const version = (ttl >>> 16) & 0xff;
  return { udpPayloadSize, version, dnssecOk: (ttl & DNSSEC_OK) !== 0, options };
}

/** The upper bits of the RCODE are in it. */
export function emitEdns(edns: Edns, rcode: number): ResourceRecord {
  const writer = new MessageWriter(64);
  for (const { code, data } of edns.options) {
    writer.u16(code);
    writer.counted(() => {
      writer.append(data);
    });
  }
  const ttl = (rcode >> 4) * 0x100_0000 + edns.version * 0x1_0000 + (edns.dnssecOk ? DNSSEC_OK : 0);
  const data = { kind: 'opaque', bytes: writer.finish() } as const;
  return { name: ROOT, type: types.OPT, class: edns.udpPayloadSize, ttl, data };
}
