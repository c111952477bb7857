/** A name whose flows are intercepted, and another one that stands for the internet. */
import net from 'node:net';
import {
  intercept,
  namespaces,
  type InterceptHandler,
  type InterceptOptions,
  type Interception,
  type NamedNamespace,
  type OwnedNamedNamespace,
} from '../../src/index.js';
import { makeLab, turn, type Lab } from './lab.js';

/** Addresses for documentation (RFC 5737, RFC 3849); no packet to them leaves the machine. */
export const addresses = { IPv4: '203.0.113.5', IPv6: '2001:db8::5' } as const;

export interface Intercepted extends AsyncDisposable {
  readonly lab: Lab;
  readonly inside: NamedNamespace;
  /** It has these addresses. */
  readonly internet: OwnedNamedNamespace;
  /** Until the end of the test. */
  intercept(handler: InterceptHandler, options?: InterceptOptions): Promise<Interception>;
  /** A server at one of the addresses, until the end of the test; its port. */
  serve(address: string, onConnection: (socket: net.Socket) => void): Promise<number>;
  /** To be called after each test. */
  finish(): Promise<void>;
}

export async function makeIntercepted(name: string): Promise<Intercepted> {
  const lab = await makeLab(name);
  const internet = await namespaces.add('internet');
  await internet.addresses.add(`${addresses.IPv4}/32`, { device: 'lo' });
  await internet.addresses.add(`${addresses.IPv6}/128`, { device: 'lo', nodad: true });
  internet[Symbol.dispose]();
  const open: (Interception | net.Server)[] = [];
  return {
    ...{ lab, inside: lab.name, internet },
    intercept: async (handler, options = {}) => {
      const made = await intercept(lab.name, handler, { families: ['inet', 'inet6'], ...options });
      open.push(made);
      return made;
    },
    serve: async (host, onConnection) => {
      const server = net.createServer({ allowHalfOpen: true }, onConnection);
      const listener = await internet.listen({ host, port: 0 });
      // A connection that is cut is the test's business, if at all.
      server.on('connection', (socket) => socket.on('error', () => undefined));
      open.push(server.listen(listener));
      return listener.port ?? 0;
    },
    finish: async () => {
      for (const each of open.splice(0)) {
        if (each instanceof net.Server) each.close();
        else await each.close();
      }
      lab.name[Symbol.dispose]();
      await turn();
    },
    [Symbol.asyncDispose]: async () => {
      await internet[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    },
  };
}
