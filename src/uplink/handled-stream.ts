/**
 * A TCP flow that ends in this process: the handler gets one end of a pair of sockets as a
 * net.Socket, the flow takes the other one.
 */
import { Socket } from 'node:net';
import { socketPair, type FileDescriptor } from '../sockets/index.js';
import type { Flow, Report, StreamHandler } from './flow.js';

export interface HandledStream {
  /** The handler's end. */
  readonly stream: Socket;
  /** The flow's end. */
  readonly descriptor: FileDescriptor;
}

/** Throws what the handler throws at once; what it rejects with later is reported. */
export function handledStream(flow: Flow, handler: StreamHandler, report: Report): HandledStream {
  const [ours, theirs] = socketPair('stream', { nonBlocking: true });
  if (ours === undefined || theirs === undefined) throw new Error('socketpair gave no pair');
  const stream = new Socket({ fd: ours.release(), allowHalfOpen: true });
  nameEnds(stream, flow);
  // Whoever wants to know listens too; without any listener a reset would end this process.
  stream.on('error', () => undefined);
  try {
    Promise.resolve(handler(stream, flow)).catch((error: unknown) => {
      stream.destroy();
      report(error, flow);
    });
    return { stream, descriptor: theirs };
  } catch (error) {
    stream.destroy();
    theirs[Symbol.dispose]();
    throw error;
  }
}

/** Servers ask a connection where it comes from; a Unix socket would not know. */
function nameEnds(stream: Socket, { address, port, source }: Flow): void {
  const family = address.includes(':') ? 'IPv6' : 'IPv4';
  const names = {
    ...{ localAddress: address, localPort: port, localFamily: family },
    ...{ remoteAddress: source.address, remotePort: source.port, remoteFamily: family },
  };
  for (const [name, value] of Object.entries(names)) Object.defineProperty(stream, name, { value });
}
