import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'node:test';
import { Deadlines, type Timed } from '../../../src/stack/deadlines.js';

class Timer implements Timed {
  deadline = Infinity;
  wakeAt = Infinity;
  heapAt = -1;
}

const timers = (length: number): Timer[] => Array.from({ length }, () => new Timer());

/** All that are due, in the order in which they are given out. */
function take(deadlines: Deadlines<Timer>, now: number): Timer[] {
  const due: Timer[] = [];
  for (let one = deadlines.due(now); one !== undefined; one = deadlines.due(now)) due.push(one);
  return due;
}

test('what is due comes in order of time, once', () => {
  const deadlines = new Deadlines<Timer>();
  const [first, second, third] = timers(3) as [Timer, Timer, Timer];
  deadlines.set(second, 20);
  deadlines.set(first, 10);
  deadlines.set(third, 30);
  assert.equal(deadlines.next(), 10);
  assert.deepEqual(take(deadlines, 20), [first, second]);
  assert.deepEqual(take(deadlines, 29), []);
  assert.equal(deadlines.next(), 30);
});

test('a deadline that moved later does not come early', () => {
  const deadlines = new Deadlines<Timer>();
  const timer = new Timer();
  deadlines.set(timer, 10);
  deadlines.set(timer, 50);
  assert.equal(deadlines.next(), 10);
  assert.deepEqual(take(deadlines, 10), []);
  assert.equal(deadlines.next(), 50);
  assert.deepEqual(take(deadlines, 50), [timer]);
  assert.equal(deadlines.next(), undefined);
});

test('a deadline that moved earlier comes then', () => {
  const deadlines = new Deadlines<Timer>();
  const [one, other] = timers(2) as [Timer, Timer];
  deadlines.set(one, 10);
  deadlines.set(other, 20);
  deadlines.set(other, 5);
  assert.equal(deadlines.next(), 5);
  assert.deepEqual(take(deadlines, 5), [other]);
});

test('whatever is set and deleted, what is due is what a list would say', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('set'), timer: fc.nat(19), at: fc.nat(100) }),
    fc.record({ what: fc.constant('never'), timer: fc.nat(19), at: fc.constant(Infinity) }),
    fc.record({ what: fc.constant('delete'), timer: fc.nat(19), at: fc.constant(Infinity) }),
    fc.record({ what: fc.constant('pass'), timer: fc.constant(0), at: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const deadlines = new Deadlines<Timer>();
      const all = timers(20);
      const wanted = new Map<Timer, number>();
      let now = 0;
      for (const { what, timer, at } of steps) {
        const one = all[timer] ?? assert.fail();
        if (what === 'pass') {
          now += at;
          const due = [...wanted].filter(([, when]) => when <= now);
          for (const [other] of due) wanted.delete(other);
          assert.deepEqual(new Set(take(deadlines, now)), new Set(due.map(([other]) => other)));
        } else {
          if (what === 'delete') deadlines.delete(one);
          else deadlines.set(one, now + at);
          wanted.delete(one);
          if (at !== Infinity) wanted.set(one, now + at);
        }
        const earliest = Math.min(...wanted.values());
        assert.ok((deadlines.next() ?? Infinity) <= earliest);
      }
      // Nothing is kept of what has ended.
      for (const one of all) deadlines.delete(one);
      assert.equal(deadlines.next(), undefined);
    }),
  );
});
