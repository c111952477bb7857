/**
 * Opening sockets, taps and files in a namespace and using them outside. What is opened stays in
 * its namespace for as long as it is open, even when the namespace's name is deleted.
 */
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Agent, AgentOptions } from 'node:http';
import type { Agent as HttpsAgent, AgentOptions as HttpsAgentOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import {
  SocketPool,
  connect,
  connectVsock,
  datagram,
  fileOpening,
  handOverProgram,
  httpAgent,
  httpsAgent,
  listen,
  openAll,
  openOne,
  openingProgram,
  socketOpening,
  socketsFrom,
  tapOpening,
  undiciConnector,
  type ConnectOptions,
  type DatagramOptions,
  type FileDescriptor,
  type FindInside,
  type ListenOptions,
  type ListenUrl,
  type Listener,
  type OpenFileOptions,
  type Opening,
  type PoolOptions,
  type SocketDomain,
  type SocketProtocol,
  type SocketRequest,
  type SocketStream,
  type SocketType,
  type Tap,
  type TapOptions,
  type UndiciConnector,
  type VsockConnectOptions,
} from '../sockets/index.js';
import type { Program } from '../native/index.js';

export class Sockets {
  /** Where it all happens, for functions that take a place, such as `relay`. */
  readonly findInside: FindInside;

  constructor(find: FindInside) {
    this.findInside = find;
  }

  /** For `server.listen(...)` of net, http, https and what is built on them. */
  listen(options: ListenOptions): Promise<Listener> {
    return listen(this.findInside, options);
  }

  /**
   * A connection made inside. Errors are Node's: ECONNREFUSED with address and port. Node cannot
   * adopt vsock, which gives a stream that is no net.Socket.
   */
  connect(options: ConnectOptions): Promise<Socket>;
  connect(options: VsockConnectOptions): Promise<SocketStream>;
  connect(options: ConnectOptions | VsockConnectOptions): Promise<Socket | SocketStream> {
    const make = socketsFrom(this.findInside);
    return 'vsock' in options ? connectVsock(make, options) : connect(make, options);
  }

  /** A UDP socket that is bound inside. */
  datagram(options: DatagramOptions = {}): Promise<DatagramSocket> {
    return datagram(this.findInside, options);
  }

  /** Any socket at all, as a descriptor: socket(2), and what `more` says after it. */
  async socket(
    domain: SocketDomain,
    type: SocketType,
    protocol: SocketProtocol = 0,
    more: Omit<SocketRequest, 'domain' | 'type' | 'protocol'> = {},
  ): Promise<FileDescriptor> {
    const request = { ...more, domain, type, protocol };
    return (await openOne(this.findInside, socketOpening(request))).descriptor;
  }

  /** A tap or tun device, made if there is none of this name. */
  tap(name: string, options: TapOptions = {}): Promise<Tap> {
    return openOne(this.findInside, tapOpening(name, options));
  }

  /** A file or directory, through the mount namespace if there is one: openat2(2). */
  openFile(path: string, options: OpenFileOptions = {}): Promise<FileDescriptor> {
    return openOne(this.findInside, fileOpening(path, options));
  }

  /** Several of anything in one visit, all or none: listenerOpening, tapOpening, fileOpening... */
  openAll<T>(openings: readonly Opening<T>[]): Promise<T[]> {
    return openAll(this.findInside, openings);
  }

  /** For many connections: sockets made ahead. */
  pool(options: PoolOptions = {}): SocketPool {
    return new SocketPool(this.findInside, options);
  }

  /** `http.request(url, { agent })`: its connections leave from inside. */
  httpAgent(options: AgentOptions = {}): Agent {
    return httpAgent(socketsFrom(this.findInside), options);
  }

  httpsAgent(options: HttpsAgentOptions = {}): HttpsAgent {
    return httpsAgent(socketsFrom(this.findInside), options);
  }

  /** `new undici.Agent({ connect: lab.undiciConnect() })`, with TLS options for https. */
  undiciConnect(tls: ConnectionOptions = {}): UndiciConnector {
    return undiciConnector(socketsFrom(this.findInside), tls);
  }

  /** The steps of `nskit listen`, in which CMD gets what the addresses say. */
  listenProgram(addresses: readonly ListenUrl[], argv: readonly string[]): Program {
    const openings = addresses.map(({ opening }) => opening);
    const fds = openings.map(({ fd }) => fd);
    using inside = this.findInside();
    return [...openingProgram(inside, openings), ...handOverProgram(argv, addresses, fds)];
  }
}
