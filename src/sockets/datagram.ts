/** A UDP socket in a namespace, as a dgram.Socket of this process. */
import type { Socket } from 'node:dgram';
import { bindAddress } from './address.js';
import { builtins } from './builtins.js';
import type { FindInside } from './inside.js';
import { openOne, type Opening } from './opening.js';
import type { SocketOptions } from './options.js';
import { socketOpening, type OpenedSocket, type SocketRequest } from './socket.js';

export interface DatagramOptions extends SocketOptions {
  /** All addresses, IPv4 and IPv6, when not said. */
  readonly host?: string | undefined;
  /** 0, and so when not said: the kernel chooses one. */
  readonly port?: number | undefined;
}

export function datagramRequest(options: DatagramOptions): SocketRequest {
  const { host = '::', port = 0 } = options;
  const { address, scope } = bindAddress({ host, port });
  const domain = address.family === 'inet' ? 'inet' : 'inet6';
  return { domain, type: 'dgram', protocol: 'udp', bind: address, scope, options };
}

export function datagramOpening(options: DatagramOptions): Opening<OpenedSocket> {
  return socketOpening(datagramRequest(options));
}

/** It is bound already; its `send`, `connect` and `close` are Node's. */
export async function datagram(find: FindInside, options: DatagramOptions = {}): Promise<Socket> {
  return await adoptDatagram(await openOne(find, datagramOpening(options)));
}

/** Node takes an open UDP socket over by `bind({ fd })`. */
export async function adoptDatagram({ descriptor, address }: OpenedSocket): Promise<Socket> {
  const socket = builtins.dgram().createSocket(address.family === 'inet' ? 'udp4' : 'udp6');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      // `exclusive`: in a cluster's worker too, the socket is this process's own.
      socket.bind({ fd: descriptor.fd, exclusive: true }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    descriptor.release();
    return socket;
  } catch (error) {
    descriptor[Symbol.dispose]();
    throw error;
  }
}
