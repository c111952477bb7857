/** Many flows at once, and flows that come and go: client, server and uplink are three processes. */
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { start, type Running } from '../support/nskit.js';
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
      assert.ok(bytes < 1024, `${bytes} bytes for each flow`);
    }
  });
}
