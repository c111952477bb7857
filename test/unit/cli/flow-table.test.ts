/** Flows as rows and lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowEventLine } from '../../../src/cli/flow-line.js';
import { Rates, flowTable, meanRate, sizeText } from '../../../src/cli/flow-table.js';
import type { FlowRecord } from '../../../src/index.js';

const flow: FlowRecord = {
  ...{ id: 1, protocol: 'tcp', direction: 'outbound', name: 'example.org' },
  namespace: { address: 'fd00::100', port: 40_000 },
  remote: { address: '2001:db8::1', port: 443 },
  ...{ decision: 'accepted', state: 'ESTABLISHED', sentBytes: 1000, receivedBytes: 1_500_000 },
  beganAt: 1000,
};
const ping: FlowRecord = {
  ...{ ...flow, id: 2, protocol: 'icmp', direction: 'inbound', name: undefined, state: 'OPEN' },
  ...{ namespace: { address: '10.0.2.100', port: 0 }, remote: { address: '10.0.2.2', port: 0 } },
  ...{ sentBytes: 64, receivedBytes: 64, endedAt: 2000, end: 'idle' },
};

test('sizes have a unit and no more digits than one reads', () => {
  const sizes = [0, 999, 1000, 1049, 9949, 9950, 123_456, 999_600, 1_500_000, 2e12, 5e15];
  assert.deepEqual(sizes.map(sizeText), [
    '0 B',
    '999 B',
    '1.0 kB',
    '1.0 kB',
    '9.9 kB',
    '10 kB',
    '123 kB',
    '1.0 MB',
    '1.5 MB',
    '2.0 TB',
    '5000 TB',
  ]);
});

test('a table has a row for each flow, with its mean rate', () => {
  const now = 11_000;
  const table = flowTable([flow, ping], { now, rateOf: (one) => meanRate(one, now) });
  assert.deepEqual(
    table.split('\n').map((line) => line.split(/ {2,}/)),
    [
      [
        'PROTO',
        'NAMESPACE',
        'REMOTE',
        'NAME',
        'STATE',
        'SENT',
        'RECEIVED',
        'RATE',
        'AGE',
        'DECISION',
      ],
      [
        ...['tcp', '[fd00::100]:40000', '->', '[2001:db8::1]:443', 'example.org', 'ESTABLISHED'],
        ...['1.0 kB', '1.5 MB', '150 kB/s', '10s', 'accepted'],
      ],
      [
        'icmp',
        '10.0.2.100',
        '<-',
        '10.0.2.2',
        '-',
        'idle',
        '64 B',
        '64 B',
        '128 B/s',
        '1s',
        'accepted',
      ],
    ],
  );
});

test('rates are those since the last look', () => {
  const rates = new Rates();
  rates.look([flow], 11_000);
  assert.equal(rates.of(flow), meanRate(flow, 11_000));
  rates.look([{ ...flow, sentBytes: 3000 }], 13_000);
  assert.equal(rates.of(flow), 1000);
  assert.equal(rates.of(ping), 0);
});

test('events are lines', () => {
  const ends = 'tcp [fd00::100]:40000 -> [2001:db8::1]:443 (example.org)';
  const line = (event: 'start' | 'change' | 'end', values: Partial<FlowRecord> = {}): string =>
    flowEventLine({ event, flow: { ...flow, ...values } });
  const carried = 'sent 1000 received 1500000';
  assert.equal(line('start'), `start  ${ends} accepted`);
  assert.equal(line('change'), `change ${ends} ${carried} ESTABLISHED`);
  assert.equal(line('end', { end: 'fin' }), `end    ${ends} ${carried} fin`);
  const rejected = { end: 'rejected', decision: 'rejected: prohibited by --deny all' } as const;
  assert.equal(line('end', rejected), `end    ${ends} ${carried} ${rejected.decision}`);
  assert.equal(
    flowEventLine({ event: 'end', flow: ping }),
    'end    icmp 10.0.2.100 <- 10.0.2.2 sent 64 received 64 idle',
  );
  assert.match(flowEventLine({ event: 'lost', count: 3 }), /^lost 3 events/);
});
