/** Which uplink is not alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turns } from '../../../src/uplink/turns.js';

test('one alone never shares; beside another each does, until that has been quiet for a while', () => {
  const turns = new Turns();
  const [one, other] = [{}, {}];
  assert.deepEqual(
    [0, 1, 2].map((now) => turns.begin(one, now)),
    [false, false, false],
  );
  assert.equal(turns.begin(other, 3), true);
  assert.equal(turns.begin(one, 4), true);
  assert.equal(turns.begin(one, 4.5), false, 'nobody has come in between');
  assert.equal(turns.begin(other, 20), false, 'the last turn of another was long ago');
});
