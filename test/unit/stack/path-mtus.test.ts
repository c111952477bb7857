/** What routers say of the ways behind the namespace: RFC 1191, RFC 8201. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Clock } from '../../../src/stack/clock.js';
import { PathMtus } from '../../../src/stack/path-mtus.js';
import { address } from '../../support/stack/frames.js';

const one = address('10.9.0.2');
const six = address('fd09::2');
const MINUTE = 60_000;

function paths(): { paths: PathMtus; clock: Clock } {
  const clock = new Clock();
  return { paths: new PathMtus({ clock, settings: { mtu: 9000 } }), clock };
}

describe('the MTU of a way', () => {
  test('is the device’s until a router says less', () => {
    const { paths: mtus } = paths();
    assert.equal(mtus.of(one), 9000);
    assert.equal(mtus.narrow(4, one, 1400), 1400);
    assert.equal(mtus.of(one), 1400);
    assert.equal(mtus.of(address('10.9.0.3')), 9000);
  });

  test('never grows because of an error (RFC 1191 section 3)', () => {
    const { paths: mtus } = paths();
    mtus.narrow(4, one, 1400);
    assert.equal(mtus.narrow(4, one, 1500), 1400);
    assert.equal(mtus.narrow(4, one, 60_000), 1400);
  });

  test('of a router that does not say is 576 (RFC 1191 section 5)', () => {
    assert.equal(paths().paths.narrow(4, one, 0), 576);
  });

  test('is never taken for less than 552 by IPv4', () => {
    assert.equal(paths().paths.narrow(4, one, 68), 552);
  });

  test('by IPv6: an error that says less than 1280 is discarded (RFC 8201 section 4)', () => {
    const { paths: mtus } = paths();
    assert.equal(mtus.narrow(6, six, 1279), 9000);
    assert.equal(mtus.narrow(6, six, 0), 9000);
    assert.equal(mtus.narrow(6, six, 1280), 1280);
  });

  test('is forgotten after ten minutes (RFC 1191 section 6.3, RFC 8201 section 5.3)', () => {
    const { paths: mtus, clock } = paths();
    mtus.narrow(6, six, 1400);
    clock.now = 10 * MINUTE - 1;
    assert.equal(mtus.of(six), 1400);
    clock.now += 1;
    assert.equal(mtus.of(six), 9000);
    assert.equal(mtus.size, 0);
  });

  test('is kept for 256 destinations, those that were learned last', () => {
    const { paths: mtus } = paths();
    const nth = (n: number): Uint8Array => address(`10.8.${n >> 8}.${n & 255}`);
    for (let n = 1; n <= 300; n++) mtus.narrow(4, nth(n), 1400);
    assert.equal(mtus.size, 256);
    assert.equal(mtus.of(nth(44)), 9000);
    assert.equal(mtus.of(nth(45)), 1400);
    assert.equal(mtus.of(nth(300)), 1400);
  });
});
