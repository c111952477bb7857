/** The two ends of a UDP relay: the socket that clients send to, and one for each at the other end. */
import type { SocketAddress } from '../../wire/index.js';
import { ipAddress } from '../address.js';
import { lookUp } from '../connection.js';
import { datagramRequest } from '../datagram.js';
import type { FileDescriptor } from '../descriptor.js';
import { usage } from '../errors.js';
import { lacksIPv6 } from '../listener.js';
import { openOne } from '../opening.js';
import { SocketPool } from '../pool.js';
import { socketOpening, type OpenedSocket } from '../socket.js';
import { connectDatagrams } from './datagram-session.js';
import { holdPlace, type HeldPlace, type RelayInternetEnd } from './ends.js';
import { tellPacketInformation } from './packet-information.js';

export async function openDoorway(from: RelayInternetEnd): Promise<OpenedSocket> {
  const open = (host: string | undefined): Promise<OpenedSocket> => {
    const request = datagramRequest({ host, port: from.port });
    const raw = [tellPacketInformation(request.domain === 'inet6')];
    return openOne(from.in.findInside, socketOpening({ ...request, options: { raw } }));
  };
  try {
    return await open(from.host);
  } catch (error) {
    if (!lacksIPv6(error) || from.host !== undefined) throw error;
    return await open('0.0.0.0');
  }
}

export class DatagramTarget implements Disposable {
  readonly #to: RelayInternetEnd;
  readonly #place: HeldPlace;
  readonly #pool: SocketPool;

  constructor(to: RelayInternetEnd) {
    this.#to = to;
    this.#place = holdPlace(to.in);
    this.#pool = new SocketPool(this.#place.find);
  }

  /** A socket that is connected, so that it hears nobody else. */
  async reach(): Promise<FileDescriptor> {
    const address = await addressOf(this.#to);
    const domain = address.family === 'inet' ? 'inet' : 'inet6';
    const request = { domain, type: 'dgram', protocol: 'udp', nonBlocking: true } as const;
    return connectDatagrams(await this.#pool.make(request), address);
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
    this.#place[Symbol.dispose]();
  }
}

/** With UDP nobody answers whether an address is the right one, so the first is taken. */
async function addressOf({ host = 'localhost', port }: RelayInternetEnd): Promise<SocketAddress> {
  const wanted = host === 'localhost' ? '127.0.0.1' : host;
  const known = ipAddress({ host: wanted, port });
  if (known !== undefined) return known.address;
  const [first = ''] = await lookUp(host);
  const found = ipAddress({ host: first, port });
  if (found === undefined) throw usage(`the name ${host} has no address`);
  return found.address;
}
