/** The two ends of a UDP relay: the socket that clients send to, and one for each at the other end. */
import { errnoCode, tryCall } from '../../native/index.js';
import { emitSocketAddress, type SocketAddress } from '../../wire/index.js';
import { addressEndpoint, ipAddress } from '../address.js';
import { lookUp, type MakeSocket } from '../connection.js';
import { datagramRequest } from '../datagram.js';
import type { FileDescriptor } from '../descriptor.js';
import { connectError, usage } from '../errors.js';
import { lacksIPv6 } from '../listener.js';
import { openOne } from '../opening.js';
import { SocketPool } from '../pool.js';
import { socketOpening, type OpenedSocket } from '../socket.js';
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
    return await connectDatagrams(this.#pool.make, this.#to);
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
    this.#place[Symbol.dispose]();
  }
}

export interface DatagramTargetAddress {
  readonly host?: string | undefined;
  readonly port: number;
}

/** connect(2) of UDP sends nothing: only this address is heard from then on. */
export async function connectDatagrams(
  make: MakeSocket,
  target: DatagramTargetAddress,
): Promise<FileDescriptor> {
  const address = await addressOf(target);
  const domain = address.family === 'inet' ? 'inet' : 'inet6';
  const socket = await make({ domain, type: 'dgram', protocol: 'udp', nonBlocking: true });
  const bytes = emitSocketAddress(address);
  const answer = tryCall('connect', socket.fd, bytes, bytes.length);
  if (answer === 0) return socket;
  socket[Symbol.dispose]();
  throw connectError(errnoCode(-answer), addressEndpoint(address));
}

/** With UDP nobody answers whether an address is the right one, so the first is taken. */
async function addressOf({
  host = 'localhost',
  port,
}: DatagramTargetAddress): Promise<SocketAddress> {
  const wanted = host === 'localhost' ? '127.0.0.1' : host;
  const known = ipAddress({ host: wanted, port });
  if (known !== undefined) return known.address;
  const [first = ''] = await lookUp(host);
  const found = ipAddress({ host: first, port });
  if (found === undefined) throw usage(`the name ${host} has no address`);
  return found.address;
}
