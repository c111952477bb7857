/** Frames of a tap device as captures show them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { Drops } from '../../../../src/stack/drops.js';
import { Envelope, Outgoing, payloadAt } from '../../../../src/stack/outgoing.js';
import {
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  checksum,
  dataViewOf,
  ethernet,
  parseIp,
  pcapng,
  tcp,
  udp,
  virtioNet,
} from '../../../../src/wire/index.js';

interface Kind {
  readonly protocol: number;
  readonly checksumAt: number;
  readonly headerLength: number;
}

const kinds: readonly Kind[] = [
  { protocol: PROTOCOL_TCP, checksumAt: tcp.offset.checksum, headerLength: tcp.size },
  { protocol: PROTOCOL_UDP, checksumAt: udp.offset.checksum, headerLength: udp.size },
];

/** A frame whose checksum is left to the device, as the stack sends it and the kernel does. */
function partial(version: 4 | 6, kind: Kind, payload: Uint8Array, gsoSize: number): Uint8Array {
  const sent: Uint8Array[] = [];
  const send = (bytes: Uint8Array, at: number, length: number): boolean => {
    sent.push(bytes.slice(at, at + length));
    return true;
  };
  const outgoing = new Outgoing({ send }, new Drops());
  const address = (text: string): Uint8Array => parseIp(text) ?? new Uint8Array();
  const envelope = new Envelope({
    sourceMac: new Uint8Array(6),
    destinationMac: new Uint8Array(6),
    source: address(version === 4 ? '10.0.2.2' : 'fd00::2'),
    destination: address(version === 4 ? '10.0.2.100' : 'fd00::100'),
    protocol: kind.protocol,
  });
  outgoing.bytes.set(payload, payloadAt(version) + kind.headerLength);
  outgoing.sendOffloaded(envelope, kind.headerLength + payload.length, {
    gsoType: gsoSize === 0 ? 0 : 1,
    ...{ gsoSize, headerLength: kind.headerLength, checksumOffset: kind.checksumAt },
  });
  const [frame] = sent;
  assert.ok(frame);
  return frame;
}

/** The sum of a whole transport part and its pseudo header. */
function isIntact(frame: Uint8Array, version: 4 | 6, { protocol }: Kind): boolean {
  const view = dataViewOf(frame);
  const at = payloadAt(version) - virtioNet.size;
  const addressLength = version === 4 ? 4 : 16;
  const length = frame.length - at;
  const what = { protocol, length };
  const sum = checksum.pseudoHeaderSum(view, at - 2 * addressLength, addressLength, what);
  return checksum.isIntact(checksum.addBytes(sum, view, at, length));
}

test('checksums that were left to the device are right in the capture', () => {
  const payload = fc.uint8Array({ maxLength: 3000 });
  const kind = fc.constantFrom(...kinds);
  fc.assert(
    fc.property(fc.constantFrom(4 as const, 6 as const), kind, payload, (version, one, bytes) => {
      const frame = partial(version, one, bytes, 1000);
      const captured = pcapng.capturedFrame(frame);
      assert.equal(captured.bytes.length, frame.length - virtioNet.size);
      assert.ok(isIntact(captured.bytes, version, one));
      assert.equal(captured.segment, 1000);
    }),
  );
});

test('the frame itself is not changed', () => {
  const [kind] = kinds;
  assert.ok(kind);
  const frame = partial(4, kind, Uint8Array.of(1, 2, 3), 0);
  const before = frame.slice();
  assert.equal(pcapng.capturedFrame(frame).segment, undefined);
  assert.deepEqual(frame, before);
});

test('a checksum of UDP is never 0, which would mean that there is none', () => {
  const [, kind] = kinds;
  assert.ok(kind);
  const at = payloadAt(4) - virtioNet.size + udp.offset.checksum;
  // The payload that makes the sum what the checksum would be without it.
  const { bytes } = pcapng.capturedFrame(partial(4, kind, Uint8Array.of(0, 0), 0));
  const payload = bytes.slice(at, at + 2);
  const captured = pcapng.capturedFrame(partial(4, kind, payload, 0)).bytes;
  assert.deepEqual([...captured.subarray(at, at + 2)], [0xff, 0xff]);
  assert.ok(isIntact(captured, 4, kind));
});

test('a frame whose checksum is whole stays as it is', () => {
  const frame = new Uint8Array(virtioNet.size + ethernet.size + 40).fill(7);
  frame.fill(0, 0, virtioNet.size);
  assert.deepEqual(pcapng.capturedFrame(frame).bytes, frame.subarray(virtioNet.size));
});

test('whatever the header says, there is a capture and no exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (frame) => {
      const { bytes } = pcapng.capturedFrame(frame);
      assert.equal(bytes.length, Math.max(0, frame.length - virtioNet.size));
    }),
  );
});
