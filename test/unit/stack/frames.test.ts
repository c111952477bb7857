import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drops } from '../../../src/stack/drops.js';
import { Envelope, Outgoing, payloadAt } from '../../../src/stack/outgoing.js';
import { Packet } from '../../../src/stack/packet.js';
import {
  checksum,
  dataViewOf,
  ethernet,
  ipv4,
  parseIp,
  tcp,
  udp,
  virtioNet,
} from '../../../src/wire/index.js';

const gatewayMac = Uint8Array.of(2, 0, 0, 0, 0, 1);
const guestMac = Uint8Array.of(2, 0, 0, 0, 0, 2);

function address(text: string): Uint8Array {
  const bytes = parseIp(text);
  assert.ok(bytes);
  return bytes;
}

function envelope(source: string, destination: string, protocol: number): Envelope {
  return new Envelope({
    sourceMac: gatewayMac,
    destinationMac: guestMac,
    source: address(source),
    destination: address(destination),
    protocol,
  });
}

/** What a link was given. */
function recording(): { frames: Uint8Array[]; outgoing: Outgoing } {
  const frames: Uint8Array[] = [];
  const send = (bytes: Uint8Array, at: number, length: number): boolean => {
    frames.push(bytes.slice(at, at + length));
    return true;
  };
  return { frames, outgoing: new Outgoing({ send }, new Drops()) };
}

function read(frame: Uint8Array | undefined): { packet: Packet; reason: string | undefined } {
  assert.ok(frame);
  const packet = new Packet();
  return { packet, reason: packet.read(frame, dataViewOf(frame), 0, frame.length) };
}

for (const [version, from, to] of [
  [4, '10.0.2.2', '10.0.2.100'],
  [6, 'fd00::2', 'fd00::100'],
] as const) {
  test(`an IPv${version} frame that was sent is read back`, () => {
    const { frames, outgoing } = recording();
    const at = payloadAt(version);
    udp.write(outgoing.view, at, {
      sourcePort: 53,
      destinationPort: 5353,
      length: 12,
      checksum: 0,
    });
    outgoing.bytes.set([1, 2, 3, 4], at + udp.size);
    assert.equal(outgoing.send(envelope(from, to, 17), 12), true);

    const { packet, reason } = read(frames[0]);
    assert.equal(reason, undefined);
    assert.deepEqual(
      [packet.version, packet.protocol, packet.hopLimit, packet.end - packet.payloadAt],
      [version, 17, 64, 12],
    );
    const source = packet.bytes.subarray(packet.sourceAt, packet.sourceAt + packet.addressLength);
    assert.deepEqual(source, address(from));
    assert.deepEqual(ethernet.parse(packet.bytes, packet.ethernetAt).destination, guestMac);
    assert.equal(packet.checksumIsPartial, false);
  });

  test(`the pseudo-header sum of an offloaded IPv${version} segment is the receiver's own`, () => {
    const { frames, outgoing } = recording();
    const offload = { gsoType: version === 4 ? 1 : 4, gsoSize: 1460, headerLength: 20 };
    outgoing.sendOffloaded(envelope(from, to, 6), 20 + 3000, {
      ...offload,
      checksumOffset: tcp.offset.checksum,
    });
    const { packet, reason } = read(frames[0]);
    assert.equal(reason, undefined);
    assert.deepEqual([packet.checksumIsPartial, packet.gsoSize], [true, 1460]);
    const field = packet.view.getUint16(packet.payloadAt + tcp.offset.checksum);
    assert.equal(field, checksum.fold(packet.pseudoHeaderSum()));
    const header = virtioNet.parse(packet.bytes);
    assert.equal(header.headerLength, payloadAt(version) - virtioNet.size + 20);
    assert.equal(header.checksumStart, payloadAt(version) - virtioNet.size);
  });
}

test('an IPv4 header with a flipped bit is dropped', () => {
  const { frames, outgoing } = recording();
  outgoing.send(envelope('10.0.2.2', '10.0.2.100', 17), 8);
  const [frame] = frames;
  assert.ok(frame);
  const ttlAt = virtioNet.size + ethernet.size + ipv4.offset.ttl;
  frame[ttlAt] = (frame[ttlAt] ?? 0) ^ 1;
  assert.equal(read(frame).reason, 'ipv4: header checksum');
});

test('every shortening of a frame is dropped, or reads within its bytes', () => {
  const { frames, outgoing } = recording();
  outgoing.send(envelope('fd00::2', 'fd00::100', 17), 8);
  const [frame] = frames;
  assert.ok(frame);
  for (let length = 0; length < frame.length; length++) {
    const { reason } = read(frame.slice(0, length));
    assert.ok(reason, `cut to ${length} bytes`);
  }
});

test('the example of RFC 1071 section 3 adds up, whatever the length', () => {
  const view = dataViewOf(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7));
  assert.equal(checksum.fold(checksum.addBytes(0, view, 0, 8)), 0xddf2);
  assert.equal(checksum.fold(checksum.addBytes(0, view, 0, 7)), 0xddf2 - 0xf7);
  assert.equal(checksum.finish(0xffff), 0);
});
