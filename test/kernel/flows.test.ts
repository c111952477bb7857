/** `nskit flows`: which flows there are, their ends, names, states and bytes, and what was decided. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, describe, test } from 'node:test';
import { namespaces, uplinks, type FlowRecord } from '../../src/index.js';
import { makeFlowLab, type FlowLab } from '../support/flow-lab.js';
import { nskit } from '../support/nskit.js';

let lab: FlowLab;
before(async () => {
  lab = await makeFlowLab();
});
after(() => lab[Symbol.asyncDispose]());

async function flowWith(wanted: (flow: FlowRecord) => boolean): Promise<FlowRecord> {
  const flows = await uplinks.flows({ name: 'lab' });
  return flows.find(wanted) ?? assert.fail(JSON.stringify(flows));
}

/** The flow from this port, with the numbers that differ each time taken out. */
async function flowFrom(from: number): Promise<object> {
  const flow = await flowWith(({ namespace }) => namespace.port === from);
  const { id, beganAt, name, ...rest } = flow;
  // By another test the address may have got a name.
  assert.ok(name === undefined || name === 'host.nskit.internal');
  assert.ok(id > 0 && beganAt <= Date.now() && beganAt > Date.now() - 60_000);
  return rest;
}

describe('flows', () => {
  for (const [guest, gateway] of [
    ['10.0.2.100', '10.0.2.2'],
    ['fd00::100', 'fd00::2'],
  ] as const) {
    test(`of TCP to ${gateway} have their ends, state and bytes`, async () => {
      await using held = await lab.connected(gateway, 'echo');
      const [from = '', heard] = held.said.split(' ');
      assert.equal(heard, 'four');
      // The acknowledgment of what has been heard may still be on its way.
      while ((await flowWith((f) => f.namespace.port === Number(from))).receivedBytes < 4);
      assert.deepEqual(await flowFrom(Number(from)), {
        ...{ protocol: 'tcp', direction: 'outbound', state: 'ESTABLISHED' },
        namespace: { address: guest, port: Number(from) },
        remote: { address: gateway, port: lab.port },
        decision: 'accepted: the host’s loopback',
        ...{ sentBytes: 4, receivedBytes: 4 },
      });
    });
  }

  test('have the name that was looked up', async () => {
    await using held = await lab.connected('host.nskit.internal', 'echo');
    const from = Number(held.said.split(' ')[0]);
    const flow = await flowWith(({ namespace }) => namespace.port === from);
    assert.equal(flow.name, 'host.nskit.internal');
    await flowWith((f) => f.remote.port === 53 && f.decision === 'answered by the DNS server');
  });

  test('of UDP count datagrams’ bytes both ways', async () => {
    const echo = createSocket('udp4', (data, who) => echo.send(`${data.toString()}!`, who.port));
    using _echo = { [Symbol.dispose]: () => echo.close() };
    await new Promise<void>((resolve) => echo.bind(lab.port, '127.0.0.1', resolve));
    await using held = await lab.client(`
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("10.0.2.2", ${lab.port}))
s.send(b"12345")
print(s.getsockname()[1], s.recv(9).decode(), flush=True)
sys.stdin.read()`);
    const [from = '', heard] = held.said.split(' ');
    assert.equal(heard, '12345!');
    assert.deepEqual(await flowFrom(Number(from)), {
      ...{ protocol: 'udp', direction: 'outbound', state: 'OPEN' },
      namespace: { address: '10.0.2.100', port: Number(from) },
      remote: { address: '10.0.2.2', port: lab.port },
      decision: 'accepted: the host’s loopback',
      ...{ sentBytes: 5, receivedBytes: 6 },
    });
  });

  test('pings are flows, too', async () => {
    for (const address of ['10.0.2.2', 'fd00::2']) {
      await lab.run(['ping', '-c', '1', address]);
      const { protocol, decision } = await flowWith(({ remote, protocol: its }) => {
        return remote.address === address && its === 'icmp';
      });
      assert.deepEqual([protocol, decision], ['icmp', 'answered here']);
    }
  });

  test('are a table, and a line of JSON each', async () => {
    await using held = await lab.connected('10.0.2.2', 'echo');
    const from = held.said.split(' ')[0] ?? '';
    const table = nskit(['flows', 'lab']);
    assert.match(table.stdout, /^PROTO +NAMESPACE +REMOTE +NAME +STATE +SENT +RECEIVED +RATE +AGE/);
    const row = new RegExp(
      `^tcp +10\\.0\\.2\\.100:${from} +-> +10\\.0\\.2\\.2:${lab.port} .*ESTABLISHED`,
      'm',
    );
    assert.match(table.stdout, row);
    const { stdout } = nskit(['flows', 'lab', '--json']);
    const flows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as FlowRecord);
    assert.ok(flows.some(({ namespace }) => String(namespace.port) === from));
    assert.ok(flows.every(({ end }) => end === undefined));
  });

  test('of no uplink are an error', async () => {
    await using _other = await namespaces.add('other');
    const { status, stderr } = nskit(['flows', 'other']);
    assert.equal(status, 1);
    assert.match(stderr, /the namespace has no uplink/);
    assert.match(nskit(['flows']).stderr, /flows needs a name, or --target/);
  });
});
