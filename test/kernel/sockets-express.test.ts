/**
 * Express, both majors: the application listens in a namespace that has no way out, and what it
 * fetches itself leaves from the host.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { makeLab, turn, type Lab } from '../support/lab.js';

interface Application {
  get(path: string, handler: (request: IncomingMessage, response: ServerResponse) => unknown): void;
  listen(where: object, done: () => void): Server;
}

let lab: Lab;
let upstream: Server;
before(async () => {
  lab = await makeLab('express');
  upstream = http.createServer((_, response) => response.end('from the host'));
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});
after(async () => {
  upstream.close();
  upstream.closeAllConnections();
  await once(upstream, 'close');
  await lab[Symbol.asyncDispose]();
});

async function inside(...argv: string[]): Promise<string> {
  const child = lab.name.spawn(argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  const said = await text(child.stdout);
  await child.exit;
  return said;
}

const fetchCode = [
  'python3',
  '-c',
  `
import sys, urllib.request
try: print(urllib.request.urlopen(sys.argv[1]).read().decode(), end="")
except urllib.error.URLError as error: print(error.reason.strerror, end="")`,
] as const;

for (const major of ['express4', 'express5']) {
  test(major, async () => {
    const { default: express } = (await import(major)) as { default: () => Application };
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/`;
    const app = express();
    app.get('/', async (_, response) => {
      const [reply] = (await once(http.get(url, { agent: false }), 'response')) as [
        IncomingMessage,
      ];
      response.end(`${major}: ${await text(reply)}`);
    });

    const listener = await lab.name.listen({ port: 80, backlog: 4096 });
    const server = await new Promise<Server>((resolve) => {
      const made = app.listen(listener, () => resolve(made));
    });

    assert.equal(await inside(...fetchCode, 'http://127.0.0.1/'), `${major}: from the host`);
    // Whereas nobody inside can reach what the application reached.
    assert.equal(await inside(...fetchCode, url), 'Connection refused');
    assert.equal(await inside('ip', 'route'), '');
    assert.match(await inside('ss', '-Hltn'), /LISTEN +0 +4096 .*:80 /);

    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    await turn();
  });
}
