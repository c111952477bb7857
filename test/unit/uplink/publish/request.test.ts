import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  isInRange,
  parsePublishedRange,
  parsePublishings,
  publishingText,
} from '../../../../src/uplink/publish/request.js';

function read(...texts: string[]): string[] {
  return parsePublishings(texts).map((one) => `${publishingText(one)} ${one.insidePort}`);
}

describe('ports to publish', () => {
  test('are of 127.0.0.1 and TCP unless it is said', () => {
    assert.deepEqual(read('8080:80'), ['127.0.0.1:8080 80']);
    assert.deepEqual(read('0.0.0.0:53:53/udp'), ['0.0.0.0:53/udp 53']);
    assert.deepEqual(read('[::1]:8080:80/tcp'), ['[::1]:8080 80']);
    assert.deepEqual(read('[0:0::1]:0:80'), ['[::1]:0 80']);
  });

  test('may be ranges of the same length', () => {
    assert.deepEqual(read('8000-8001:80-81'), ['127.0.0.1:8000 80', '127.0.0.1:8001 81']);
  });

  test('may be of one number in both protocols, and of several addresses', () => {
    assert.equal(read('53:53', '53:53/udp', '[::1]:53:53', '0:80', '0:80').length, 5);
  });

  for (const [texts, message] of [
    [['8000-8002:80-81'], /8000-8002:80-81: 3 of the host’s ports, but 2 inside/],
    [['8000-8001:80'], /2 of the host’s ports, but 1 inside/],
    [['8001-8000:80-81'], /a range goes up, not from 8001 to 8000/],
    [['0-1:80-81'], /port 0 stands alone/],
    [['8080:0'], /8080:0: 0 is no port/],
    [['65536:80'], /65536 is no port/],
    [['1-5000:1-5000'], /5000 ports, and 4096 at most/],
    [['8080:80', '8000-8090:100-190'], /127\.0\.0\.1:8080 is to be published twice/],
    [['localhost:8080:80'], /"localhost" is no address of the host’s/],
    [['[10.0.0.1]:8080:80'], /"\[10\.0\.0\.1\]" is no address/],
    [['::1:8080:80'], /"::1:8080:80" is no port to publish/],
    [['8080'], /"8080" is no port to publish/],
    [['8080:80/sctp'], /is no port to publish/],
    [[''], /"" is no port to publish/],
  ] as const) {
    test(`${texts.join(' ')} is refused`, () => {
      assert.throws(() => parsePublishings(texts), { code: 'ERR_USAGE', message });
    });
  }
});

test('a published port is named by its number, whatever the address, or with it', () => {
  const port = { protocol: 'tcp', address: '::1', port: 8080 } as const;
  const isMeant = (text: string): boolean => isInRange(parsePublishedRange(text), port);
  assert.ok(['8080', '8000-8080', '[::1]:8080', '8080/tcp'].every(isMeant));
  assert.ok(!['8081', '8080/udp', '127.0.0.1:8080'].some(isMeant));
  for (const text of ['', '0', '8080:80', 'x']) {
    assert.throws(() => parsePublishedRange(text), { code: 'ERR_USAGE' });
  }
});
