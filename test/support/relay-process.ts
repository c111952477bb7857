/**
 * A relay as a process of its own: `NAME PORT`, from a port of the host to that port in the
 * namespace. It prints its port, then its counters for each line of input, and ends with that.
 */
import { createInterface } from 'node:readline';
import { host, namespaces, relay } from '../../src/index.js';

const [name = '', port] = process.argv.slice(2);
const made = await relay({
  from: { in: host, host: '127.0.0.1', port: 0 },
  to: { in: namespaces.get(name), host: '127.0.0.1', port: Number(port) },
});
console.log((made.address as { port: number }).port);
for await (const _ of createInterface(process.stdin)) console.log(JSON.stringify(made.counters));
await made.close();
