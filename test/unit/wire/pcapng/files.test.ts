/** Captures written and read back, beside bytes written down by hand. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { DecodeError } from '../../../../src/errors/index.js';
import { Writer, pcapng } from '../../../../src/wire/index.js';
import { hexBytes } from '../dns/samples.js';

const { LINKTYPE_ETHERNET } = pcapng;

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(16);
  write(writer);
  return writer.finish();
}

// type, length, magic, version, length of the section, options, length
const sectionHex = `0a0d0d0a 30000000 4d3c2b1a 0100 0000 ffffffffffffffff
  0400 0900 6e736b697420302e31 000000 0000 0000 30000000`;
// type, length, link type, snap length, name "tap0", resolution 9, end, length
const interfaceHex = `01000000 28000000 0100 0000 00000000
  0200 0400 74617030 0900 0100 09 000000 0000 0000 28000000`;
// type, length, interface, time (high, low), lengths, 5 bytes, comment "ok", flags, end, length
const packetHex = `06000000 3c000000 00000000 01000000 02000000 05000000 09000000
  0102030405 000000 0100 0200 6f6b 0000 0200 0400 02000000 0000 0000 3c000000`;

const packet: Omit<pcapng.CapturedPacket, 'kind'> = {
  ...{ interfaceId: 0, timestamp: 0x1_0000_0002n, bytes: hexBytes('0102030405') },
  ...{ originalLength: 9, direction: 'outbound', comments: ['ok'] },
};

describe('a file', () => {
  test('is a section header, an interface and packets', () => {
    const bytes = written((writer) => {
      pcapng.writeSection(writer, { application: 'nskit 0.1' });
      const unit = { timestampDigits: 9 };
      pcapng.writeInterface(writer, { linkType: LINKTYPE_ETHERNET, name: 'tap0', ...unit });
      pcapng.writePacket(writer, packet);
    });
    assert.deepEqual(bytes, hexBytes(sectionHex + interfaceHex + packetHex));
  });

  test('is read back', () => {
    assert.deepEqual(pcapng.parseFile(hexBytes(sectionHex + interfaceHex + packetHex)), [
      {
        ...{ kind: 'section', hardware: undefined, os: undefined },
        ...{ application: 'nskit 0.1', comments: [] },
      },
      {
        ...{ kind: 'interface', linkType: LINKTYPE_ETHERNET, snapLength: 0, name: 'tap0' },
        ...{ description: undefined, timestampDigits: 9, comments: [] },
      },
      { kind: 'packet', ...packet },
    ]);
  });

  test('may be of a machine with the other order, and have blocks that we do not know', () => {
    const bytes = hexBytes(`0a0d0d0a 0000001c 1a2b3c4d 0001 0002 ffffffffffffffff 0000001c
      00000001 00000014 0001 0000 00000060 00000014
      00000006 0000002c 00000000 00000001 00000002 00000001 00000001 aa000000
      0002 0004 00000001 0000002c
      00000bad 00000010 01020304 00000010`);
    const [section, tap, captured, other] = pcapng.parseFile(bytes);
    assert.equal(section?.kind, 'section');
    assert.ok(tap?.kind === 'interface' && captured?.kind === 'packet');
    assert.deepEqual([tap.snapLength, tap.timestampDigits], [96, 6]);
    assert.deepEqual(captured.timestamp, 0x1_0000_0002n);
    assert.deepEqual([captured.bytes, captured.direction], [hexBytes('aa'), 'inbound']);
    assert.deepEqual(other, { kind: 'other', type: 0xbad, body: hexBytes('01020304') });
  });
});

describe('what is no file', () => {
  const wrong: Record<string, string> = {
    'no section header': interfaceHex,
    'a section header cut short': '0a0d0d0a 30000000 4d3c2b1a',
    'another magic': sectionHex.replace('4d3c2b1a', '4d3c2b1b'),
    'another version': sectionHex.replace('0100 0000', '0200 0000'),
    'lengths that differ': sectionHex.replace(/30000000$/, '34000000'),
    'a length that is no multiple of 4': sectionHex.replace('30000000', '2f000000'),
    'a length of nothing': `${sectionHex} 01000000 00000000 00000000`,
    'a block longer than the file': sectionHex + interfaceHex.replace('28000000', '2c000000'),
    'a packet longer than its block': sectionHex + packetHex.replace('05000000', 'ff000000'),
    'an option longer than its block': sectionHex.replace('0900', '9000'),
    'units of time that are powers of 2': sectionHex + interfaceHex.replace('0100 09', '0100 89'),
  };
  for (const [title, hex] of Object.entries(wrong)) {
    test(title, () => {
      assert.throws(() => pcapng.parseFile(hexBytes(hex)), DecodeError);
    });
  }
});

describe('by chance', () => {
  const comments = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 3 });
  const text = fc.option(fc.string({ maxLength: 20 }), { nil: undefined });
  const section = fc.record({
    kind: fc.constant('section' as const),
    ...{ hardware: text, os: text, application: text, comments },
  });
  const device = fc.record({
    kind: fc.constant('interface' as const),
    linkType: fc.nat(0xffff),
    snapLength: fc.nat(0xffff_ffff),
    ...{ name: text, description: text, comments },
    timestampDigits: fc.nat(127),
  });
  const captured = fc.record({
    kind: fc.constant('packet' as const),
    interfaceId: fc.nat(0xffff_ffff),
    timestamp: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
    bytes: fc.uint8Array({ maxLength: 100 }),
    originalLength: fc.nat(0xffff_ffff),
    direction: fc.constantFrom('inbound' as const, 'outbound' as const, undefined),
    comments,
  });
  const blocks = fc
    .tuple(section, fc.array(fc.oneof(section, device, captured)))
    .map(([first, rest]) => [first, ...rest]);

  function emit(given: readonly pcapng.PcapngBlock[]): Uint8Array {
    return written((writer) => {
      for (const block of given) {
        if (block.kind === 'section') pcapng.writeSection(writer, block);
        if (block.kind === 'interface') pcapng.writeInterface(writer, block);
        if (block.kind === 'packet') pcapng.writePacket(writer, block);
      }
    });
  }

  test('what is written is read back', () => {
    fc.assert(
      fc.property(blocks, (given) => {
        assert.deepEqual(
          pcapng.parseFile(emit(given)),
          given.map((block) => ({ ...block })),
        );
      }),
    );
  });

  test('a damaged file is read, or is a DecodeError', () => {
    fc.assert(
      fc.property(blocks, fc.nat(), fc.nat(255), fc.nat(), (given, at, byte, cut) => {
        const bytes = emit(given).slice();
        bytes[at % bytes.length] = byte;
        try {
          pcapng.parseFile(bytes.subarray(0, bytes.length - (cut % 2 === 0 ? cut % 40 : 0)));
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
