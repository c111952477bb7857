/** Messages by chance: written and read back, and compared with dns-packet in both directions. */
import assert from 'node:assert/strict';
import packet from 'dns-packet';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { DecodeError } from '../../../../src/errors/index.js';
import { dns } from '../../../../src/wire/index.js';
import { ipv6Text, messagesOf, nameText, plainName } from './arbitraries.js';

const { types } = dns;

test('parse(emit(message)) is the message', () => {
  fc.assert(
    fc.property(messagesOf(nameText), (message) => {
      assert.deepEqual(dns.parseMessage(dns.emitMessage(message)), plain(message));
    }),
  );
});

/** fast-check makes objects without a prototype. */
function plain(message: dns.Message): dns.Message {
  return structuredClone(message);
}

test('the outline of a message agrees with the message', () => {
  fc.assert(
    fc.property(messagesOf(nameText), (message) => {
      const outline = dns.parseOutline(dns.emitMessage(message));
      assert.equal(outline.id, message.id);
      assert.equal(outline.opcode, message.opcode);
      assert.equal(outline.rcode, message.rcode & 15);
      assert.equal((outline.flags & dns.RESPONSE) !== 0, message.flags.response);
      assert.equal(outline.questionCount, message.questions.length);
      assert.deepEqual(outline.question, plain(message).questions[0]);
      const { edns } = message;
      const expected = edns && { udpPayloadSize: edns.udpPayloadSize, version: edns.version };
      assert.deepEqual(outline.edns, expected);
    }),
  );
});

describe('bytes that something happened to', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });

  test('are parsed, or are a DecodeError', () => {
    fc.assert(
      fc.property(messagesOf(nameText), damage, fc.nat(), (message, changes, cut) => {
        const bytes = dns.emitMessage(message).slice();
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        decodes(bytes.subarray(0, bytes.length - (cut % 3 === 0 ? cut % bytes.length : 0)));
      }),
      { numRuns: 2000 },
    );
  });

  test('any bytes at all are parsed, or are a DecodeError', () => {
    const pointers = fc.array(fc.constantFrom(0xc0, 0x0c, 0, 1, 0x3f, 0x40, 0xff), {
      maxLength: 60,
    });
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      pointers.map((list) => Uint8Array.from(list)),
    );
    const counts = fc.uint8Array({ minLength: 12, maxLength: 12, max: 3 });
    fc.assert(
      fc.property(counts, body, (header, rest) => {
        decodes(Uint8Array.from([...header, ...rest]));
        decodes(rest);
      }),
      { numRuns: 2000 },
    );
  });

  function decodes(bytes: Uint8Array): void {
    for (const parse of [dns.parseMessage, dns.parseOutline]) {
      try {
        parse(bytes);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }
  }
});

describe('beside dns-packet', () => {
  // What both can express: names of plain labels, and the types that both know.
  const u16 = fc.nat(0xffff);
  const answers = fc.array(
    fc.oneof(
      answer('A', fc.ipV4()),
      answer('AAAA', ipv6Text),
      answer('CNAME', plainName),
      answer('NS', plainName),
      answer('PTR', plainName),
      answer('MX', fc.record({ preference: u16, exchange: plainName })),
      answer(
        'TXT',
        fc.array(
          fc.uint8Array({ minLength: 1, maxLength: 30 }).map((text) => Buffer.from(text)),
          { minLength: 1, maxLength: 3 },
        ),
      ),
      answer('SRV', fc.record({ priority: u16, weight: u16, port: u16, target: plainName })),
      answer(
        'SOA',
        fc.record({
          mname: plainName,
          rname: plainName,
          serial: u16,
          refresh: u16,
          retry: u16,
          expire: u16,
          minimum: u16,
        }),
      ),
    ),
    { maxLength: 6 },
  );
  const theirs = fc.record(
    {
      id: u16,
      type: fc.constantFrom('query' as const, 'response' as const),
      flags: fc
        .subarray([
          packet.RECURSION_DESIRED,
          packet.TRUNCATED_RESPONSE,
          packet.AUTHORITATIVE_ANSWER,
        ])
        .map((bits) => bits.reduce((all, bit) => all | bit, 0)),
      questions: fc.array(
        fc.record({
          type: fc.constantFrom('A' as const, 'MX' as const, 'AAAA' as const),
          name: plainName,
        }),
      ),
      ...{ answers, authorities: answers },
    },
    { noNullPrototype: true },
  );

  function answer(type: string, data: fc.Arbitrary<unknown>): fc.Arbitrary<packet.Answer> {
    const rest = { type: fc.constant(type), name: plainName, ttl: u16, data };
    return fc.record(rest, { noNullPrototype: true }) as unknown as fc.Arbitrary<packet.Answer>;
  }

  test('what dns-packet writes is read as it was meant', () => {
    fc.assert(
      fc.property(theirs, (given) => {
        const message = dns.parseMessage(packet.encode(given));
        assert.equal(message.id, given.id);
        assert.equal(message.flags.response, given.type === 'response');
        assert.deepEqual(message.answers.map(asTheirs), given.answers.map(comparable));
        assert.deepEqual(message.authorities.map(asTheirs), given.authorities.map(comparable));
      }),
    );
  });

  test('what we write of it, with names compressed, dns-packet reads the same', () => {
    fc.assert(
      fc.property(theirs, (given) => {
        const encoded = packet.encode(given);
        const ours = dns.emitMessage(dns.parseMessage(encoded));
        assert.ok(ours.length <= encoded.length);
        assert.deepEqual(packet.decode(Buffer.from(ours)), packet.decode(encoded));
      }),
    );
  });

  type WithData = Extract<packet.Answer, { data: unknown }>;

  function comparable(given: packet.Answer): unknown {
    const { name, type, ttl, data } = given as WithData;
    return { name, type, ttl, data: JSON.parse(JSON.stringify(data)) as unknown };
  }

  function asTheirs(record: dns.ResourceRecord): unknown {
    const { name, ttl, data } = record;
    return {
      name,
      type: dns.typeName(record.type),
      ttl,
      data: JSON.parse(JSON.stringify(theirData(data))) as unknown,
    };
  }

  function theirData(data: dns.RecordData): unknown {
    switch (data.kind) {
      case 'address':
        return data.address;
      case 'name':
        return data.name;
      case 'txt':
        return data.strings.map((text) => Buffer.from(text));
      case 'soa': {
        const { kind: _, primary, mailbox, ...numbers } = data;
        return { mname: primary, rname: mailbox, ...numbers };
      }
      case 'mx':
      case 'srv': {
        const { kind: _, ...rest } = data;
        return rest;
      }
      case 'opaque':
        return data.bytes;
    }
  }
});

test('every type of the table has a name, and others have a number', () => {
  for (const [name, number] of Object.entries(types)) assert.equal(dns.typeName(number), name);
  assert.equal(dns.typeName(65_280), 'TYPE65280');
});
