/** For every table: what is written is read back, and bad bytes are a DecodeError or nothing. */
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecodeError } from '../../../../src/errors/index.js';
import { formatIp, netlink as wire } from '../../../../src/wire/index.js';

const word = fc.integer({ min: 0, max: 0xffffffff });
const hex = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((bytes) => Buffer.from(bytes));
const someIp = fc
  .oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  )
  .map(formatIp);

/** A value for each kind of codec; a codec without one is left to the captured messages. */
const arbitraries: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  u8: fc.integer({ min: 0, max: 255 }),
  u16: fc.integer({ min: 0, max: 65535 }),
  be16: fc.integer({ min: 0, max: 65535 }),
  u32: word,
  be32: word,
  s32: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  u64: fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
  be64: fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
  bytes: fc.uint8Array({ maxLength: 40 }),
  text: fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
  hardwareAddress: hex.map((bytes) => bytes.toString('hex').replaceAll(/..(?=.)/g, '$&:')),
  ip: someIp,
};

function valuesOf(table: wire.AttributeTable<wire.Entries>): fc.Arbitrary<object> {
  const fields = Object.entries(table.entries).flatMap(([key, { codec }]) => {
    const inner = codec.name === 'nested' ? codec.inner?.(new Uint8Array())?.table : undefined;
    const value = inner === undefined ? arbitraries[codec.name] : valuesOf(inner);
    return value === undefined ? [] : [[key, value] as const];
  });
  const unknown = fc.uint8Array({ maxLength: 20 });
  return fc.record(Object.fromEntries([...fields, ['#16000', unknown]]), {
    requiredKeys: [],
    noNullPrototype: true,
  });
}

type AnyBody = wire.Body<never, never>;

const bodies = {
  link: wire.link,
  address: wire.address,
  route: wire.route,
  neighbour: wire.neighbour,
  rule: wire.rule,
  namespaceId: wire.namespaceId,
  nftTable: wire.nftTable,
  nftChain: wire.nftChain,
  nftRule: wire.nftRule,
} as unknown as Readonly<Record<string, AnyBody>>;

function decodesOrSaysWhy(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}

for (const [name, body] of Object.entries(bodies)) {
  describe(name, () => {
    const table = body.attributes as unknown as wire.AttributeTable<wire.Entries>;
    const header = fc.uint8Array({ minLength: body.header.size, maxLength: body.header.size });

    test('parse(emit(value)) is the value', () => {
      const message = fc.tuple(header, valuesOf(table));
      fc.assert(
        fc.property(message, ([bytes, attributes]) => {
          const value = { header: body.header.parse(bytes), attributes } as never;
          assert.deepEqual(body.parse(body.emit(value)), value);
        }),
      );
    });

    test('emit(parse(bytes)) is the bytes', () => {
      fc.assert(
        fc.property(valuesOf(table), (attributes) => {
          const blank = body.header.parse(new Uint8Array(body.header.size));
          const bytes = body.emit({ header: blank, attributes } as never);
          assert.deepEqual(body.emit(body.parse(bytes)), bytes);
        }),
      );
    });

    test('any bytes at all are parsed, or are a DecodeError', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
          decodesOrSaysWhy(() => body.parse(bytes));
        }),
      );
    });

    test('a message with some bytes changed or cut off is parsed, or is a DecodeError', () => {
      const damage = fc.tuple(
        valuesOf(table),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(),
      );
      fc.assert(
        fc.property(damage, ([attributes, at, byte, cut]) => {
          const blank = body.header.parse(new Uint8Array(body.header.size));
          const bytes = body.emit({ header: blank, attributes } as never).slice();
          bytes[at % bytes.length] = byte;
          const damaged = bytes.subarray(0, bytes.length - (cut % 8));
          decodesOrSaysWhy(() => body.parse(damaged));
          wire.attributeAt(body, damaged, at % 300);
        }),
      );
    });
  });
}

test('messages: any bytes are parsed, or are a DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      decodesOrSaysWhy(() => wire.parseMessages(bytes).map(wire.parseAck));
    }),
  );
});

test('messages: what is written one after the other is read back', () => {
  const message = fc.record(
    {
      type: fc.integer({ min: 0, max: 65535 }),
      flags: fc.integer({ min: 0, max: 65535 }),
      sequence: word,
      port: word,
      payload: fc.uint8Array({ maxLength: 50 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(message), (messages) => {
      assert.deepEqual(wire.parseMessages(wire.emitMessages(messages)), messages);
    }),
  );
});
