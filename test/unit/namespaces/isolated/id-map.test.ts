import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idsBelow } from '../../../../src/namespaces/isolated/id-map.js';

test('the ids of the base follow each other from 0 on, without the user’s own', () => {
  const map = '         0       1001          1\n         1     100000      65536\n';
  assert.deepEqual(idsBelow(map), [{ inside: 0, outside: 1, count: 65536 }]);
});

test('two ranges stay two, because one may not span both', () => {
  assert.deepEqual(idsBelow('0 1001 1\n1 100000 10\n11 300000 5\n'), [
    { inside: 0, outside: 1, count: 10 },
    { inside: 10, outside: 11, count: 5 },
  ]);
});

test('a base with one id has none to give', () => {
  assert.deepEqual(idsBelow('0 1001 1\n'), []);
});
