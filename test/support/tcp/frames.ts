/** Segments as a namespace's kernel sends them, and as it gets them, in the words of a test. */
import assert from 'node:assert/strict';
import { Envelope, Outgoing, payloadAt } from '../../../src/stack/outgoing.js';
import { Drops } from '../../../src/stack/drops.js';
import { Packet } from '../../../src/stack/packet.js';
import { Segment } from '../../../src/stack/tcp/segment.js';
import {
  PROTOCOL_TCP,
  TcpOptions,
  dataViewOf,
  formatTcpFlags,
  parseIp,
  tcp,
  tcpFlags,
  virtioNet,
  type TcpFlag,
} from '../../../src/wire/index.js';

export const gatewayMac = Uint8Array.of(2, 0, 0, 0, 0, 1);
export const guestMac = Uint8Array.of(2, 0, 0, 0, 0, 2);

export function address(text: string): Uint8Array {
  return parseIp(text) ?? assert.fail(`${text} is no address`);
}

/** Who talks to whom, as texts: the namespace first. */
export interface Ends {
  readonly namespace: string;
  readonly namespacePort: number;
  readonly remote: string;
  readonly remotePort: number;
}

export interface SegmentValues {
  readonly flags?: string;
  /** Absolute, of the sender. */
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
  readonly data?: Uint8Array | string;
  /** Raw bytes of options; padded here. */
  readonly options?: readonly number[];
}

/** A frame from the namespace, its checksum left to the device unless `checksum` says otherwise. */
export function frameOf(ends: Ends, values: SegmentValues, checksum?: 'whole'): Uint8Array {
  const envelope = new Envelope({
    sourceMac: guestMac,
    destinationMac: gatewayMac,
    source: address(ends.namespace),
    destination: address(ends.remote),
    protocol: PROTOCOL_TCP,
  });
  const sent: Uint8Array[] = [];
  const send = (bytes: Uint8Array, at: number, length: number): boolean =>
    sent.push(bytes.slice(at, at + length)) > 0;
  const outgoing = new Outgoing({ send }, new Drops());
  const length = writeSegment(outgoing, payloadAt(envelope.version), ends, values);
  const offload = { gsoType: 0, gsoSize: 0, headerLength: length, checksumOffset: 16 };
  outgoing.sendOffloaded(envelope, length, offload);
  const frame = sent[0] ?? assert.fail();
  if (checksum === 'whole') fillChecksum(frame);
  return frame;
}

function writeSegment(
  { bytes, view }: Outgoing,
  at: number,
  ends: Ends,
  { flags = 'ACK', seq = 0, ack = 0, window = 0xffff, ...values }: SegmentValues,
): number {
  const options = values.options ?? [];
  const headerLength = tcp.size + 4 * Math.ceil(options.length / 4);
  tcp.write(view, at, {
    sourcePort: ends.namespacePort,
    destinationPort: ends.remotePort,
    sequence: seq >>> 0,
    acknowledgment: ack >>> 0,
    dataOffset: headerLength << 2,
    flags: flagsOf(flags),
    window,
    checksum: 0,
    urgent: 0,
  });
  bytes.fill(1, at + tcp.size, at + headerLength);
  bytes.set(options, at + tcp.size);
  const data = typeof values.data === 'string' ? Buffer.from(values.data) : values.data;
  bytes.set(data ?? [], at + headerLength);
  return headerLength + (data?.length ?? 0);
}

function flagsOf(text: string): number {
  return text.split('|').reduce((sum, name) => sum | tcpFlags[name as TcpFlag], 0);
}

/** As a sender without offloads does it. */
function fillChecksum(frame: Uint8Array): void {
  const view = dataViewOf(frame);
  const packet = new Packet();
  packet.read(frame, view, 0, frame.length);
  const at = packet.payloadAt + tcp.offset.checksum;
  view.setUint16(at, 0);
  let sum = packet.pseudoHeaderSum();
  for (let i = packet.payloadAt; i < packet.end; i++) {
    sum += (i - packet.payloadAt) % 2 === 0 ? view.getUint8(i) << 8 : view.getUint8(i);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  view.setUint16(at, ~sum & 0xffff);
  view.setUint8(virtioNet.offset.flags, 0);
}

/** A segment that came out of the stack. */
export interface SentSegment {
  readonly flags: string;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly data: Uint8Array;
  readonly gsoSize: number;
  readonly mss: number;
  readonly windowShift: number;
  readonly sackPermitted: boolean;
  /** Edges, two for each block. */
  readonly sack: readonly number[];
  readonly ports: readonly [number, number];
}

export function parseFrame(frame: Uint8Array): SentSegment {
  const packet = new Packet();
  assert.equal(packet.read(frame, dataViewOf(frame), 0, frame.length), undefined);
  assert.equal(packet.protocol, PROTOCOL_TCP);
  const segment = new Segment();
  assert.equal(segment.read(packet), undefined);
  const options = new TcpOptions().read(segment.view, segment.optionsAt, segment.dataAt);
  return {
    flags: formatTcpFlags(segment.flags),
    seq: segment.seq >>> 0,
    ack: segment.ack >>> 0,
    window: segment.window,
    data: frame.slice(segment.dataAt, segment.dataAt + segment.dataLength),
    gsoSize: packet.gsoSize,
    mss: options.mss,
    windowShift: options.windowShift,
    sackPermitted: options.sackPermitted,
    sack: [...options.sackEdges.subarray(0, 2 * options.sackBlocks)].map((edge) => edge >>> 0),
    ports: [segment.sourcePort, segment.destinationPort],
  };
}
