/** TCP through an uplink, on the real kernel: stock programs inside, servers of this process outside. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { test } from 'node:test';
import { openFiles, turn } from '../support/lab.js';
import { gateways, makeInside } from '../support/uplink.js';

async function listening(server: net.Server): Promise<number> {
  server.listen(0, '::');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

for (const [version, gateway] of Object.entries(gateways)) {
  test(`curl fetches a page by IPv${version}`, async () => {
    const server = http.createServer((_, response) => response.end('a page'));
    const port = await listening(server);
    await using inside = await makeInside();
    const host = version === '6' ? `[${gateway}]` : gateway;
    const page = await inside.output(['curl', '-sS', '-m', '20', `http://${host}:${port}/`]);
    assert.equal(page, 'a page');
    server.closeAllConnections();
    server.close();
  });
}

test('an uplink leaves no descriptor and no timer behind', async () => {
  await (await makeInside())[Symbol.asyncDispose]();
  await turn();
  const before = openFiles();
  {
    await using inside = await makeInside();
    assert.match(await inside.output(['ip', '-br', 'link']), /tap0/);
  }
  await turn();
  assert.deepEqual(openFiles(), before);
});
