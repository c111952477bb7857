/** Domain names as text and as labels. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { dns } from '../../../../src/wire/index.js';
import { anyName } from './arbitraries.js';

test('a dot at the end changes nothing, unless it is escaped', () => {
  assert.deepEqual(dns.parseName('a.b.'), dns.parseName('a.b'));
  assert.deepEqual(dns.parseName('a\\.'), [Uint8Array.of(0x61, 0x2e)]);
  assert.deepEqual(dns.parseName('a\\\\.'), [Uint8Array.of(0x61, 0x5c)]);
  assert.deepEqual(dns.parseName('.'), []);
});

test('bytes that are no printable character, dots and backslashes are escaped', () => {
  assert.equal(
    dns.labelText(Uint8Array.of(0, 0x2e, 0x5c, 0x20, 0x41, 0xff)),
    '\\000\\.\\\\\\032A\\255',
  );
  assert.deepEqual(dns.parseName('ä'), [Uint8Array.of(0xc3, 0xa4)]);
});

describe('names that are the same', () => {
  test('letters of ASCII count as equal in both cases, others do not (RFC 4343)', () => {
    assert.equal(dns.foldName('WWW.Example.COM.'), 'www.example.com');
    assert.equal(dns.foldName('Ä.'), 'Ä');
    assert.equal(dns.foldName('.'), '.');
    assert.equal(dns.foldName('a\\.'), 'a\\.');
  });

  test('a name is within itself, its ancestors and the root', () => {
    assert.ok(dns.isWithin('a.b', 'a.b'));
    assert.ok(dns.isWithin('a.b', 'b'));
    assert.ok(dns.isWithin('a.b', '.'));
    assert.ok(dns.isWithin('a\\\\.b', 'b'));
    assert.equal(dns.isWithin('ab', 'b'), false);
    assert.equal(dns.isWithin('a\\.b', 'b'), false);
    assert.equal(dns.isWithin('b', 'a.b'), false);
  });
});

test('the text of labels is parsed to the same labels', () => {
  fc.assert(
    fc.property(anyName, (labels) => {
      const text = labels.length === 0 ? '.' : labels.map(dns.labelText).join('.');
      assert.deepEqual(dns.parseName(text), labels);
    }),
  );
});

test('any text is a name or a RangeError', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a\\.0-9ä ]{0,20}$/), (text) => {
      try {
        const labels = dns.parseName(text);
        assert.deepEqual(dns.parseName(labels.map(dns.labelText).join('.') || '.'), labels);
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

describe('names of addresses', () => {
  test('the examples of RFC 1035 section 3.5 and RFC 3596 section 2.5', () => {
    assert.equal(dns.reverseName('10.2.0.52'), '52.0.2.10.in-addr.arpa');
    const ipv6 = 'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa';
    assert.equal(dns.reverseName('4321:0:1:2:3:4:567:89ab'), ipv6);
    assert.equal(dns.addressOfReverse(ipv6), '4321:0:1:2:3:4:567:89ab');
    assert.equal(dns.reverseName('localhost'), undefined);
  });

  test('what is no whole address is none', () => {
    for (const name of [
      '2.10.in-addr.arpa',
      '256.0.0.1.in-addr.arpa',
      '01.0.0.1.in-addr.arpa',
      'a.ip6.arpa',
    ]) {
      assert.equal(dns.addressOfReverse(name), undefined, name);
    }
  });

  test('there and back', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map(groups),
    );
    fc.assert(
      fc.property(address, (text) => {
        const name = dns.reverseName(text) ?? '';
        assert.equal(dns.reverseName(dns.addressOfReverse(name) ?? ''), name);
      }),
    );
  });
});

function groups(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(.{4})(?=.)/g, '$1:');
}
