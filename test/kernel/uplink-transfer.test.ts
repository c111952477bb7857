/** A gigabyte each way, with checksums: every MTU, version of IP and way of reading streams. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start, type Running } from '../support/nskit.js';
import { gateways, makeInside, python, type Version } from '../support/uplink.js';

const COUNT = 1 << 30;

const combinations = ([65_520, 1500] as const).flatMap((mtu) =>
  ([4, 6] as const).flatMap((version) =>
    (['peek', 'ring'] as const).map((streams) => ({ mtu, version, streams })),
  ),
);

const servers = new Map<Version, Running>();
let expected = '';
before(async () => {
  const [program = '', ...args] = python('transfer.py');
  servers.set(4, await start(program, [...args, 'serve', '127.0.0.1']));
  servers.set(6, await start(program, [...args, 'serve', '::1']));
  await using sum = await start(program, [...args, 'sum', String(COUNT)]);
  expected = sum.firstLine;
});
after(async () => {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
});

for (const { mtu, version, streams } of combinations) {
  test(`1 GiB each way by IPv${version}, MTU ${mtu}, streams by ${streams}`, async () => {
    await using inside = await makeInside({ mtu, streams });
    const where = [gateways[version], servers.get(version)?.firstLine ?? '', String(COUNT)];
    for (const way of ['up', 'down']) {
      const said = await inside.output([...python('transfer.py'), way, ...where]);
      assert.equal(said.trim(), expected, way);
    }
  });
}
