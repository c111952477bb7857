/** What the values of ctrtool's options say, and which are refused. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  parseJoin,
  parseKinds,
  parseLimit,
  parseMap,
  parsePair,
  parsePropagation,
} from '../../../../src/compat/ctrtool/launcher/values.js';
import { readCommandLine } from '../../../../src/compat/ctrtool/ns-open-file/options.js';
import {
  UsageError,
  parseInt32,
  parseList,
  parseMode,
  parseNumber,
} from '../../../../src/compat/ctrtool/usage.js';

const refuses = (read: () => unknown): void => {
  assert.throws(read, UsageError);
};

describe('numbers', () => {
  test('decimal, hexadecimal, octal', () => {
    assert.deepEqual(
      ['10', '0x10', '0X1f', '010', '0', '18446744073709551615'].map((t) => parseNumber('x', t)),
      [10n, 16n, 31n, 8n, 0n, 2n ** 64n - 1n],
    );
  });

  test('anything else is refused, and so is what does not fit', () => {
    for (const text of ['', '-1', '1a', '08', '0x', ' 1', '18446744073709551616']) {
      refuses(() => parseNumber('x', text));
    }
    refuses(() => parseInt32('x', '4294967296'));
  });

  test('lists, and modes in octal', () => {
    assert.deepEqual(parseList('x', '1,0x2,,3'), [1, 2, 3]);
    assert.deepEqual(parseList('x', ''), []);
    refuses(() => parseList('x', '1,b'));
    assert.equal(parseMode('755'), 0o755);
    refuses(() => parseMode('8'));
    refuses(() => parseMode('rwx'));
  });

  test('every number that is printed comes back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (n) => {
        assert.equal(parseNumber('x', String(n)), n);
        assert.equal(parseNumber('x', `0x${n.toString(16)}`), n);
      }),
    );
  });
});

describe('the launcher', () => {
  test('id maps', () => {
    assert.deepEqual(parseMap('0.1000.1'), [{ inside: 0, outside: 1000, count: 1 }]);
    assert.equal(parseMap('0.1000.1:1.100000.65536').length, 2);
    for (const text of ['', '0', '0.1', '0.1.2.3', '0 1 2', '0.1.2:', 'a.b.c']) {
      refuses(() => parseMap(text));
    }
  });

  test('propagation by as much of a word as tells which', () => {
    const words = ['shared', 'sl', 'p', 'u'].map(parsePropagation);
    assert.deepEqual(words, ['shared', 'slave', 'private', 'unchanged']);
    for (const text of ['', 's', 'x', 'sharedly']) refuses(() => parsePropagation(text));
  });

  test('socket pairs', () => {
    const pairs = ['0', '1', '2', '3'].map(parsePair);
    assert.deepEqual(pairs, [undefined, 'stream', 'dgram', 'seqpacket']);
    for (const text of ['', '4', '-1', 'x']) refuses(() => parsePair(text));
  });

  test('limits', () => {
    assert.deepEqual(parseLimit('n=100'), { nofile: { soft: 100n, hard: 100n } });
    assert.deepEqual(parseLimit('NOFILE=1:unlimited'), {
      nofile: { soft: 1n, hard: 'unlimited' },
    });
    assert.deepEqual(parseLimit('core=:0'), { core: { soft: undefined, hard: 0n } });
    assert.deepEqual(parseLimit('stack=0x1000:'), { stack: { soft: 4096n, hard: undefined } });
    for (const text of ['', 'n', 'n=', 'n=:', 'what=1', 'n=-1', 'n=1:2:3', '=1']) {
      refuses(() => parseLimit(text));
    }
  });

  test('namespaces to join', () => {
    assert.deepEqual(parseJoin('x', 'mnX:7'), {
      kinds: ['mnt', 'net'],
      from: { fd: 7, close: true },
    });
    assert.deepEqual(parseJoin('x', 'u=/a:b'), { kinds: ['uts'], from: { path: '/a:b' } });
    assert.deepEqual(parseJoin('x', 'U//proc/1'), {
      kinds: ['user'],
      from: { procFolder: '/proc/1' },
    });
    process.env['CTRTOOL_TEST_FD'] = '9';
    assert.deepEqual(parseJoin('x', 'i-CTRTOOL_TEST_FD').from, { fd: 9, close: false });
    delete process.env['CTRTOOL_TEST_FD'];
    for (const text of ['', 'm', 'z:1', 'm:', 'm:x', 'm-', 'm-CTRTOOL_TEST_FD']) {
      refuses(() => parseJoin('x', text));
    }
    refuses(() => parseKinds('x', 'T'));
  });
});

describe('ns_open_file', () => {
  const read = (...words: string[]) => readCommandLine('ns_open_file', [...words, 'true']);
  const only = (...words: string[]) => read(...words).requests[0];

  test('addresses with flags and a scope', () => {
    const bound = only('-n', '-6', 'fe80::1,80,apIO:,3');
    assert.deepEqual(bound?.bind, {
      family: 'inet6',
      address: 'fe80::1',
      port: 80,
      scopeId: 3,
    });
    assert.deepEqual(bound.options, { reuseAddress: true, reusePort: true, ipv6Only: false });
    const named = only('-n', '-6', 'fe80::1,80,:,eth0');
    assert.equal(named?.scope, 'eth0');
    assert.deepEqual(only('-n', '-4', '127.0.0.1,0')?.bind, {
      family: 'inet',
      address: '127.0.0.1',
      port: 0,
    });
  });

  for (const text of [
    '',
    '::',
    ',80',
    '::,',
    '::,x',
    '::,65536',
    '1.2.3,80',
    'host,80',
    '::,80,I',
  ]) {
    test(`no address: "${text}"`, () => {
      refuses(() => read('-n', '-6', text));
    });
  }

  test('clusters: the last option of one takes the next word', () => {
    const { requests } = read('-nN', '/a', '-UT', '-fN/b');
    assert.deepEqual(
      requests.map(({ letter, namespace, joinsOwner }) => [letter, namespace, joinsOwner]),
      [
        ['n', '/a', true],
        ['T', undefined, false],
        ['f', '/b', false],
      ],
    );
  });

  test('any address text is bound or refused', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('-4', '-6', '-P'), (text, option) => {
        try {
          read('-n', option, text);
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error));
        }
      }),
    );
  });
});
