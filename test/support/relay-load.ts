/**
 * The two ends of a load test, as processes of their own: a process may have 20,000 files open.
 * `serve` inside: echoes, prints its port. `connect PORT COUNT`: opens so many connections, prints
 * `open` once all of them are, and then, for each line of input, sends a piece of random bytes
 * through each and checks what comes back; it prints how many were right, and how many failed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';

const PIECE_BYTES = 16_384;
/** Connections on their way at once: fewer than a listener's queue has room for. */
const AT_ONCE = 200;

async function serve(): Promise<void> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined).pipe(socket);
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  console.log((server.address() as net.AddressInfo).port);
}

/** Undefined when it failed: accepted and reset, as a full relay does it, or refused. */
async function open(port: number): Promise<net.Socket | undefined> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  // Only an answer shows that there is somebody at the other end.
  socket.write('?');
  return await new Promise((resolve) => {
    socket.once('data', () => resolve(socket.pause()));
    socket.once('close', () => resolve(undefined));
  });
}

async function isIntact(socket: net.Socket): Promise<boolean> {
  const piece = randomBytes(PIECE_BYTES);
  const [sent, received] = [createHash('sha256').update(piece), createHash('sha256')];
  socket.write(piece);
  socket.resume();
  let left = PIECE_BYTES;
  await new Promise<void>((resolve) => {
    socket.once('close', resolve).on('data', (chunk: Buffer) => {
      received.update(chunk);
      left -= chunk.length;
      if (left <= 0) resolve();
    });
  });
  socket.pause().removeAllListeners('data').removeAllListeners('close');
  return sent.digest('hex') === received.digest('hex');
}

async function connect(port: number, count: number): Promise<void> {
  const sockets: net.Socket[] = [];
  let failed = 0;
  for (let begun = 0; begun < count; begun += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - begun) }, () => open(port));
    for (const socket of await Promise.all(some)) {
      if (socket === undefined) failed += 1;
      else sockets.push(socket);
    }
  }
  console.log(`open ${sockets.length} failed ${failed}`);
  for await (const _ of createInterface(process.stdin)) {
    const intact = await Promise.all(sockets.map(isIntact));
    console.log(`intact ${intact.filter(Boolean).length}`);
  }
  for (const socket of sockets) socket.destroy();
}

const [what, port, count] = process.argv.slice(2);
if (what === 'serve') await serve();
else await connect(Number(port), Number(count));
