/** The ends of a forward as text. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatRelayEnd, parseRelayEnd, type ParsedEnd } from '../../../src/sockets/index.js';

describe('NAME:tcp:PORT and its like', () => {
  const cases: Record<string, ParsedEnd> = {
    'lab:tcp:80': { place: 'lab', protocol: 'tcp', port: 80 },
    'host:tcp:127.0.0.1:8080': { place: 'host', protocol: 'tcp', host: '127.0.0.1', port: 8080 },
    'lab:udp:[fe80::1%3]:53': { place: 'lab', protocol: 'udp', host: 'fe80::1%3', port: 53 },
    'system:lab:tcp:80': { place: 'system:lab', protocol: 'tcp', port: 80 },
    'lab:unix:/run/x.sock': { place: 'lab', path: '/run/x.sock' },
    'lab:unix:x:tcp:80': { place: 'lab', path: 'x:tcp:80' },
    'lab:unix:@abstract': { place: 'lab', path: '\0abstract' },
  };
  for (const [text, end] of Object.entries(cases)) {
    test(text, () => {
      assert.deepEqual(parseRelayEnd(text), end);
      assert.equal(formatRelayEnd(end), text);
    });
  }

  const refused: Record<string, RegExp> = {
    '': /no end of a relay/,
    lab: /no end of a relay/,
    'lab:80': /no end of a relay/,
    ':tcp:80': /no end of a relay/,
    'lab:sctp:80': /no end of a relay/,
    'tcp:lab:80': /no end of a relay/,
    'lab:tcp:': /not HOST:PORT/,
    'lab:tcp:http': /not HOST:PORT/,
    'lab:tcp:::1:80': /not HOST:PORT/,
    'lab:tcp:65536': /from 0 to 65535/,
    'lab:unix:': /no path for a socket/,
    'lab:unix:@': /no path for a socket/,
    [`lab:unix:/${'p'.repeat(108)}`]: /at most 107 bytes/,
  };
  for (const [text, message] of Object.entries(refused)) {
    test(`refused: ${text}`, () => {
      assert.throws(() => parseRelayEnd(text), { code: 'ERR_USAGE', message });
    });
  }
});

test('what is written is read back', () => {
  const place = fc.stringMatching(/^[a-z0-9_]{1,8}$/);
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  const port = fc.integer({ min: 0, max: 65_535 });
  const protocol = fc.constantFrom('tcp' as const, 'udp' as const);
  const path = fc.stringMatching(/^[\0/][a-z:@ ]{1,20}$/);
  const plain = { noNullPrototype: true };
  const ends = fc.oneof(
    fc.record({ place, protocol, host, port }, plain),
    fc.record({ place, protocol, port }, plain),
    fc.record({ place, path }, plain),
  );
  fc.assert(
    fc.property(ends, (end) => {
      assert.deepEqual(parseRelayEnd(formatRelayEnd(end)), end);
    }),
  );
});

test('any text is read or refused', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('tcp', 'udp', 'unix'), (text, kind) => {
      try {
        parseRelayEnd(`lab:${kind}:${text}`);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'ERR_USAGE');
      }
    }),
  );
});
