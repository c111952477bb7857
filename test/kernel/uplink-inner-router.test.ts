/** ICMP errors of a router behind the uplink, about what came from the host (RFC 1191, RFC 8201). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { makeBehind } from '../support/behind-router.js';
import { start, type Running } from '../support/nskit.js';
import { gateways, makeInside, python, type Version } from '../support/uplink.js';

const MTU = 1400;
const COUNT = 20_000_000;

/** Asks until an answer comes: the first one is too big for the way, and lost. */
const untilAnswered = `
import socket, sys
host, port, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM)
s.connect((host, port))
s.settimeout(0.5)
sent = bytes(i * 31 & 255 for i in range(size))
while True:
    try:
        s.send(sent)
        print(s.recv(1 << 16) == sent)
        break
    except TimeoutError: pass
`;

for (const version of [4, 6] as const) {
  const gateway = gateways[version];
  const loopback = { 4: '127.0.0.1', 6: '::1' }[version];

  describe(`a way inside that is too narrow, by IPv${version}`, () => {
    let transfer: Running;
    let echo: Running;
    before(async () => {
      transfer = await serving('transfer.py', version);
      echo = await serving('echo.py', version);
    });
    after(async () => {
      await transfer[Symbol.asyncDispose]();
      await echo[Symbol.asyncDispose]();
    });

    for (const streams of ['peek', 'ring'] as const) {
      test(`gets smaller segments, and both streams arrive whole, by ${streams}`, async () => {
        await using inside = await makeInside({ streams });
        await using behind = await makeBehind(inside, MTU);
        const expected = await inside.output([...python('transfer.py'), 'sum', `${COUNT}`]);
        for (const way of ['down', 'up', 'down']) {
          const words = [way, gateway, transfer.firstLine, `${COUNT}`];
          assert.equal(await behind.output([...python('transfer.py'), ...words]), expected, way);
        }
      });
    }

    test('gets fragments of datagrams and of echo replies', async () => {
      await using inside = await makeInside();
      await using behind = await makeBehind(inside, MTU);
      const argv = ['python3', '-c', untilAnswered, gateway, echo.firstLine];
      for (const size of ['8000', '60000']) {
        assert.equal(await behind.output([...argv, size]), 'True');
      }
      const ping = `until ping -q -c 1 -W 1 -s 5000 -M dont ${gateway} > /dev/null; do :; done`;
      await behind.output(['sh', '-c', ping]);
    });
  });

  test(`a router that has no way for a while ends no connection, by IPv${version}`, async () => {
    await using inside = await makeInside();
    await using behind = await makeBehind(inside, MTU);
    const server = createServer();
    await once(server.listen(0, loopback), 'listening');
    const { port } = server.address() as AddressInfo;
    const read = `import socket; print(socket.create_connection(("${gateway}", ${port})).recv(9).decode())`;
    const said = behind.output(['python3', '-c', read]);
    const [socket] = (await once(server, 'connection')) as [Socket];
    await inside.output(['nft', noWay(version)]);
    socket.write('delivered');
    while (inside.uplink.counters.drops['icmp: soft error'] === undefined) {
      await new Promise(setImmediate);
    }
    await inside.output(['nft', 'delete', 'table', 'inet', 'way']);
    assert.equal(await said, 'delivered');
    socket.destroy();
    server.close();
  });
}

function noWay(version: Version): string {
  const rule = {
    4: 'ip daddr 10.9.0.2 reject with icmp type host-unreachable',
    6: 'ip6 daddr fd09::2 reject with icmpv6 type addr-unreachable',
  }[version];
  const chain = '{ type filter hook forward priority 0; }';
  return `add table inet way; add chain inet way forward ${chain}; add rule inet way forward ${rule}`;
}

async function serving(program: string, version: Version): Promise<Running> {
  const [interpreter = '', ...args] = python(program);
  return await start(interpreter, [...args, 'serve', { 4: '127.0.0.1', 6: '::1' }[version]]);
}
