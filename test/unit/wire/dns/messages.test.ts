/** Messages of the DNS, beside bytes written down by hand. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecodeError } from '../../../../src/errors/index.js';
import { dns } from '../../../../src/wire/index.js';
import { hexBytes, message, record } from './samples.js';

const { classes, rcodes, types } = dns;

const samples: Record<string, [dns.Message, string]> = {
  'a query with EDNS': [
    message({
      ...{ id: 0x1d2c, flags: { recursionDesired: true, authenticData: true } },
      questions: [{ name: 'www.example.com', type: types.AAAA, class: classes.IN }],
      edns: { udpPayloadSize: 1232, version: 0, dnssecOk: true, options: [cookie()] },
    }),
    //id   flags qd   an   ns   ar
    `1d2c 0120 0001 0000 0000 0001
     03777777 076578616d706c65 03636f6d 00 001c 0001` +
      // root OPT size rcode version DO  length  COOKIE
      '00 0029 04d0 00 00 8000 000c 000a 0008 0102030405060708',
  ],
  'an answer through an alias, names compressed': [
    message({
      ...{ id: 7, flags: { response: true, recursionDesired: true, recursionAvailable: true } },
      questions: [{ name: 'a.test', type: types.A, class: classes.IN }],
      answers: [
        record('a.test', types.CNAME, { kind: 'name', name: 'b.test' }),
        record('b.test', types.A, { kind: 'address', address: '192.0.2.1' }),
      ],
    }),
    `0007 8180 0001 0002 0000 0000
     0161 0474657374 00 0001 0001` +
      // "a.test" is at 12, "test" at 14, "b.test" in the data of the first record at 36
      'c00c 0005 0001 0000012c 0004 0162 c00e' +
      'c024 0001 0001 0000012c 0004 c0000201',
  ],
  'no such name, with the zone': [
    message({
      ...{ id: 1, rcode: rcodes.NXDOMAIN, flags: { response: true, authoritative: true } },
      questions: [{ name: 'x.test', type: types.MX, class: classes.IN }],
      authorities: [
        record('test', types.SOA, {
          ...{ kind: 'soa', primary: 'ns.test', mailbox: 'root.ns.test', serial: 2 },
          ...{ refresh: 3, retry: 4, expire: 5, minimum: 6 },
        }),
      ],
    }),
    `0001 8403 0001 0000 0001 0000
     0178 0474657374 00 000f 0001
     c00e 0006 0001 0000012c 0020` +
      // primary, mailbox: "ns.test" is at 36
      '026e73c00e 04726f6f74c024 00000002 00000003 00000004 00000005 00000006',
  ],
  'a service, whose target is not compressed': [
    message({
      questions: [{ name: '_x._tcp.test', type: types.SRV, class: classes.IN }],
      answers: [
        record('_x._tcp.test', types.SRV, {
          ...{ kind: 'srv', priority: 1, weight: 2, port: 443, target: 'h.test' },
        }),
      ],
    }),
    `0000 0000 0001 0001 0000 0000
     025f78 045f746370 0474657374 00 0021 0001
     c00c 0021 0001 0000012c 000e 0001 0002 01bb 0168 0474657374 00`,
  ],
  'texts, and a type that this codec does not know': [
    message({
      answers: [
        record('.', types.TXT, { kind: 'txt', strings: [hexBytes('6869'), hexBytes('')] }),
        record('.', 65_280, { kind: 'opaque', bytes: hexBytes('c00cff') }),
      ],
    }),
    `0000 0000 0000 0002 0000 0000
     00 0010 0001 0000012c 0004 026869 00
     00 ff00 0001 0000012c 0003 c00cff`,
  ],
  'an error beyond 15, whose upper bits are in the OPT record': [
    message({
      rcode: rcodes.BADVERS,
      edns: { udpPayloadSize: 512, version: 3, dnssecOk: false, options: [] },
    }),
    '0000 0000 0000 0000 0000 0001 00 0029 0200 01 03 0000 0000',
  ],
};

function cookie(): dns.EdnsOption {
  return { code: 10, data: hexBytes('0102030405060708') };
}

for (const [title, [value, hex]] of Object.entries(samples)) {
  test(`${title}: parsed and emitted`, () => {
    assert.deepEqual(dns.parseMessage(hexBytes(hex)), value);
    assert.deepEqual(dns.emitMessage(value), hexBytes(hex));
  });
}

test('a name is led by pointers to pointers', () => {
  const question = hexBytes('0000 0000 0002 0000 0000 0000 0474657374 00 0001 0001 c00c 0001 0001');
  const [, second] = dns.parseMessage(question).questions;
  assert.equal(second?.name, 'test');
});

describe('a message that is none', () => {
  const wrong: Record<string, string> = {
    'a header cut short': '0000 0000 0001 0000 0000',
    'a pointer to itself': '0000 0000 0001 0000 0000 0000 c00c 0001 0001',
    'two pointers to each other': '0000 0000 0002 0000 0000 0000 c00e c00c 0001 0001',
    'a pointer ahead': '0000 0000 0001 0000 0000 0000 c012 0001 0001 0161 00',
    'labels that lead back to themselves': '0000 0000 0001 0000 0000 0000 0161 c00c 0001 0001',
    'a pointer behind the end': '0000 0000 0001 0000 0000 0000 c0ff 0001 0001',
    'a kind of label that RFC 6891 section 5 gave up':
      '0000 0000 0001 0000 0000 0000 41ff 00 0001 0001',
    'a name of more than 255 bytes': `0000 0000 0001 0000 0000 0000 ${'0161'.repeat(128)} 00 0001 0001`,
    'more questions than there are': '0000 0000 ffff 0000 0000 0000 00 0001 0001',
    'an address of three bytes': '0000 0000 0000 0001 0000 0000 00 0001 0001 00000000 0003 7f0000',
    'a name that ends after its data':
      '0000 0000 0000 0001 0000 0000 00 0002 0001 00000000 0001 0161 00',
    'data behind a name': '0000 0000 0000 0001 0000 0000 00 0002 0001 00000000 0002 0000',
    'a text longer than its data': '0000 0000 0000 0001 0000 0000 00 0010 0001 00000000 0002 0261',
    'data longer than the message':
      '0000 0000 0000 0001 0000 0000 00 0001 0001 00000000 0005 7f0000',
    'two OPT records':
      '0000 0000 0000 0000 0000 0002 00 0029 0200 00000000 0000 00 0029 0200 00000000 0000',
    'an EDNS option cut short': '0000 0000 0000 0000 0000 0001 00 0029 0200 00000000 0003 000a00',
  };
  for (const [title, hex] of Object.entries(wrong)) {
    test(title, () => {
      assert.throws(() => dns.parseMessage(hexBytes(hex)), DecodeError);
    });
  }

  test('a chain of pointers longer than any name needs', () => {
    assert.equal(dns.parseMessage(chained(100)).answers[1]?.name, '.');
    assert.throws(() => dns.parseMessage(chained(200)), DecodeError);
  });

  /** A record whose data are pointers, each to the one before, and one that is named by the last. */
  function chained(pointers: number): Uint8Array {
    const dataAt = 23;
    const targets = Array.from({ length: pointers }, (_, i) =>
      i === 0 ? 12 : dataAt + 2 * (i - 1),
    );
    const chain = [...targets, dataAt + 2 * (pointers - 1)].map((target) => `c${hex(target, 3)}`);
    const last = chain.pop() ?? '';
    return hexBytes(
      `0000 0000 0000 0002 0000 0000 00 ff00 0001 00000000 ${hex(2 * pointers, 4)}
       ${chain.join('')} ${last} ff00 0001 00000000 0000`,
    );
  }

  function hex(value: number, digits: number): string {
    return value.toString(16).padStart(digits, '0');
  }
});

describe('a value that no message can hold is a RangeError', () => {
  const wrong: Record<string, dns.ResourceRecord> = {
    'a label of 64 bytes': record('a'.repeat(64), types.A, { kind: 'address', address: '::' }),
    'an empty label': record('a..b', types.A, { kind: 'address', address: '127.0.0.1' }),
    'a name of 256 bytes': record(`${'a'.repeat(63)}.`.repeat(4), types.TXT, {
      kind: 'txt',
      strings: [],
    }),
    'an address of the other family': record('a', types.A, { kind: 'address', address: '::1' }),
    'data of another type': record('a', types.MX, { kind: 'name', name: 'b' }),
    'a text of 256 bytes': record('a', types.TXT, { kind: 'txt', strings: [new Uint8Array(256)] }),
    'too much data': record('a', 999, { kind: 'opaque', bytes: new Uint8Array(65_536) }),
    'an escape of no byte': record('\\256', types.TXT, { kind: 'txt', strings: [] }),
    'an escape of nothing': record('a\\', types.TXT, { kind: 'txt', strings: [] }),
  };
  for (const [title, answer] of Object.entries(wrong)) {
    test(title, () => {
      assert.throws(() => dns.emitMessage(message({ answers: [answer] })), RangeError);
    });
  }
});

describe('the outline of a message', () => {
  test('of a query with EDNS', () => {
    const bytes = hexBytes(samples['a query with EDNS']?.[1] ?? '');
    assert.deepEqual(dns.parseOutline(bytes), {
      ...{ id: 0x1d2c, flags: 0x0120, opcode: 0, rcode: 0, questionCount: 1, questionEnd: 33 },
      question: { name: 'www.example.com', type: types.AAAA, class: classes.IN },
      edns: { udpPayloadSize: 1232, version: 0 },
    });
  });

  test('records are stepped over, whatever is in them', () => {
    const bytes = hexBytes('0000 8000 0000 0001 0000 0000 c0ff 0001 0001 00000000 0001 ff');
    assert.equal(dns.parseOutline(bytes).question, undefined);
    assert.throws(() => dns.parseOutline(bytes.subarray(0, -1)), DecodeError);
  });
});
