/**
 * Connections of a family that Node cannot listen on, given to one of its servers: they are accepted
 * here, and the server gets each as a stream, by the event it would make of one of its own.
 */
import type { Server } from 'node:net';
import { kernel, tryCall } from '../native/index.js';
import { Acceptor } from './acceptor.js';
import { FileDescriptor } from './descriptor.js';
import { SocketStream } from './stream.js';

/** Takes the listening descriptor over; until the server is closed. */
export function serveByAccepting(server: Server, listener: FileDescriptor): void {
  tryCall('fcntl', listener.fd, kernel.F_SETFL, kernel.O_NONBLOCK);
  const { allowHalfOpen } = server as { allowHalfOpen?: boolean };
  const acceptor = new Acceptor(listener, {
    onConnection: (client) => {
      server.emit('connection', new SocketStream(new FileDescriptor(client), { allowHalfOpen }));
    },
    // For want of descriptors; Node's own servers say nothing either.
    onRefused: () => undefined,
  });
  server.once('close', () => acceptor[Symbol.dispose]());
  // http.Server begins to watch its time limits when it hears this.
  process.nextTick(() => server.emit('listening'));
}
