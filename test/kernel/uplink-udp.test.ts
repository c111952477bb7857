/** UDP and ping through an uplink, on the real kernel. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeSimulatedHost } from '../support/simulated-host.js';
import { start, type Running } from '../support/nskit.js';
import { gateways, makeInside, python, type Version } from '../support/uplink.js';

const loopbacks = { 4: '127.0.0.1', 6: '::1' } as const;
const servers = new Map<Version, Running>();
before(async () => {
  const [program = '', ...args] = python('echo.py');
  for (const version of [4, 6] as const) {
    servers.set(version, await start(program, [...args, 'serve', loopbacks[version]]));
  }
});
after(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

for (const version of [4, 6] as const) {
  for (const mtu of [1500, 65_520]) {
    describe(`UDP by IPv${version}, MTU ${mtu}`, () => {
      const where = (): string[] => [gateways[version], servers.get(version)?.firstLine ?? ''];

      test('datagrams of every size come back as they were sent', async () => {
        await using inside = await makeInside({ mtu });
        const sizes = [0, 1, 7, 512, 1400, 1472, 1473, 4000, 9000, 30_000, 60_000, 65_000];
        const said = await inside.output([
          ...python('echo.py'),
          'udp',
          ...where(),
          ...sizes.map(String),
        ]);
        assert.deepEqual(
          said.trim().split('\n'),
          sizes.map((size) => `${size} came back`),
        );
      });

      test('answers of many sizes in one go come whole and in order', async () => {
        await using inside = await makeInside({ mtu });
        const sizes = [100, 65_000, 1200, 1200, 1200, 64_000, 7, 7, 3, 7, 0, 40_000, 1, 60_000];
        const argv = [...python('echo.py'), 'answers', ...where(), ...sizes.map(String)];
        const said = await inside.output(argv);
        assert.deepEqual(
          said.split('\n'),
          sizes.map((size) => `${size} came`),
        );
      });

      test('datagrams in a row come back, each once', async () => {
        await using inside = await makeInside({ mtu });
        for (const size of ['64', '1200']) {
          const said = await inside.output([
            ...python('echo.py'),
            'burst',
            ...where(),
            '200',
            size,
          ]);
          assert.equal(said.trim(), '200');
        }
      });
    });
  }
}

test('ping gets answers from the gateway and from behind it', async () => {
  await using host = await makeSimulatedHost();
  for (const address of ['10.0.2.2', '203.0.113.99', 'fd00::2', '2001:db8::99']) {
    const said = await host.inside(['ping', '-n', '-c', '2', '-i', '0.2', '-W', '10', address]);
    assert.match(said, /2 packets transmitted, 2 received, 0% packet loss/, address);
  }
  const large = await host.inside(['ping', '-n', '-c', '1', '-s', '20000', '203.0.113.99']);
  assert.match(large, /20008 bytes from/);
});
