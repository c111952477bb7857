/** Which flows a capture is asked for, and which frames belong to them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import {
  filterText,
  isWanted,
  parseFlowFilter,
} from '../../../../src/uplink/capture/flow-filter.js';
import { packetEndsOf } from '../../../../src/uplink/capture/packet-ends.js';
import { parseIp, pcapng, Writer } from '../../../../src/wire/index.js';

const bytes = (text: string): Uint8Array => parseIp(text) ?? assert.fail(text);

test('a filter is read as it is written', () => {
  const texts = ['tcp', 'tcp:192.0.2.1:443', 'udp:[fd00::2]:53', 'icmp:192.0.2.1', 'tcp::443'];
  for (const text of [...texts, 'udp:example.org'])
    assert.equal(filterText(parseFlowFilter(text)), text);
  assert.equal(parseFlowFilter('tcp:Example.ORG.:1').name, 'example.org');
});

test('what is none is a usage error', () => {
  for (const text of [
    '',
    'sctp',
    'tcp:a:b',
    'tcp:a:0',
    'tcp::65536',
    'icmp:a:1',
    'tcp:fd00::2:1',
    'tcp:[a]',
    'tcp:1.2.3',
  ]) {
    assert.throws(() => parseFlowFilter(text), { code: 'ERR_USAGE' }, text);
  }
});

test('the address and the port are those of either end', () => {
  const ends = {
    ...({ protocol: 'tcp', namespaceAddress: bytes('10.0.2.100'), namespacePort: 40_000 } as const),
    ...{ remoteAddress: bytes('192.0.2.1'), remotePort: 443 },
  };
  const wants = (text: string): boolean =>
    isWanted(parseFlowFilter(text), ends, (name) => name === 'example.org');
  for (const text of [
    'tcp',
    'tcp:192.0.2.1',
    'tcp:10.0.2.100:443',
    'tcp::40000',
    'tcp:example.org:443',
  ]) {
    assert.ok(wants(text), text);
  }
  for (const text of ['udp', 'tcp:192.0.2.2', 'tcp::80', 'tcp:example.net', 'tcp:example.org:1']) {
    assert.ok(!wants(text), text);
  }
});

test('no frame, whatever is in it, makes reading its ends fail', () => {
  const type = fc.constantFrom([8, 0], [0x86, 0xdd], [8, 6]);
  const first = fc.constantFrom(0x45, 0x4f, 0x60, 0);
  const protocol = fc.constantFrom(1, 6, 17, 58, 44, 0);
  const head = fc.tuple(type, first, protocol);
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 120 }), fc.boolean(), (values, rest, way) => {
      const [ether, version, number] = values;
      const frame = Uint8Array.of(...new Uint8Array(12), ...ether, version, ...rest);
      if (frame.length > 23) frame[version === 0x60 ? 20 : 23] = number;
      packetEndsOf(frame, way);
    }),
    { numRuns: 2000 },
  );
});

test('statistics are written and read back, and a stream is cut where blocks end', () => {
  const writer = new Writer();
  pcapng.writeSection(writer, { application: 'test' });
  pcapng.writeInterface(writer, { linkType: 1, name: 'tap0' });
  const statistics = {
    ...{ interfaceId: 0, timestamp: 0x1_0000_0002n, startedAt: 5n, endedAt: 0x1_0000_0002n },
    ...{ received: 2 ** 40, accepted: 7, dropped: 1, comments: ['done'] },
  };
  pcapng.writeStatistics(writer, statistics);
  const file = writer.finish();
  assert.deepEqual(pcapng.parseFile(file).at(-1), { kind: 'statistics', ...statistics });
  fc.assert(
    fc.property(fc.array(fc.nat(file.length)), (cuts) => {
      const splitter = new pcapng.BlockSplitter();
      const places = [0, ...cuts.sort((a, b) => a - b), file.length];
      const pieces = places.slice(1).map((end, i) => splitter.push(file.slice(places[i], end)));
      for (const piece of pieces) {
        const lengths = [...pcapng.blocksIn(piece)].map(({ length }) => length);
        assert.equal(
          lengths.reduce((sum, length) => sum + length, 0),
          piece.length,
        );
      }
      assert.deepEqual(Uint8Array.from(pieces.flatMap((piece) => [...piece])), file.slice());
    }),
  );
});
