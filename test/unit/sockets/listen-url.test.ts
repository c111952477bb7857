/** Addresses of `nskit listen`, and the programs they become. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isLabel, type Step } from '../../../src/native/index.js';
import { parseListenUrl, splitHostAndPort } from '../../../src/sockets/index.js';

/** The calls of the program that opens it, with their sentences. */
function steps(url: string): string[] {
  return parseListenUrl(url)
    .opening.steps.filter((item): item is Step => !isLabel(item))
    .map(({ call, sentence }) => `${call}: ${sentence}`);
}

describe('an address becomes a program', () => {
  test('tcp, with a backlog and options, in the order that bind wants them', () => {
    assert.deepEqual(steps('tcp://[::1]:80?backlog=9&transparent&ipv6-only=no&defer-accept=3'), [
      'socket: make a socket for [::1]:80',
      'setsockopt: set reuseAddress',
      'setsockopt: set ipv6Only',
      'setsockopt: set transparent',
      'setsockopt: set deferAccept',
      'bind: bind to [::1]:80',
      'listen: listen on [::1]:80',
      'getsockname: find out the address of [::1]:80',
    ]);
  });

  test('udp does not listen', () => {
    assert.deepEqual(steps('udp://127.0.0.1:53'), [
      'socket: make a socket for 127.0.0.1:53',
      'bind: bind to 127.0.0.1:53',
      'getsockname: find out the address of 127.0.0.1:53',
    ]);
  });

  test('a scope is found inside, before the bind', () => {
    const calls = steps('tcp://[fe80::1%eth0]:80').map((text) => text.split(':')[0]);
    assert.deepEqual(calls.slice(2, 6), ['ioctl', 'load32', 'store32', 'bind']);
  });

  test('unix, by path and abstract; vsock', () => {
    assert.ok(
      steps('unix:///run/a b?c.sock'.replace('?c', '')).includes('bind: bind to /run/a b.sock'),
    );
    assert.ok(steps('unix://@name?backlog=1').includes('bind: bind to @name'));
    assert.ok(steps('vsock://3:5000').includes('bind: bind to vsock/3:5000'));
  });

  test('a name for LISTEN_FDNAMES', () => {
    assert.equal(parseListenUrl('tcp://:80?name=web').name, 'web');
    assert.equal(parseListenUrl('tcp://:80').name, undefined);
  });
});

describe('HOST:PORT', () => {
  const cases: Record<string, [string | undefined, number]> = {
    '127.0.0.1:80': ['127.0.0.1', 80],
    '[::1]:80': ['::1', 80],
    'example.test:0': ['example.test', 0],
    ':65535': [undefined, 65_535],
    '80': [undefined, 80],
    '[]:80': [undefined, 80],
  };
  for (const [text, [host, port]] of Object.entries(cases)) {
    test(text, () => {
      assert.deepEqual(splitHostAndPort(text), { host, port });
    });
  }

  for (const text of ['', ':', '::1:80', 'a:b', '127.0.0.1:', ':65536', ':-1', '[::1]80']) {
    test(`refused: ${text}`, () => {
      assert.throws(() => splitHostAndPort(text), { code: 'ERR_USAGE' });
    });
  }
});
