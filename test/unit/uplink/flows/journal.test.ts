/** What is remembered of flows, and what those hear who follow them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FlowInfo, WatchedFlow } from '../../../../src/stack/index.js';
import type { Decision } from '../../../../src/uplink/decision.js';
import { followFlows, type FlowEvent } from '../../../../src/uplink/flows/follow.js';
import { recordOf } from '../../../../src/uplink/flows/flow-record.js';
import { FlowJournal } from '../../../../src/uplink/flows/journal.js';
import { refused } from '../../../../src/uplink/refusals.js';
import { parseIp } from '../../../../src/wire/index.js';

const bytes = (text: string): Uint8Array => parseIp(text) ?? assert.fail(text);

function flow(namespacePort: number, values: Partial<WatchedFlow> = {}): WatchedFlow {
  const ends = {
    ...{ version: 4 as const, namespaceAddress: bytes('10.0.2.100'), namespacePort },
    ...{ remoteAddress: bytes('192.0.2.1'), remotePort: 80 },
  };
  return { protocol: 'tcp', direction: 'outbound', ends, ...values };
}

/** As the stack does: what the journal answers to a beginning is kept with the flow. */
const kept = new WeakMap<object, unknown>();

function began(journal: FlowJournal, which: WatchedFlow): void {
  kept.set(which.ends, journal.began(which));
}

const info = (of: WatchedFlow, values: Partial<FlowInfo> = {}): FlowInfo => ({
  ...{ ...of, state: 'ESTABLISHED', bytesToHost: 3, bytesToNamespace: 4, ...values },
  get watched() {
    return kept.get(of.ends);
  },
});

const to = { family: 'inet', address: '192.0.2.1', port: 80 } as const;
const accepted: Decision = { kind: 'connect', to };
const denied: Decision = { kind: 'refuse', refusal: refused, about: 'rejected: by a test' };

/** A clock that goes on by 10 each time. */
function make(nameOf?: () => string | undefined): FlowJournal {
  let time = 0;
  return new FlowJournal({ nameOf, now: () => (time += 10) });
}

function begin(journal: FlowJournal, which: WatchedFlow, decision: Decision = accepted): void {
  began(journal, which);
  const { protocol, ends } = which;
  assert.equal(journal.noting(() => decision)({ protocol, ends }), decision);
}

describe('the journal', () => {
  test('has a record of a flow while it lives, and of its end', () => {
    const journal = make(() => 'example.org');
    const one = flow(1);
    begin(journal, one);
    const record = {
      ...{ id: 1, protocol: 'tcp', direction: 'outbound', name: 'example.org' },
      namespace: { address: '10.0.2.100', port: 1 },
      remote: { address: '192.0.2.1', port: 80 },
      ...{ decision: 'accepted', state: 'ESTABLISHED', sentBytes: 3, receivedBytes: 4 },
      beganAt: 10,
    };
    assert.deepEqual(recordOf(info(one)), record);
    journal.ended(info(one), 'fin');
    assert.deepEqual(journal.past(), [{ ...record, endedAt: 20, end: 'fin' }]);
  });

  test('forgets a flow that ends before anything is decided', async () => {
    const journal = make();
    const one = flow(1);
    began(journal, one);
    let settle: (decision: Decision) => void = () => undefined;
    const late = journal.noting(() => new Promise<Decision>((resolve) => (settle = resolve)))(one);
    journal.ended(info(one), 'timeout');
    settle(denied);
    assert.equal(await late, denied);
    const [{ end, decision } = assert.fail()] = journal.past();
    assert.deepEqual([end, decision], ['timeout', 'waiting for a decision']);
  });

  test('says of a rejected flow that it was, and in which words', () => {
    const journal = make();
    const one = flow(1);
    begin(journal, one, denied);
    journal.ended(info(one, { state: 'CONNECTING' }), 'refused');
    const [{ end, decision } = assert.fail()] = journal.past();
    assert.deepEqual([end, decision], ['rejected', 'rejected: by a test']);
  });

  test('has words for each kind of decision', async () => {
    const close = { close: () => undefined, send: () => 0, sendSegments: () => 0 };
    const said = async (decide: () => Decision | Promise<Decision>): Promise<unknown> => {
      const journal = make();
      const one = flow(1);
      began(journal, one);
      await Promise.resolve(journal.noting(decide)(one)).catch(() => undefined);
      return recordOf(info(one)).decision;
    };
    assert.equal(await said(() => accepted), 'accepted');
    assert.equal(await said(() => ({ kind: 'refuse', refusal: refused })), 'rejected: refused');
    assert.equal(await said(() => ({ kind: 'service', open: () => close })), 'answered here');
    assert.equal(await said(() => Promise.resolve(denied)), 'rejected: by a test');
    const fail = (): never => {
      throw new Error('no');
    };
    assert.equal(await said(fail), 'rejected: nothing was decided');
    assert.equal(
      await said(() => Promise.reject(new Error('no'))),
      'rejected: nothing was decided',
    );
  });

  test('remembers the last 256 ends, in their order', () => {
    const journal = make();
    for (let i = 1; i <= 300; i++) {
      const one = flow(i);
      begin(journal, one);
      journal.ended(info(one), 'fin');
    }
    const ids = journal.past().map(({ id }) => id);
    assert.deepEqual(
      ids,
      Array.from({ length: 256 }, (_, i) => 45 + i),
    );
  });
});

describe('following', () => {
  interface Followed {
    readonly journal: FlowJournal;
    readonly live: FlowInfo[];
    readonly controller: AbortController;
    readonly events: AsyncGenerator<FlowEvent, void>;
    readonly next: () => Promise<string>;
  }

  function follow(lookMs: number, queueMax?: number): Followed {
    const journal = make();
    const live: FlowInfo[] = [];
    const controller = new AbortController();
    const events = followFlows({
      ...{ journal, signals: [controller.signal], lookMs, queueMax },
      flows: () => live.map(recordOf),
    });
    const next = async (): Promise<string> => {
      const { value } = await events.next();
      if (value === undefined) return 'over';
      return value.event === 'lost' ? `lost ${value.count}` : `${value.event} ${value.flow.id}`;
    };
    return { journal, live, controller, events, next };
  }

  test('begins with what is there, and tells starts and ends as they come', async () => {
    const { journal, live, controller, next } = follow(1e9);
    const [one, other] = [flow(1), flow(2)];
    begin(journal, one);
    live.push(info(one));
    assert.equal(await next(), 'start 1');
    const soon = next();
    begin(journal, other);
    assert.equal(await soon, 'start 2');
    journal.ended(info(one), 'fin');
    journal.ended(info(other), 'timeout');
    assert.deepEqual([await next(), await next()], ['end 1', 'end 2']);
    const last = next();
    controller.abort();
    assert.equal(await last, 'over');
  });

  test('tells a decision that came late as a change', async () => {
    const { journal, next } = follow(1e9);
    const first = next();
    const one = flow(1);
    began(journal, one);
    let settle: (decision: Decision) => void = () => undefined;
    const later = new Promise<Decision>((resolve) => (settle = resolve));
    const decided = journal.noting(() => later)(one);
    assert.equal(await first, 'start 1');
    settle(denied);
    await decided;
    assert.equal(await next(), 'change 1');
  });

  test('sees with each look what has changed, and nothing else', async () => {
    const { journal, live, next } = follow(0);
    const [one, other] = [flow(1), flow(2)];
    begin(journal, one);
    begin(journal, other);
    live.push(info(one), info(other));
    assert.deepEqual([await next(), await next()], ['start 1', 'start 2']);
    live[1] = info(other, { bytesToHost: 9 });
    assert.equal(await next(), 'change 2');
    live[0] = info(one, { state: 'CLOSE-WAIT' });
    assert.equal(await next(), 'change 1');
  });

  test('keeps no more than it may, says how many are lost, and puts that right', async () => {
    const { journal, live, next, events } = follow(0, 4);
    const first = next();
    const flows = Array.from({ length: 10 }, (_, i) => flow(i + 1));
    for (const one of flows) begin(journal, one);
    // As they are told at first, so that nothing has changed.
    const atFirst = { state: 'CONNECTING', bytesToHost: 0, bytesToNamespace: 0 } as const;
    live.push(...flows.map((one) => info(one, atFirst)));
    const said = [await first];
    for (let i = 0; i < 10; i++) said.push(await next());
    const starts = flows.map((_, i) => `start ${i + 1}`);
    assert.deepEqual(said, [...starts.slice(0, 4), 'lost 6', ...starts.slice(4)]);
    // Nobody hears of these ends in time.
    for (const one of flows.slice(0, 6)) journal.ended(info(one), 'fin');
    live.splice(0, 6);
    const ends = [];
    for (let i = 0; i < 7; i++) {
      const { value } = await events.next();
      if (value?.event === 'end') ends.push([value.flow.id, value.flow.end]);
    }
    assert.deepEqual(
      ends,
      [1, 2, 3, 4, 5, 6].map((id) => [id, 'fin']),
    );
  });
});
