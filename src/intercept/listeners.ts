/** The sockets inside that the packet filter brings flows to: for each family one of TCP, one of UDP. */
import {
  datagramOpening,
  listenerOpening,
  openAll,
  type FindInside,
  type Listener,
  type Opening,
  type OpenedSocket,
} from '../sockets/index.js';
import {
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVORIGDSTADDR,
  IP_RECVORIGDSTADDR,
  type IpFamily,
} from './constants.js';
import type { Ports } from './tables.js';

const BACKLOG = 4096;

/** A datagram is told with its destination. */
const destinations = {
  inet: { level: IPPROTO_IP, name: IP_RECVORIGDSTADDR, value: 1 },
  inet6: { level: IPPROTO_IPV6, name: IPV6_RECVORIGDSTADDR, value: 1 },
} as const;

const loopback = { inet: '127.0.0.1', inet6: '::1' } as const;

export interface FamilyListeners extends Disposable {
  readonly family: IpFamily;
  readonly ports: Ports;
  readonly tcp: Listener;
  readonly udp: OpenedSocket;
}

export async function openListeners(
  find: FindInside,
  families: readonly IpFamily[],
): Promise<FamilyListeners[]> {
  const opened = await openAll<Listener | OpenedSocket>(find, families.flatMap(openingsOf));
  return families.map((family, i) => {
    const [tcp, udp] = opened.slice(2 * i) as [Listener, OpenedSocket];
    const udpPort = 'port' in udp.address ? udp.address.port : 0;
    return {
      ...{ family, tcp, udp, ports: { tcp: tcp.port ?? 0, udp: udpPort } },
      [Symbol.dispose]: () => {
        tcp[Symbol.dispose]();
        udp.descriptor[Symbol.dispose]();
      },
    };
  });
}

function openingsOf(family: IpFamily): Opening<Listener | OpenedSocket>[] {
  const where = { host: loopback[family], port: 0, transparent: true };
  return [
    listenerOpening({ ...where, backlog: BACKLOG, nonBlocking: true }),
    datagramOpening({ ...where, raw: [destinations[family]] }),
  ];
}
