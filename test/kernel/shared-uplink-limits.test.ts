/** Limits of a namespace in the shared process, and a namespace beside one that takes all it can. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, describe, test } from 'node:test';
import { namespaces, type NamedNamespace, type UplinkCounters } from '../../src/index.js';
import { leaveNothing, ownHome } from '../support/own-home.js';
import { nskit, start, type Ended, type Running } from '../support/nskit.js';
import { endUplinks } from '../support/shared-uplink.js';
import { python } from '../support/uplink.js';

const here = ownHome();
let server: Running;
before(async () => {
  const [file = '', ...args] = python('echo.py');
  server = await start(file, [...args, 'serve', '127.0.0.1']);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await leaveNothing(here);
});
afterEach(endUplinks);

function ok({ status, stdout, stderr }: Ended): string {
  assert.equal(status, 0, stderr);
  return stdout;
}

async function outputIn(name: NamedNamespace, argv: readonly string[]): Promise<string> {
  const child = await name.spawnAsync(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  const said = await text(child.stdout);
  assert.deepEqual(await child.exit, { exitCode: 0, signal: null }, said);
  return said.trim();
}

/** Settles once so many were dropped: what was sent may still be on its way to be read. */
async function untilDropped(
  name: NamedNamespace,
  reason: keyof UplinkCounters['drops'],
  least: number,
): Promise<void> {
  while (((await name.uplink.counters()).drops[reason] ?? 0) < least);
}

describe('what is over a limit', () => {
  test('is refused, or dropped, and counted by its kind', async () => {
    const limits = ['--limit', 'flows=20', '--limit', 'new-flows=1000', '--limit', 'memory=1M'];
    ok(nskit(['add', 'lab', '--uplink', '--allow-host', server.firstLine, ...limits]));
    const lab = namespaces.get('lab');
    const script = `
import socket
kept = []
for _ in range(20):
    kept.append(socket.create_connection(('10.0.2.2', ${server.firstLine})))
more = socket.socket()
more.settimeout(0.1)
try: more.connect(('10.0.2.2', ${server.firstLine}))
except TimeoutError: print('silent')
for s in kept:
    s.sendall(b'still here')
    assert s.recv(100) == b'still here'`;
    assert.equal(await outputIn(lab, ['python3', '-c', script]), 'silent');
    await untilDropped(lab, 'tcp: too many flows', 1);
  });

  test('new flows in a second', async () => {
    const uplink = { limits: { newFlowsPerSecond: 5 } };
    await using lab = await namespaces.add('lab', { uplink });
    const script = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(1, 201): s.sendto(b'x', ('192.0.2.1', port))`;
    await outputIn(lab, ['python3', '-c', script]);
    await untilDropped(lab, 'udp: too many new flows', 100);
  });

  test('descriptors of the host', async () => {
    const uplink = { allowHostLoopback: true, limits: { descriptors: 10 } };
    await using lab = await namespaces.add('lab', { uplink });
    const script = `
import socket
kept, refused = [], 0
for _ in range(30):
    try: kept.append(socket.create_connection(('10.0.2.2', ${server.firstLine})))
    except ConnectionRefusedError: refused += 1
print(5 <= len(kept) <= 10, refused >= 20)`;
    assert.equal(await outputIn(lab, ['python3', '-c', script]), 'True True');
    assert.ok(((await lab.uplink.counters()).failures['EMFILE'] ?? 0) >= 20);
    await assert.rejects(lab.uplink.publish('127.83.21.1:4000-4020:1-21'), { code: 'EMFILE' });
  });

  test('words that are no limit', () => {
    for (const words of ['flows', 'flows=many', 'flows=1K', 'files=3', 'new-flows=0']) {
      const { status, stderr } = nskit(['add', 'lab', '--uplink', '--limit', words]);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /limit/);
    }
    assert.match(nskit(['run', '--limit', 'flows=1', '--', 'true']).stderr, /goes with --uplink/);
  });
});

for (const what of ['flows', 'datagrams', 'streams'] as const) {
  test(`beside a flood of ${what} the other namespace’s data gets through whole`, async () => {
    const port = server.firstLine;
    const uplink = { allowHostLoopback: true };
    await using greedy = await namespaces.add('greedy', { uplink });
    await using modest = await namespaces.add('modest', { uplink });
    const argv = [...python('flood.py'), '10.0.2.2', port, what];
    const flood = await greedy.spawnAsync(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    assert.ok(flood.stdin && flood.stdout);
    await once(flood.stdout, 'data');
    const talk = [...python('keep-talking.py'), '10.0.2.2', port, '/'];
    assert.equal(await outputIn(modest, talk), 'talking\nwhole');
    const udp = [...python('echo.py'), 'udp', '10.0.2.2', port, '1', '1400', '30000'];
    assert.match(await outputIn(modest, udp), /^30000 came back$/m);
    flood.stdin.end();
    assert.deepEqual(await flood.exit, { exitCode: 0, signal: null });
  });
}
