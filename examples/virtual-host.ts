/**
 * A web service that exists for one namespace only, answered by a function of this program: no port
 * of the host is open, and no server listens anywhere.
 *
 *     npm run build && node dist/examples/virtual-host.js
 */
import { createServer } from 'node:http';
import { run } from 'nskit';

const server = createServer((request, response) => {
  const { host } = request.headers;
  response.end(`${host}${request.url}, asked for by ${request.socket.remoteAddress}\n`);
});

const { exitCode } = await run(['curl', '-sS', 'http://api.test/hello'], {
  uplink: {
    // An address that is nobody's (RFC 5737): what matters is that the flow goes there.
    hosts: { 'api.test': '192.0.2.80' },
    onFlow: (flow) =>
      flow.host === 'api.test'
        ? flow.handle((stream) => void server.emit('connection', stream))
        : flow.reject('prohibited'),
  },
});
process.exitCode = exitCode ?? 1;
