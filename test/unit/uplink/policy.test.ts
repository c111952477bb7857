/** What becomes of a flow: what is ours, then hooks, then rules. No socket is opened. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Decision, FlowRequest } from '../../../src/uplink/decision.js';
import type { Flow, FlowHook, Verdict } from '../../../src/uplink/flow.js';
import { familiesOf, uplinkPlan } from '../../../src/uplink/options.js';
import { Policy, type PolicyOptions } from '../../../src/uplink/policy/policy.js';
import { flowRequest as request } from '../../support/flow-request.js';

interface Made {
  readonly policy: Policy;
  readonly reported: string[];
}

function make(options: Partial<PolicyOptions> = {}, ...hooks: FlowHook[]): Made {
  const reported: string[] = [];
  const policy = new Policy({
    families: familiesOf(uplinkPlan()),
    report: (error, flow) => reported.push(`${flow.host}: ${(error as Error).message}`),
    ...options,
  });
  for (const hook of hooks) policy.onFlow(hook);
  const { decide } = policy;
  Object.assign(policy, { decide: (asked: FlowRequest) => plain(decide(asked)) });
  return { policy, reported };
}

/** Without what is said of it, which has a test of its own. */
function plain(decision: Decision | Promise<Decision>): unknown {
  if (decision instanceof Promise) return decision.then(plain);
  const parts = Object.entries(decision).filter(([key]) => key !== 'about');
  return Object.fromEntries(parts.filter(([, value]) => value !== undefined));
}

const to = (address: string, port: number): Partial<Decision> => ({
  kind: 'connect',
  to: { family: address.includes(':') ? 'inet6' : 'inet', address, port },
});
const refused = { kind: 'refuse', refusal: { kind: 'refused' } };
const unreachable = { kind: 'refuse', refusal: { kind: 'unreachable', type: 3, code: 1 } };

describe('without a hook', () => {
  const decide = (text: string, options: Partial<PolicyOptions> = {}): unknown =>
    make(options).policy.decide(request(text));

  test('a flow goes where it wants to, from where it was told', () => {
    const ipv4 = { address: '198.51.100.7', device: 'eth1' };
    const outbound = { ipv4, ipv6: { address: undefined } };
    assert.deepEqual(decide('tcp 192.0.2.1 80'), to('192.0.2.1', 80));
    const expected = { ...to('192.0.2.1', 80), from: ipv4 };
    assert.deepEqual(decide('tcp 192.0.2.1 80', { outbound }), expected);
  });

  test('the gateway is the host’s loopback, by either family and from no outbound address', () => {
    const options = {
      access: { allowHost: [80] },
      outbound: { ipv4: { address: '198.51.100.7' }, ipv6: { address: '2001:db8::7' } },
    };
    assert.deepEqual(decide('tcp 10.0.2.2 80', options), to('127.0.0.1', 80));
    assert.deepEqual(decide('tcp fd00::2 80', options), to('::1', 80));
    assert.deepEqual(decide('tcp 10.0.2.2 81', options), refused);
  });

  test('nobody else is in the virtual network', () => {
    assert.deepEqual(decide('tcp 10.0.2.77 80'), unreachable);
    assert.deepEqual(decide('udp 10.0.2.100 80'), unreachable);
  });

  test('a rejection has the ICMP code of its reason and its family', () => {
    const access = { deny: ['192.0.2.0/24', '2001:db8::/32'] };
    const prohibited = (type: number, code: number): unknown => ({
      kind: 'refuse',
      refusal: { kind: 'unreachable', type, code },
    });
    assert.deepEqual(decide('tcp 192.0.2.1 80', { access }), prohibited(3, 13));
    assert.deepEqual(decide('tcp 2001:db8::1 80', { access }), prohibited(1, 1));
    assert.deepEqual(decide('tcp fe80::1 80'), prohibited(1, 3));
  });

  test('the DNS server’s address is the service’s alone', () => {
    const asked: string[] = [];
    const dns = ({ protocol, ends }: FlowRequest): Decision | undefined => {
      asked.push(`${protocol} ${ends.remotePort}`);
      return ends.remotePort === 53 ? { kind: 'refuse', refusal: { kind: 'silent' } } : undefined;
    };
    const silent = { kind: 'refuse', refusal: { kind: 'silent' } };
    const hook = (): never => assert.fail('a hook was asked');
    assert.deepEqual(make({ dns }, hook).policy.decide(request('udp 10.0.2.3 53')), silent);
    assert.deepEqual(decide('tcp 10.0.2.3 80', { dns }), refused);
    assert.deepEqual(decide('udp fd00::3 53'), refused);
    assert.deepEqual(asked, ['udp 53', 'tcp 80']);
  });
});

describe('a hook', () => {
  test('is told all about the flow', () => {
    const seen: unknown[] = [];
    const note = ({ protocol, host, name, address, port, source }: Flow): undefined => {
      seen.push({ protocol, host, name, address, port, source });
    };
    const nameOf = (address: Uint8Array): string | undefined =>
      address[3] === 1 ? 'www.example' : undefined;
    const { policy } = make({ nameOf }, note);
    void policy.decide(request('tcp 192.0.2.1 443'));
    void policy.decide(request('echo 2001:db8::9'));
    const source = { address: '10.0.2.100', port: 40_000 };
    const web = { host: 'www.example', name: 'www.example', address: '192.0.2.1' };
    assert.deepEqual(seen, [
      { protocol: 'tcp', ...web, port: 443, source },
      {
        ...{ protocol: 'icmp', host: '2001:db8::9', name: undefined, address: '2001:db8::9' },
        ...{ port: 0, source: { address: 'fd00::100', port: 0 } },
      },
    ]);
  });

  test('that says nothing leaves it to the next one, and the last to the rules', () => {
    const order: number[] = [];
    const hooks = [1, 2].map((n) => (): undefined => void order.push(n));
    const { policy } = make({}, ...hooks, (flow) => flow.reject());
    assert.deepEqual(policy.decide(request('tcp 192.0.2.1 80')), refused);
    assert.deepEqual(order, [1, 2]);
    const rules = make({ access: { deny: ['all'] } }, ...hooks).policy;
    assert.notDeepEqual(rules.decide(request('tcp 192.0.2.1 80')), to('192.0.2.1', 80));
  });

  test('cannot open by accept what the rules close, but by redirect', () => {
    const accept = make({}, (flow) => flow.accept()).policy;
    assert.deepEqual(accept.decide(request('tcp 10.0.2.2 80')), refused);
    assert.deepEqual(accept.decide(request('tcp 192.0.2.1 80')), to('192.0.2.1', 80));
    const redirect = make({}, (flow) => flow.redirect({ host: '127.0.0.1', port: 8080 })).policy;
    assert.deepEqual(redirect.decide(request('tcp 10.0.2.2 80')), to('127.0.0.1', 8080));
    const keepsPort = make({}, (flow) => flow.redirect({ host: '::1' })).policy;
    assert.deepEqual(keepsPort.decide(request('udp 10.0.2.77 53')), to('::1', 53));
  });

  test('is not asked about what no network carries', () => {
    const { policy } = make({}, () => assert.fail('it was asked'));
    assert.deepEqual(policy.decide(request('tcp 127.0.0.1 80')), unreachable);
  });

  test('may take its time, and no longer than it is given', async () => {
    const later = make({}, async (flow) => {
      await new Promise((resolve) => setImmediate(resolve));
      return flow.reject('timeout');
    }).policy;
    const silent = { kind: 'refuse', refusal: { kind: 'silent' } };
    assert.deepEqual(await later.decide(request('tcp 192.0.2.1 80')), silent);

    const never = make({ hookTimeoutMs: 1 }, () => new Promise(() => undefined));
    assert.deepEqual(await never.policy.decide(request('tcp 192.0.2.1 80')), unreachable);
    assert.deepEqual(never.reported, ['192.0.2.1: a hook gave no verdict in 1 ms']);
  });

  test('that promises nothing leaves it to the next one', async () => {
    const { policy } = make(
      {},
      () => Promise.resolve(undefined),
      (flow) => Promise.resolve(flow.reject()),
    );
    assert.deepEqual(await policy.decide(request('udp 192.0.2.1 53')), refused);
  });

  test('that fails, or answers nonsense, rejects the flow and is reported', async () => {
    const throwing = (): never => {
      throw new Error('no idea');
    };
    const nonsense = (): Verdict => true as unknown as Verdict;
    for (const [hook, message] of [
      [throwing, 'no idea'],
      [() => Promise.reject(new Error('no idea')), 'no idea'],
      [nonsense, 'a hook must return'],
      [() => Promise.resolve(nonsense()), 'a hook must return'],
      [(flow: Flow) => flow.redirect({ host: '192.0.2.9', port: 70_000 }), 'a port is'],
      [(flow: Flow) => flow.redirect({ path: 'x'.repeat(108) }), 'at most 107 bytes'],
    ] as [FlowHook, string][]) {
      const { policy, reported } = make({}, hook);
      assert.deepEqual(await policy.decide(request('tcp 192.0.2.1 80')), unreachable, message);
      assert.equal(reported.length, 1);
      assert.ok(reported[0]?.includes(message), reported[0]);
    }
  });

  test('does not keep more flows waiting than can be remembered', async () => {
    const { policy, reported } = make({ hookTimeoutMs: 1 }, () => new Promise(() => undefined));
    const flows = Array.from({ length: 4097 }, () => policy.decide(request('tcp 192.0.2.1 80')));
    assert.deepEqual(await flows.at(-1), unreachable);
    assert.match(reported[0] ?? '', /4096 flows wait/);
    for (const flow of flows) assert.deepEqual(await flow, unreachable);
  });

  test('is no longer asked once it is disposed of', () => {
    const { policy } = make();
    const hook = policy.onFlow((flow) => flow.reject());
    assert.deepEqual(policy.decide(request('tcp 192.0.2.1 80')), refused);
    hook[Symbol.dispose]();
    assert.deepEqual(policy.decide(request('tcp 192.0.2.1 80')), to('192.0.2.1', 80));
  });

  test('handles streams of TCP flows and datagrams of UDP flows only', () => {
    const stream = make({}, (flow) => flow.handle(() => assert.fail('no stream'))).policy;
    const datagrams = make({}, (flow) => flow.handleDatagrams(() => assert.fail('none'))).policy;
    for (const [policy, text] of [
      [stream, 'udp 192.0.2.1 443'],
      [stream, 'echo 192.0.2.1'],
      [datagrams, 'tcp 192.0.2.1 443'],
    ] as const) {
      assert.deepEqual(policy.decide(request(text)), refused);
    }
  });
});

describe('a UDP flow that is handled', () => {
  interface Opened {
    readonly heard: string[];
    readonly reported: string[];
    send(text: string): number;
    close(): void;
  }

  function open(hook: FlowHook): Opened {
    const { policy, reported } = make({}, hook);
    const asked = request('udp 192.0.2.1 53');
    const decision = policy.decide(asked);
    if (decision instanceof Promise || decision.kind !== 'service') assert.fail('no service');
    const heard: string[] = [];
    const host = decision.open(asked.ends, {
      received: (data, at, length) => {
        heard.push(new TextDecoder().decode(data.subarray(at, at + length)));
      },
      unreachable: () => undefined,
      closed: () => heard.push('closed'),
    });
    return {
      ...{ heard, reported },
      send: (text) => host.send(new TextEncoder().encode(`..${text}..`), 2, text.length),
      close: () => host.close(),
    };
  }

  test('gives each datagram as an event, and sends', async () => {
    const events: string[] = [];
    const flow = open((asked) =>
      asked.handleDatagrams((datagrams) => {
        datagrams.send('early');
        datagrams.on('message', (data) => {
          events.push(new TextDecoder().decode(data));
          datagrams.send(data);
        });
        datagrams.on('close', () => events.push('closed'));
      }),
    );
    await Promise.resolve();
    assert.equal(flow.send('one'), 3);
    flow.close();
    assert.deepEqual(flow.heard, ['early', 'one']);
    assert.deepEqual(events, ['one', 'closed']);
    assert.ok(flow.send('late') < 0);
  });

  test('ends when a listener throws or the handler rejects', async () => {
    const throwing = open((asked) =>
      asked.handleDatagrams((datagrams) => {
        datagrams.on('message', () => {
          throw new Error('cannot read this');
        });
      }),
    );
    assert.ok(throwing.send('x') < 0);
    assert.deepEqual(throwing.reported, ['192.0.2.1: cannot read this']);
    assert.deepEqual(throwing.heard, ['closed']);
    const rejecting = open((asked) =>
      asked.handleDatagrams(() => Promise.reject(new Error('not today'))),
    );
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(rejecting.send('x') < 0);
    assert.deepEqual(rejecting.reported, ['192.0.2.1: not today']);
  });

  test('takes no more than a datagram can be', () => {
    open((asked) =>
      asked.handleDatagrams((datagrams) => {
        assert.throws(() => datagrams.send(new Uint8Array(65_508)), RangeError);
      }),
    );
  });
});
