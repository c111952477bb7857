/**
 * HTTP for a namespace, served by a function of this process: no port of the host is open, and the
 * address it has inside belongs to nobody.
 *
 *     node dist/examples/virtual-host.js curl -s http://192.0.2.1/hello
 */
import http from 'node:http';
import { run } from '../src/index.js';

const server = http.createServer((request, response) => {
  response.end(`you asked for ${request.url ?? ''}\n`);
});

const { exitCode } = await run(process.argv.slice(2), {
  uplink: {
    onFlow: (flow) => {
      if (flow.address !== '192.0.2.1' || flow.port !== 80) return undefined;
      return flow.handle((stream) => {
        server.emit('connection', stream);
      });
    },
  },
});
process.exitCode = exitCode ?? 1;
