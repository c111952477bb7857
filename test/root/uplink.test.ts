/** Root's own uplink process: it is uid 0, and nothing else of root is left to it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { lockHolderPid } from '../../src/namespaces/pause.js';
import { start, waiting } from '../support/nskit.js';
import { removeRuntime, rootNskit } from '../support/owner.js';
import { ended } from '../support/own-home.js';

after(removeRuntime);

const hello = `
import socket, sys
print(socket.create_connection(("10.0.2.2", int(sys.argv[1]))).recv(5).decode(), flush=True)`;

/** In the state directory of the machine. */
const files = { lock: '/run/nskit/uplink/lock', socket: '/run/nskit/uplink/sock' };

test('it serves without capabilities, and ends with what it serves', async () => {
  const running = await start('unshare', ['--net', ...waiting]);
  const server = createServer((socket) => socket.end('hello')).unref();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const options = ['--target', String(running.pid), '--allow-host', String(port)];
  const { status, stderr } = rootNskit(['uplink', ...options]);
  assert.equal(status, 0, stderr);
  const pid = lockHolderPid(files.lock);
  const facts = readFileSync(`/proc/${pid}/status`, 'utf8');
  assert.match(facts, /^Uid:\t0\t0\t0\t0$/m);
  assert.equal(facts.match(/^Cap(?:Inh|Prm|Eff|Amb):\t0{16}$/gm)?.length, 4);
  assert.match(facts, /^NoNewPrivs:\t1\nSeccomp:\t2$/m);
  const words = ['--target', String(running.pid), '--net', 'python3', '-c', hello, String(port)];
  await using client = await start('nsenter', words);
  assert.equal(client.firstLine, 'hello');
  await running[Symbol.asyncDispose]();
  await ended(pid ?? 0);
  assert.ok(!existsSync(files.socket));
  server.close();
});
