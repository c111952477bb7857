/** Servers, relays and clients of the relay tests, in one process. */
import net from 'node:net';
import { text } from 'node:stream/consumers';
import {
  relay,
  type ListenOptions,
  type Relay,
  type RelayEnd,
  type RelayOptions,
  type Sockets,
} from '../../src/index.js';
import { turn } from './lab.js';

export type Place = Pick<Sockets, 'listen' | 'connect' | 'findInside'>;

export const loopback = { host: '127.0.0.1', port: 0 };

const opened: (net.Server | Relay)[] = [];

/** What `serve` and `joined` made, to be called after each test. */
export async function closeAll(): Promise<void> {
  for (const each of opened.splice(0)) {
    if (each instanceof net.Server) each.close();
    else await each[Symbol.asyncDispose]();
  }
  await turn();
}

export async function serve(
  place: Place,
  onConnection: (socket: net.Socket) => void,
  where: ListenOptions = loopback,
): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, onConnection);
  const listener = await place.listen(where);
  opened.push(server.listen(listener));
  return listener.port ?? 0;
}

export async function joined(
  from: RelayEnd,
  to: RelayEnd,
  more: Partial<RelayOptions> = {},
): Promise<{ made: Relay; port: number }> {
  const made = await relay({ from, to, ...more });
  opened.push(made);
  const port = 'port' in made.address ? made.address.port : 0;
  return { made, port };
}

export function echo(socket: net.Socket): void {
  socket.on('error', () => undefined).pipe(socket);
}

/** Says it, ends, and listens to the end. */
export async function echoed(socket: net.Socket, said: string): Promise<string> {
  socket.end(said);
  return await text(socket);
}

/** What a socket ends with: an error's code, or `closed`. */
export async function endOf(socket: net.Socket): Promise<string> {
  socket.resume();
  return await new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve('closed'));
  });
}
