/** A flow of the uplink's TCP host without a stack: what the host says, as promises. */
import { once } from 'node:events';
import net from 'node:net';
import type { HostStream, Refusal, TcpEvents } from '../../src/stack/index.js';
import { ErrorQueue } from '../../src/uplink/error-queue.js';
import { Loop } from '../../src/uplink/loop.js';
import type { Decide } from '../../src/uplink/decision.js';
import { TcpSockets, type StreamKind } from '../../src/uplink/tcp-host.js';

export const loopback = Uint8Array.of(127, 0, 0, 1);

/** Where the namespace wants to go; the decision says where that leads. */
export const anyEnds = {
  version: 4,
  namespaceAddress: Uint8Array.of(10, 0, 2, 100),
  namespacePort: 40_000,
  remoteAddress: Uint8Array.of(198, 51, 100, 1),
  remotePort: 80,
} as const;

type Told =
  | { readonly event: 'connected'; readonly stream: HostStream }
  | { readonly event: 'refused'; readonly refusal: Refusal }
  | { readonly event: 'readable'; readonly ended: boolean }
  | { readonly event: 'writable' | 'failed' };

/** Keeps what it was told until somebody waits for it. */
export class TcpWitness implements TcpEvents {
  readonly #told: Told[] = [];
  #wake: () => void = () => undefined;

  connected(stream: HostStream): void {
    this.#tell({ event: 'connected', stream });
  }

  refused(refusal: Refusal): void {
    this.#tell({ event: 'refused', refusal });
  }

  readable(_now: number, ended: boolean): void {
    this.#tell({ event: 'readable', ended });
  }

  writable(): void {
    this.#tell({ event: 'writable' });
  }

  failed(): void {
    this.#tell({ event: 'failed' });
  }

  /** The next event of this kind; others before it are passed over. */
  async next<E extends Told['event']>(event: E): Promise<Extract<Told, { event: E }>> {
    while (true) {
      const told = this.#told.shift();
      if (told?.event === event) return told as Extract<Told, { event: E }>;
      if (told === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #tell(told: Told): void {
    this.#told.push(told);
    this.#wake();
  }
}

export interface TcpBench extends Disposable {
  readonly failures: number[];
  connect(): { readonly told: TcpWitness; readonly attempt: { cancel(): void } };
}

export function tcpBench(streams: StreamKind, decide: Decide): TcpBench {
  const loop = new Loop();
  const failures: number[] = [];
  const onFailure = (errno: number): void => void failures.push(errno);
  const host = new TcpSockets({ loop, decide, streams, errors: new ErrorQueue(), onFailure });
  loop.ref();
  return {
    failures,
    connect: () => {
      const told = new TcpWitness();
      return { told, attempt: host.connect(anyEnds, told) };
    },
    [Symbol.dispose]: () => {
      loop[Symbol.dispose]();
    },
  };
}

/** A server on loopback, and the first connection that it gets. */
export async function acceptingServer(): Promise<{
  readonly server: net.Server;
  readonly port: number;
  readonly accepted: Promise<net.Socket>;
}> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const accepted = once(server, 'connection').then(([socket]) => socket as net.Socket);
  return { server, port, accepted };
}
