/** What wireshark's tools say about our captures. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Drops } from '../../src/stack/drops.js';
import { Envelope, Outgoing, payloadAt } from '../../src/stack/outgoing.js';
import { PROTOCOL_TCP, Writer, parseIp, pcapng, tcp } from '../../src/wire/index.js';
import { run } from '../support/nskit.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-pcapng-'));
});
after(() => rmSync(folder, { recursive: true }));

const ADDRESSES = {
  4: ['10.0.2.2', '10.0.2.100'],
  6: ['fd00::2', 'fd00::100'],
} as const;

/** Segments of TCP, their checksums left to the device; those of more than a segment's payload too. */
function frames(version: 4 | 6, lengths: readonly number[]): Uint8Array[] {
  const sent: Uint8Array[] = [];
  const send = (bytes: Uint8Array, at: number, length: number): boolean => {
    sent.push(bytes.slice(at, at + length));
    return true;
  };
  const outgoing = new Outgoing({ send }, new Drops());
  const [source, destination] = ADDRESSES[version].map((text) => parseIp(text) ?? new Uint8Array());
  assert.ok(source && destination);
  const macs = { sourceMac: new Uint8Array(6).fill(2), destinationMac: new Uint8Array(6).fill(4) };
  const envelope = new Envelope({ ...macs, source, destination, protocol: PROTOCOL_TCP });
  let sequence = 1;
  for (const length of lengths) {
    const at = payloadAt(version);
    tcp.write(outgoing.view, at, {
      ...{ sourcePort: 80, destinationPort: 40_000, sequence, acknowledgment: 1 },
      ...{ dataOffset: 0x50, flags: 0x10, window: 1000, checksum: 0, urgent: 0 },
    });
    outgoing.bytes.fill(length & 255, at + tcp.size, at + tcp.size + length);
    outgoing.sendOffloaded(envelope, tcp.size + length, {
      gsoType: length > 1460 ? (version === 4 ? 1 : 4) : 0,
      gsoSize: length > 1460 ? 1460 : 0,
      headerLength: tcp.size,
      checksumOffset: tcp.offset.checksum,
    });
    sequence += length;
  }
  return sent;
}

function capture(path: string, given: readonly Uint8Array[]): void {
  const writer = new Writer(0x1_0000);
  pcapng.writeSection(writer, { application: 'nskit', os: 'Linux' });
  pcapng.writeInterface(writer, {
    ...{ linkType: pcapng.LINKTYPE_ETHERNET, name: 'tap0', timestampDigits: 9 },
    description: 'a namespace',
  });
  for (const [i, frame] of given.entries()) {
    const { bytes, segment } = pcapng.capturedFrame(frame);
    pcapng.writePacket(writer, {
      ...{ interfaceId: 0, timestamp: 1_700_000_000_000_000_000n + BigInt(i), bytes },
      direction: i % 2 === 0 ? 'inbound' : 'outbound',
      comments: segment === undefined ? [] : [`a super-frame of segments of ${segment} bytes`],
    });
  }
  writeFileSync(path, writer.finish());
}

function say(file: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = run(file, args);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** A line for each packet, with its checksums checked. */
function fields(path: string, ...names: readonly string[]): string[] {
  const checks = ['ip', 'tcp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
  const wanted = names.flatMap((name) => ['-e', name]);
  return say('tshark', '-n', '-r', path, ...checks, '-T', 'fields', ...wanted)
    .trim()
    .split('\n');
}

test('capinfos knows the file, its interface and its times', () => {
  const path = join(folder, 'a.pcapng');
  capture(path, frames(4, [100, 1460, 30_000]));
  const said = say('capinfos', path);
  for (const line of [
    /File type: +Wireshark\/\.\.\. - pcapng/,
    /File encapsulation: +Ethernet/,
    /Number of packets: +3/,
    /Name = tap0/,
    /Description = a namespace/,
    /Time precision = nanoseconds \(9\)/,
    /Capture application: +nskit/,
  ]) {
    assert.match(said, line);
  }
});

for (const version of [4, 6] as const) {
  test(`tshark finds every checksum right over IPv${version}, of super-frames too`, () => {
    const path = join(folder, `v${version}.pcapng`);
    const lengths = [0, 1, 1460, 1461, 20_001, 64_000];
    capture(path, frames(version, lengths));
    assert.deepEqual(
      fields(path, 'tcp.len', 'tcp.checksum.status', 'frame.comment', 'frame.time_epoch'),
      lengths.map((length, i) => {
        const comment = length > 1460 ? 'a super-frame of segments of 1460 bytes' : '';
        return [length, 1, comment, `1700000000.00000000${i}`].join('\t');
      }),
    );
    if (version === 4)
      assert.deepEqual(new Set(fields(path, 'ip.checksum.status')), new Set(['1']));
  });
}

test('tshark sees the direction', () => {
  const path = join(folder, 'directions.pcapng');
  capture(path, frames(4, [1, 2]));
  assert.deepEqual(fields(path, 'frame.packet_flags_direction'), ['0x00000001', '0x00000002']);
});

test('tshark reads 100,000 frames', () => {
  const path = join(folder, 'many.pcapng');
  const lengths = Array.from({ length: 100_000 }, (_, i) => i % 50);
  capture(path, frames(4, lengths));
  assert.match(say('capinfos', '-c', '-M', path), /Number of packets: +100000/);
  // Nobody acknowledges all this, and that is what the analysis would be about.
  const options = ['-o', 'tcp.analyze_sequence_numbers:FALSE'];
  const wanted = ['-Y', 'frame.number == 100000', '-T', 'fields', '-e', 'tcp.len'];
  assert.equal(say('tshark', '-n', '-r', path, ...options, ...wanted).trim(), '49');
});
