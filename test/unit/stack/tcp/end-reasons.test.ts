/** Why flows end, as it is told to whoever watches them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeStream } from '../../../support/tcp/fake-stream.js';
import { Lab, established, hostEnds, ours, theirs } from '../../../support/tcp/lab.js';

function hasEnded(lab: Lab, why: string): void {
  lab.expectGone();
  assert.deepEqual(lab.reasons, [why]);
}

describe('a flow of the namespace’s ends', () => {
  for (const kind of ['refused', 'silent'] as const) {
    test(`as the host’s side was answered: ${kind}`, () => {
      const lab = new Lab();
      lab.sendSyn();
      lab.events.refused({ kind }, 0);
      lab.takeSent();
      hasEnded(lab, kind);
    });
  }

  test('by a FIN from either side, when TIME-WAIT is over', () => {
    const all = established();
    const { lab } = all;
    hostEnds(all);
    lab.send({ flags: 'FIN|ACK', seq: theirs + 1, ack: ours + 2 });
    assert.deepEqual(lab.reasons, []);
    lab.pass(10_000);
    hasEnded(lab, 'fin');
  });

  test('by a RST of the namespace’s, also before it was answered', () => {
    const { lab } = established();
    lab.send({ flags: 'RST', seq: theirs + 1 });
    hasEnded(lab, 'reset-by-namespace');
    const pending = new Lab();
    pending.sendSyn();
    pending.send({ flags: 'RST', seq: theirs + 1 });
    hasEnded(pending, 'reset-by-namespace');
  });

  test('when the host’s connection breaks', () => {
    const { lab, events, stream } = established();
    stream.broken = 104;
    events.failed(lab.now);
    lab.takeSent();
    hasEnded(lab, 'reset-by-host');
  });

  test('when the host’s connection breaks while the link takes nothing', () => {
    const { lab, events, stream } = established();
    stream.broken = 104;
    lab.linkIsFull = true;
    events.failed(lab.now);
    assert.deepEqual(lab.reasons, []);
    lab.linkIsFull = false;
    lab.pass(10_000);
    hasEnded(lab, 'reset-by-host');
  });

  test('when the namespace answers nothing any more', () => {
    const all = established();
    all.stream.write('data');
    all.events.readable(0, false);
    all.lab.pass(3_600_000);
    hasEnded(all.lab, 'timeout');
  });

  test('when too many wait for the host', () => {
    const lab = new Lab({ limits: { pendingFlows: 1 } });
    lab.sendSyn();
    lab.sendSyn({}, { ...lab.ends, namespacePort: 41_000 });
    assert.deepEqual(lab.reasons, ['evicted']);
    assert.equal(lab.watched.size, 1);
  });
});

test('a flow of the host’s ends when the namespace does not answer', () => {
  const { lab } = established();
  const ends = { ...([...lab.tcp.flows()][0]?.ends ?? assert.fail()), namespacePort: 80 };
  lab.tcp.open(ends, () => new FakeStream(), 0);
  lab.pass(3_600_000);
  assert.deepEqual(lab.reasons, ['timeout']);
});
