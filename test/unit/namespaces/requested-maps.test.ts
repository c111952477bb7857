import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveIds, type RequestedIds } from '../../../src/namespaces/requested-maps.js';
import { formatIdMap } from '../../../src/namespaces/id-map.js';

/** The map for user 1000 with the subordinate ids from 100000 on. */
function map(request: RequestedIds, visible = '0 0 4294967295'): string {
  const subordinate = [{ start: 100000, count: 65536 }];
  return formatIdMap(resolveIds(request, { own: 1000, subordinate, visible }));
}

test('nothing asked for is no map', () => {
  assert.equal(map({}), '');
});

test('one id is the own one', () => {
  assert.equal(map({ own: 0 }), '0 1000 1\n');
});

test('"auto" is the first subordinate range, from 0 on', () => {
  assert.equal(map({ ranges: ['auto'] }), '0 100000 65536\n');
});

test('beside an own id a range has a hole inside and none outside, as unshare(1) has it', () => {
  assert.equal(map({ own: 0, ranges: ['auto'] }), '0 1000 1\n1 100000 65535\n');
  assert.equal(map({ own: 5, ranges: ['auto'] }), '0 100000 5\n5 1000 1\n6 100005 65530\n');
});

test('the own id is not mapped a second time out of a range', () => {
  const range = { inside: 0, outside: 998, count: 5 };
  assert.equal(map({ own: 50, ranges: [range] }), '0 998 2\n3 1001 2\n50 1000 1\n');
});

test('"all" is every visible id as itself', () => {
  assert.equal(map({ ranges: ['all'] }, ' 0 1000 1\n 1 100000 10\n'), '0 0 1\n1 1 10\n');
});

test('"auto" without subordinate ids is refused', () => {
  const source = { own: 1000, subordinate: [], visible: '' };
  assert.throws(() => resolveIds({ ranges: ['auto'] }, source), { code: 'ERR_NO_SUBORDINATE_IDS' });
});
