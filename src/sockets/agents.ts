/**
 * HTTP from inside a namespace: agents for node:http and node:https, and a connect function for
 * undici (`new Agent({ connect })`), whose connections are all made inside.
 */
import type { Agent, AgentOptions, ClientRequestArgs, RequestOptions } from 'node:http';
import type {
  Agent as HttpsAgent,
  AgentOptions as HttpsAgentOptions,
  RequestOptions as HttpsRequestOptions,
} from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { builtins } from './builtins.js';
import { connect, type ConnectOptions, type MakeSocket } from './connection.js';

/** What Node's agents and undici both say about a connection that they want. */
type Wanted = Pick<RequestOptions, 'host' | 'port' | 'socketPath' | 'signal'> & {
  readonly localAddress?: string | null | undefined;
};

type Done = (error: Error | null, socket: Duplex) => void;

/** An `agent` for http.request whose connections are made inside. */
export function httpAgent(make: MakeSocket, options: AgentOptions = {}): Agent {
  class InsideHttpAgent extends builtins.http().Agent {
    /** Node's hook for agents: answers by the callback. */
    override createConnection(wanted: ClientRequestArgs, done: Done): undefined {
      settle(connect(make, connectOptions(wanted)), done);
    }
  }
  return new InsideHttpAgent(options);
}

/** The same for https.request. */
export function httpsAgent(make: MakeSocket, options: HttpsAgentOptions = {}): HttpsAgent {
  class InsideHttpsAgent extends builtins.https().Agent {
    override createConnection(wanted: HttpsRequestOptions, done: Done): undefined {
      const { host, port, socketPath, localAddress, signal } = wanted;
      const where = { host, port: port ?? 443, socketPath, localAddress, signal };
      settle(secure(make, where, wanted as ConnectionOptions), done);
    }
  }
  return new InsideHttpsAgent(options);
}

/** What undici passes to a connector; its `https:` ones want TLS. */
export interface UndiciWanted {
  readonly hostname: string;
  readonly host?: string | undefined;
  readonly protocol: string;
  readonly port: string;
  readonly servername?: string | undefined;
  readonly localAddress?: string | null | undefined;
}

export type UndiciConnector = (
  wanted: UndiciWanted,
  done: (...answer: [null, Socket] | [Error, null]) => void,
) => void;

/** `new undici.Agent({ connect: ... })`. TLS options (a CA) apply to https. */
export function undiciConnector(make: MakeSocket, tls: ConnectionOptions = {}): UndiciConnector {
  return ({ hostname, protocol, port, servername, localAddress }, done) => {
    const isSecure = protocol === 'https:';
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const where = { host, port: port === '' ? (isSecure ? 443 : 80) : port, localAddress };
    const name = servername ?? (isIP(host) === 0 ? host : undefined);
    const named = name === undefined ? {} : { servername: name };
    const connection = isSecure
      ? secure(make, where, { ALPNProtocols: ['http/1.1'], host, ...tls, ...named })
      : connect(make, connectOptions(where));
    connection.then(
      (socket) => done(null, socket),
      (error: unknown) => done(error as Error, null),
    );
  };
}

function settle(connection: Promise<Socket>, done: Done): undefined {
  connection.then(
    (socket) => done(null, socket),
    // With an error, nobody looks at the socket.
    (error: unknown) => done(error as Error, undefined as unknown as Duplex),
  );
}

function connectOptions({ host, port, socketPath, localAddress, signal }: Wanted): ConnectOptions {
  const common = signal === undefined ? {} : { signal };
  if (typeof socketPath === 'string') return { ...common, path: socketPath };
  const from = typeof localAddress === 'string' ? { localAddress } : {};
  return { ...common, ...from, host: host ?? 'localhost', port: Number(port ?? 80) };
}

async function secure(make: MakeSocket, where: Wanted, tls: ConnectionOptions): Promise<Socket> {
  const socket = await connect(make, connectOptions(where));
  return await new Promise<Socket>((resolve, reject) => {
    // With a socket given, what `tls` says about where to connect to is not looked at.
    const secured = builtins.tls().connect({ ...tls, socket }, () => {
      secured.off('error', reject);
      resolve(secured);
    });
    secured.once('error', reject);
  });
}
