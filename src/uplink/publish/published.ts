/** All published ports of an uplink. */
import { NskitError, SyscallError } from '../../errors/index.js';
import { errnoNumber } from '../../native/index.js';
import type { FlowEnds, Outcome, Stack } from '../../stack/index.js';
import type { HostSockets } from '../host-sockets.js';
import type { Loop } from '../loop.js';
import { random } from '../random.js';
import { endsForClient, freeEnds, type Client, type ClientNetwork } from './client-ends.js';
import { PublishedConnections, type ConnectionsParts } from './connections.js';
import { PublishedDatagrams, type DatagramsParts } from './datagrams.js';
import { listenAll, type Listening } from './listening.js';
import type { OpenPort, PublishedPort } from './published-port.js';
import {
  isInRange,
  parsePublishedRange,
  parsePublishings,
  publishingText,
  type Publishing,
} from './request.js';

export interface PublishedParts {
  readonly loop: Loop;
  readonly stack: Stack;
  readonly hosts: HostSockets;
  readonly network: ClientNetwork;
  readonly onFailure: (errno: number) => void;
  readonly onRefused: (publishing: Publishing, outcome: Outcome) => void;
}

export class Published {
  #network: ClientNetwork;
  readonly #loop: Loop;
  readonly #connections: ConnectionsParts;
  readonly #datagrams: DatagramsParts;
  #ports: OpenPort[] = [];

  constructor({ loop, stack, hosts, network, onFailure, onRefused }: PublishedParts) {
    this.#network = network;
    this.#loop = loop;
    const ends = (isTaken: (ends: FlowEnds) => boolean) => {
      return (client: Client, insidePort: number): FlowEnds | undefined => {
        const wanted = endsForClient(this.#network, client, insidePort);
        return wanted && freeEnds(wanted, isTaken, random);
      };
    };
    this.#connections = {
      ...{ loop, tcp: stack.tcp, makeStream: hosts.tcp.makeStream, onFailure, onRefused },
      endsFor: ends((taken) => stack.tcp.isTaken(taken)),
    };
    this.#datagrams = {
      ...{ loop, errors: hosts.errors, space: hosts.space },
      open: (flow, session, now) => stack.openDatagrams(flow, session, now),
      endsFor: ends((taken) => stack.hasDatagrams(taken)),
    };
  }

  /** Every one, or none. Throws ERR_USAGE, and SocketError when a port cannot be had. */
  publish(texts: readonly string[]): PublishedPort[] {
    const wanted = parsePublishings(texts);
    if (wanted.length > this.#loop.room) throw noRoomFor(wanted.length);
    return this.adopt(listenAll(wanted));
  }

  /** Of sockets that listen already; takes them over, also when it throws. */
  adopt(listening: readonly Listening[]): PublishedPort[] {
    const ports: OpenPort[] = [];
    try {
      for (const one of listening) ports.push(this.#open(one));
    } catch (error) {
      for (const port of ports) port.close();
      for (const { descriptor } of listening) descriptor[Symbol.dispose]();
      throw error;
    }
    this.#ports.push(...ports);
    return ports.map((port) => this.#describe(port));
  }

  /** The ports that are closed now. Throws ERR_USAGE when nothing of that was published. */
  unpublish(text: string): PublishedPort[] {
    const range = parsePublishedRange(text);
    const isMeant = ({ publishing }: OpenPort): boolean => isInRange(range, publishing);
    const meant = this.#ports.filter(isMeant);
    if (meant.length === 0) {
      throw new NskitError('ERR_USAGE', `${text} is not published`, { hint: this.#hint() });
    }
    this.#ports = this.#ports.filter((port) => !isMeant(port));
    for (const port of meant) port.close();
    return meant.map((port) => this.#describe(port));
  }

  /** Clients that come from now on meet a network that has changed. */
  change(changes: Pick<ClientNetwork, 'ipv6IsDefault'>): void {
    this.#network = { ...this.#network, ...changes };
  }

  list(): PublishedPort[] {
    return this.#ports.map((port) => this.#describe(port));
  }

  listening(): Listening[] {
    return this.#ports.map(({ publishing, descriptor }) => ({ publishing, descriptor }));
  }

  #open({ publishing, descriptor }: Listening): OpenPort {
    return publishing.protocol === 'tcp'
      ? new PublishedConnections(this.#connections, publishing, descriptor)
      : new PublishedDatagrams(this.#datagrams, publishing, descriptor);
  }

  #describe({ publishing, accepted, refused }: OpenPort): PublishedPort {
    const { publishesLoopback: loopback = false } = this.#network;
    return { ...publishing, loopback, accepted, refused };
  }

  #hint(): string {
    const all = this.#ports.map(({ publishing }) => publishingText(publishing));
    return all.length === 0 ? 'nothing is' : `these are: ${all.join(', ')}`;
  }
}

function noRoomFor(ports: number): SyscallError {
  return new SyscallError({
    ...{ code: 'EMFILE', errno: -errnoNumber('EMFILE'), syscall: 'socket' },
    step: `publish ${ports} ports`,
    hint: 'the namespace has its share of the descriptors: see --limit, and "ulimit -n" of whoever started the uplink',
  });
}
