/** Connections made inside and used outside: sockets, agents, pools. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import net, { type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { Agent, request as undiciRequest } from 'undici';
import { host, type NamedNamespace } from '../../src/index.js';
import { makeLab, turn, type Lab } from '../support/lab.js';

let lab: Lab;
let inside: NamedNamespace;
const servers: Server[] = [];
before(async () => {
  lab = await makeLab('connecting');
  inside = lab.name;
});
after(async () => {
  for (const server of servers) {
    server.close();
    if ('closeAllConnections' in server) (server as http.Server).closeAllConnections();
    await once(server, 'close');
  }
  await lab[Symbol.asyncDispose]();
});

/** Serves inside, on a port of its own. */
async function serve(server: Server, address = '::'): Promise<number> {
  const listener = await inside.listen({ host: address, port: 0 });
  servers.push(server.listen(listener));
  return listener.port ?? 0;
}

const greeter = (): Server => net.createServer((socket) => socket.end('hello'));

async function ended(socket: net.Socket): Promise<void> {
  socket.destroy();
  await turn();
}

describe('connect', () => {
  test('to IPv4, to IPv6, and to localhost whichever of the two answers', async () => {
    const any = await serve(greeter());
    for (const target of ['127.0.0.1', '::1', 'localhost', undefined]) {
      const where = target === undefined ? {} : { host: target };
      assert.equal(await text(await inside.connect({ ...where, port: any })), 'hello');
    }
    const onlyIPv6 = await serve(greeter(), '::1');
    assert.equal(await text(await inside.connect({ port: onlyIPv6 })), 'hello');
  });

  test('gives a socket like Node’s own', async () => {
    const port = await serve(net.createServer((socket) => socket.pipe(socket)));
    const socket = await inside.connect({ host: '127.0.0.1', port, noDelay: true });
    assert.ok(socket instanceof net.Socket);
    assert.deepEqual([socket.remoteAddress, socket.remotePort], ['127.0.0.1', port]);
    socket.write('echo');
    assert.equal(String((await once(socket, 'data'))[0]), 'echo');
    await ended(socket);
  });

  test('from an address and port of one’s choice', async () => {
    const server = net.createServer((socket) => {
      socket.end(`${socket.remoteAddress ?? ''} ${socket.remotePort ?? ''}`);
    });
    const port = await serve(server);
    const from = { localAddress: '127.0.0.9', localPort: 1023 };
    const socket = await inside.connect({ host: '127.0.0.1', port, ...from });
    assert.equal(await text(socket), '::ffff:127.0.0.9 1023');
  });

  test('a refusal is Node’s error', async () => {
    const refused = { code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 9 };
    await assert.rejects(inside.connect({ host: '127.0.0.1', port: 9 }), (error: object) => {
      const theirs = { ...refused, errno: -111 };
      for (const [key, value] of Object.entries(theirs)) {
        assert.equal((error as Record<string, unknown>)[key], value, key);
      }
      return true;
    });
    await assert.rejects(inside.connect({ port: 9 }), refused);
    await assert.rejects(inside.connect({ host: '::1', port: 9 }), { ...refused, address: '::1' });
  });

  test('to where no route leads', async () => {
    await assert.rejects(inside.connect({ host: '192.0.2.1', port: 80 }), {
      code: 'ENETUNREACH',
      address: '192.0.2.1',
      hint: 'the namespace has no route to it',
    });
  });

  test('names by a look-up of one’s own; localhost is never looked up', async () => {
    const port = await serve(greeter());
    const asked: string[] = [];
    const lookup = (name: string): Promise<string[]> => {
      asked.push(name);
      return Promise.resolve(['::1']);
    };
    assert.equal(await text(await inside.connect({ host: 'db.test', port, lookup })), 'hello');
    assert.equal(await text(await inside.connect({ host: 'localhost', port, lookup })), 'hello');
    assert.deepEqual(asked, ['db.test']);
  });

  test('an abort, and a time limit, end it while nobody answers', async () => {
    // Answers nothing: a neighbour that does not exist, on a device of this namespace.
    const set = 'ip link add silent0 type veth peer name silent1; ip link set silent0 up; ';
    const add = 'ip link set silent1 up; ip addr add 10.9.9.1/24 dev silent0; ';
    const neighbour = 'ip neigh add 10.9.9.2 lladdr 02:00:00:00:00:01 dev silent0';
    await inside.spawn(['sh', '-ec', set + add + neighbour], { stdio: 'inherit' }).exit;
    const silent = { host: '10.9.9.2', port: 80 };
    const limited = inside.connect({ ...silent, signal: AbortSignal.timeout(20) });
    await assert.rejects(limited, { name: 'TimeoutError' });
    const controller = new AbortController();
    const waiting = inside.connect({ ...silent, signal: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(waiting, { name: 'AbortError' });
    const late = inside.connect({ ...silent, signal: AbortSignal.abort() });
    await assert.rejects(late, { name: 'AbortError' });
    await inside.spawn(['ip', 'link', 'delete', 'silent0'], { stdio: 'inherit' }).exit;
  });

  test('half-closed: what the other side says after our end arrives', async () => {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      let said = '';
      socket.on('data', (chunk) => (said += String(chunk)));
      socket.on('end', () => socket.end(said.toUpperCase()));
    });
    const port = await serve(server);
    const socket = await inside.connect({ port, allowHalfOpen: true });
    socket.end('half');
    assert.equal(await text(socket), 'HALF');
  });

  test('on the host too, by the same methods', async () => {
    const server = greeter().listen(await host.listen({ host: '127.0.0.1', port: 0 }));
    servers.push(server);
    const { port } = server.address() as net.AddressInfo;
    assert.equal(await text(await host.connect({ host: '127.0.0.1', port })), 'hello');
    await assert.rejects(inside.connect({ host: '127.0.0.1', port }), { code: 'ECONNREFUSED' });
  });
});

describe('a pool', () => {
  test('makes many connections with few visits', async () => {
    const port = await serve(greeter());
    using pool = inside.pool({ batch: 8 });
    await pool.fill();
    assert.equal(pool.size, 8);
    const connections = Array.from({ length: 20 }, async () => {
      return await text(await pool.connect({ host: '127.0.0.1', port }));
    });
    assert.deepEqual(new Set(await Promise.all(connections)), new Set(['hello']));
    assert.equal(await text(await pool.connect({ host: '::1', port })), 'hello');
  });

  test('gives what needs options of its own a visit of its own', async () => {
    const port = await serve(greeter());
    using pool = inside.pool();
    const from = { localAddress: '127.0.0.2' };
    const socket = await pool.connect({ host: '127.0.0.1', port, ...from });
    assert.equal(socket.localAddress, '127.0.0.2');
    assert.equal(pool.size, 0);
    assert.equal(await text(socket), 'hello');
  });

  test('once closed makes no more', async () => {
    const pool = inside.pool({ batch: 2 });
    const filling = pool.fill();
    pool[Symbol.dispose]();
    await filling;
    assert.equal(pool.size, 0);
    await assert.rejects(pool.connect({ host: '127.0.0.1', port: 80 }), TypeError);
  });
});

describe('HTTP from inside', () => {
  const answer = (request: IncomingMessage, response: http.ServerResponse): void => {
    response.end(`${request.method ?? ''} ${request.url ?? ''}`);
  };

  async function body(request: http.ClientRequest): Promise<string> {
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return await text(response);
  }

  test('node:http by an agent, which keeps its connection', async () => {
    let connections = 0;
    const server = http.createServer(answer).on('connection', () => connections++);
    const port = await serve(server);
    const agent = inside.httpAgent({ keepAlive: true });
    for (const path of ['/a', '/b']) {
      assert.equal(
        await body(http.request({ host: 'localhost', port, path, agent })),
        `GET ${path}`,
      );
    }
    assert.equal(connections, 1);
    agent.destroy();
    await turn();
  });

  test('an agent tells why there is no connection', async () => {
    const request = http.get({ host: '127.0.0.1', port: 9, agent: inside.httpAgent() });
    const [error] = (await once(request, 'error')) as [Error & { code: string }];
    assert.equal(error.code, 'ECONNREFUSED');
  });

  test('undici by a connect function', async () => {
    const port = await serve(http.createServer(answer));
    const dispatcher = new Agent({ connect: inside.undiciConnect() });
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      const { body: said } = await undiciRequest(`http://${name}:${port}/u`, { dispatcher });
      assert.equal(await said.text(), 'GET /u');
    }
    await assert.rejects(undiciRequest('http://127.0.0.1:9/', { dispatcher }), {
      code: 'ECONNREFUSED',
    });
    await dispatcher.close();
    await turn();
  });

  test('https by both', async () => {
    const [key, cert] = ['key', 'cert'].map((file) => join(lab.folder, file)) as [string, string];
    const subject = ['-subj', '/CN=web.test', '-addext', 'subjectAltName=DNS:web.test'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-x509'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'ignore' });
    const ca = readFileSync(cert);
    const server = https.createServer({ key: readFileSync(key), cert: ca }, answer);
    const port = await serve(server);
    const agent = inside.httpsAgent({ ca });
    const options = { host: '127.0.0.1', servername: 'web.test', port, agent };
    assert.equal(await body(https.request({ ...options, path: '/s' })), 'GET /s');
    agent.destroy();
    const connect = inside.undiciConnect({ ca, servername: 'web.test' });
    const dispatcher = new Agent({ connect });
    const { body: said } = await undiciRequest(`https://127.0.0.1:${port}/t`, { dispatcher });
    assert.equal(await said.text(), 'GET /t');
    await dispatcher.close();
    await turn();
  });
});
