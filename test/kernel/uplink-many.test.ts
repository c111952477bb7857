/**
 * Many flows at once, and flows that come and go: client, server and uplink are three processes.
 * NSKIT_UPLINK_CHURN=600 lets them come and go for ten minutes.
 */
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { start, type Running } from '../support/nskit.js';
import type { Holdings } from '../support/uplink-process.js';
import { gateways, python, startUplink, type UplinkProcess } from '../support/uplink.js';

const FLOWS = 10_000;

let server: Running;
before(async () => {
  const [program = '', ...args] = python('echo.py');
  server = await start(program, [...args, 'serve', '127.0.0.1']);
});
after(() => server[Symbol.asyncDispose]());

interface Client extends AsyncDisposable {
  line(): Promise<string>;
}

async function startFlows(uplink: UplinkProcess, count: number): Promise<Client> {
  const words = [gateways[4], server.firstLine, String(count), '2'];
  const argv = [...python('flows.py'), ...words];
  const stdio = ['pipe', 'pipe', 'inherit'] as const;
  const child = await uplink.namespaces.spawnAsync(argv, { stdio });
  assert.ok(child.stdin && child.stdout);
  const { stdin } = child;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    line: async () => String((await lines.next()).value),
    [Symbol.asyncDispose]: async () => {
      stdin.end();
      assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
    },
  };
}

for (const streams of ['peek', 'ring'] as const) {
  test(`${FLOWS} connections at once, all of them answered, by ${streams}`, async (t) => {
    await using uplink = await startUplink({ streams });
    const before = await uplink.holdings();
    {
      await using client = await startFlows(uplink, FLOWS);
      assert.equal(await client.line(), `${FLOWS} connected`);
      for (const _ of ['once', 'twice']) assert.equal(await client.line(), `${FLOWS} echoed`);
      const during = await uplink.holdings();
      assert.equal(during.flows, FLOWS);
      assert.deepEqual(during.counters.failures, {});
      const bytes = (during.heapBytes - before.heapBytes) / FLOWS;
      t.diagnostic(`memory for each idle flow: ${Math.round(bytes)} bytes`);
      // A ring also holds the last bytes until they are worth a look.
      assert.ok(bytes < (streams === 'peek' ? 1024 : 2048), `${bytes} bytes for each flow`);
    }
  });
}

/** What an uplink holds when its last flow has gone. */
async function quiet(uplink: UplinkProcess): Promise<Holdings> {
  while (true) {
    const held = await uplink.holdings();
    if (held.flows === 0) return held;
  }
}

test('connections that come and go leave nothing behind', async (t) => {
  await using uplink = await startUplink();
  const churn = [...python('churn.py'), gateways[4], server.firstLine];
  // What is made once and kept, by the engine too.
  await uplink.output([...churn, '2000', '0']);
  const before = await quiet(uplink);
  const seconds = process.env['NSKIT_UPLINK_CHURN'] ?? '0';
  const count = await uplink.output([...churn, '3000', seconds]);
  const after = await quiet(uplink);
  const grown = after.heapBytes - before.heapBytes;
  t.diagnostic(
    `${count} connections: ${grown} bytes of heap more, ${after.residentBytes} resident`,
  );
  assert.equal(after.fds, before.fds);
  assert.ok(grown < 1 << 20, `${grown} bytes more`);
  assert.deepEqual(after.counters.failures, {});
});

test('when descriptors run out, new flows are refused and old ones live', async () => {
  await using uplink = await startUplink({}, undefined, '200');
  const script = `
import socket
address = ('${gateways[4]}', ${server.firstLine})
kept, refused = [], 0
for _ in range(300):
    try: kept.append(socket.create_connection(address))
    except ConnectionRefusedError: refused += 1
for s in kept:
    s.sendall(b'still here')
    assert s.recv(100) == b'still here'
print(len(kept) > 10, refused > 10)
for s in kept: s.close()
while True:
    try: s = socket.create_connection(address)
    except ConnectionRefusedError: continue
    s.sendall(b'again')
    print(s.recv(100).decode())
    break`;
  assert.equal(await uplink.output(['python3', '-c', script]), 'True True\nagain');
  const { failures } = (await uplink.holdings()).counters;
  assert.ok((failures['EMFILE'] ?? 0) > 10, JSON.stringify(failures));
});
