import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseResolvConf } from '../../../../src/stack/index.js';

describe('resolv.conf', () => {
  test('as systemd-resolved writes it', () => {
    const text = '# Do not edit.\n\nnameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n';
    assert.deepEqual(parseResolvConf(text), {
      nameservers: ['127.0.0.53'],
      search: ['lan'],
      options: ['edns0', 'trust-ad'],
    });
  });

  test('servers keep their order, once each, with an interface too', () => {
    const text = `nameserver 192.0.2.2
nameserver\tfe80::1%eth0  # the router
nameserver 192.0.2.2
nameserver ::1`;
    const { nameservers } = parseResolvConf(text);
    assert.deepEqual(nameservers, ['192.0.2.2', 'fe80::1%eth0', '::1']);
  });

  test('what is no server is left out: comments, other words, words without an address', () => {
    const text = `;nameserver 192.0.2.1
 nameserver 192.0.2.2
nameservers 192.0.2.3
nameserver
nameserver dns.example
nameserver 192.0.2.4%eth0
nameserver ::2%
sortlist 192.0.2.5`;
    assert.deepEqual(parseResolvConf(text).nameservers, ['127.0.0.1']);
  });

  test('the last of domain and search counts', () => {
    assert.deepEqual(parseResolvConf('search a b\ndomain c d\n').search, ['c']);
    assert.deepEqual(parseResolvConf('domain c\nsearch a b\n').search, ['a', 'b']);
  });

  test('timeout and attempts have the limits of glibc', () => {
    const read = (options: string): unknown[] => {
      const { timeoutMs, attempts } = parseResolvConf(`options ${options}\n`);
      return [timeoutMs, attempts];
    };
    assert.deepEqual(read('timeout:2 attempts:3'), [2000, 3]);
    assert.deepEqual(read('timeout:99 attempts:99'), [30_000, 5]);
    assert.deepEqual(read('timeout:0 attempts:0'), [1000, 1]);
    assert.deepEqual(read('timeout:1 timeout:4'), [4000, undefined]);
    assert.deepEqual(read('timeout:x attempts: attempts:-1'), [undefined, undefined]);
  });

  test('without a file or a server in it, the server on this machine is asked', () => {
    assert.deepEqual(parseResolvConf(), { nameservers: ['127.0.0.1'], search: [], options: [] });
    assert.deepEqual(parseResolvConf('search a\n').nameservers, ['127.0.0.1']);
  });
});
