/** TCP through an uplink, on the real kernel: stock programs inside, servers of this process outside. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { openFiles, turn } from '../support/lab.js';
import { start } from '../support/nskit.js';
import { gateways, makeInside, type Inside } from '../support/uplink.js';

interface Served extends AsyncDisposable {
  readonly port: string;
}

async function serve(server: net.Server): Promise<Served> {
  server.listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    port: String(port),
    [Symbol.asyncDispose]: async () => {
      server.close();
      if (server instanceof http.Server) server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Runs Python inside with HOST and PORT set. */
function python(inside: Inside, served: Served, script: string): Promise<string> {
  const prologue = `import socket\nHOST, PORT = '10.0.2.2', ${served.port}\n`;
  return inside.output(['python3', '-c', prologue + script]);
}

describe('stock programs inside', () => {
  for (const [version, gateway] of Object.entries(gateways)) {
    test(`curl fetches a page by IPv${version}`, async () => {
      await using served = await serve(http.createServer((_, response) => response.end('a page')));
      await using inside = await makeInside();
      const host = version === '6' ? `[${gateway}]` : gateway;
      const page = await inside.output([
        'curl',
        '-sS',
        '-m',
        '20',
        `http://${host}:${served.port}/`,
      ]);
      assert.equal(page, 'a page');
    });

    test(`iperf3 measures both ways by IPv${version}`, async () => {
      const port = 20_000 + (process.pid % 10_000);
      const server = ['-s', '-p', String(port), '--forceflush'];
      await using _server = await start('iperf3', server);
      await using inside = await makeInside();
      for (const way of [[], ['-R'], ['-P', '4', '--bidir']]) {
        const client = ['iperf3', '-J', '-c', gateway, '-p', String(port), '-n', '50M', ...way];
        const report = JSON.parse(await inside.output(client)) as { error?: string };
        assert.equal(report.error, undefined);
      }
    });
  }

  test('nc sends its input and ends when the server does', async () => {
    const received: Promise<Buffer>[] = [];
    const server = net.createServer((socket) => received.push(buffer(socket)));
    await using served = await serve(server);
    await using inside = await makeInside();
    await inside.output(['sh', '-c', `echo hello | nc -N ${gateways[4]} ${served.port}`]);
    assert.deepEqual((await Promise.all(received)).map(String), ['hello\n']);
  });

  test('fetch of Node gets many pages over kept connections', async () => {
    const server = http.createServer((request, response) => response.end(request.url));
    await using served = await serve(server);
    await using inside = await makeInside();
    const script = `
      const pages = await Promise.all(Array.from({ length: 50 }, async (_, i) =>
        await (await fetch('http://${gateways[4]}:${served.port}/' + i)).text()));
      console.log(pages.join());`;
    const said = await inside.output([process.execPath, '--input-type=module', '-e', script]);
    assert.equal(said.trim(), Array.from({ length: 50 }, (_, i) => `/${i}`).join());
  });
});

describe('the ends of a connection', () => {
  test('a client may end its side first and still be answered', async () => {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.once('end', () => socket.end('after your end')).resume();
    });
    await using served = await serve(server);
    await using inside = await makeInside();
    const said = await python(
      ...[inside, served],
      `s = socket.create_connection((HOST, PORT))
s.sendall(b'question')
s.shutdown(socket.SHUT_WR)
print(s.makefile().read())`,
    );
    assert.equal(said.trim(), 'after your end');
  });

  test('a server may end its side first and still be sent to', async () => {
    const received: Promise<Buffer>[] = [];
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.end('my last word');
      received.push(
        new Promise((resolve) => {
          const chunks: Buffer[] = [];
          socket.on('data', (data: Buffer) => chunks.push(data));
          socket.once('end', () => resolve(Buffer.concat(chunks)));
        }),
      );
    });
    await using served = await serve(server);
    await using inside = await makeInside();
    const said = await python(
      ...[inside, served],
      `s = socket.create_connection((HOST, PORT))
print(s.makefile().read())
s.sendall(b'x' * 1000000)
s.close()`,
    );
    assert.equal(said.trim(), 'my last word');
    assert.deepEqual(
      (await Promise.all(received)).map(({ length }) => length),
      [1_000_000],
    );
  });

  test('a reset by the server is one inside', async () => {
    const server = net.createServer((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    await using served = await serve(server);
    await using inside = await makeInside();
    const said = await python(
      ...[inside, served],
      `s = socket.create_connection((HOST, PORT))
s.sendall(b'x')
try: print(s.recv(1))
except ConnectionResetError: print('reset')`,
    );
    assert.equal(said.trim(), 'reset');
  });

  test('a reset by the client is one at the server', async () => {
    const server = net.createServer((socket) => {
      socket.write('go on');
      socket.resume();
    });
    await using served = await serve(server);
    await using inside = await makeInside();
    const accepted = once(server, 'connection') as Promise<[net.Socket]>;
    const client = python(
      ...[inside, served],
      `import struct
s = socket.create_connection((HOST, PORT))
s.recv(1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
s.close()`,
    );
    const [socket] = await accepted;
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
    await client;
  });

  test('a server that dies in mid-transfer is a reset inside, both ways', async () => {
    for (const way of ['recv(1 << 16)', "send(b'x' * 65536)"]) {
      await using server = await start('python3', ['-c', dyingServer]);
      await using inside = await makeInside();
      const said = await python(
        ...[inside, { port: server.firstLine } as Served],
        `s = socket.create_connection((HOST, PORT))
s.settimeout(20)
s.sendall(b'never read')
try:
    while s.${way}: pass
    print('ended')
except (ConnectionResetError, BrokenPipeError) as e: print('broken')`,
      );
      assert.equal(said.trim(), 'broken', way);
    }
  });
});

/** Carries on for a while, then is killed: its kernel resets it, because it had not read all. */
const dyingServer = `
import os, signal, socket
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
s, _ = server.accept()
s.recv(1, socket.MSG_PEEK)
s.setblocking(False)
total = 0
while total < 30000000:
    try: total += s.send(b'y' * 65536)
    except BlockingIOError: pass
    try: total += len(s.recv(65536, socket.MSG_PEEK))
    except BlockingIOError: pass
os.kill(os.getpid(), signal.SIGKILL)
`;

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
