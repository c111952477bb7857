/** Everything on the host's side of an uplink, as the stack knows it. */
import type { EchoHost, FlowEnds, Hosts, UdpHost } from '../stack/index.js';
import { DatagramSockets } from './datagram-host.js';
import { DatagramReceiver, type ReceiveSpace } from './datagram-receiver.js';
import type { Decide } from './decision.js';
import { ErrorQueue } from './error-queue.js';
import type { Loop } from './loop.js';
import { Message } from './messages.js';
import { TcpSockets, type StreamKind } from './tcp-host.js';

export interface HostSocketsOptions {
  readonly loop: Loop;
  readonly decide: Decide;
  readonly streams: StreamKind;
  readonly takesSuperDatagrams: boolean;
  readonly space: (ends: Pick<FlowEnds, 'version'>) => ReceiveSpace;
  /** Told of each errno, as a positive number, that kept a flow from existing. */
  readonly onFailure: (errno: number) => void;
}

/** Room for a struct cmsghdr and one number. */
const CONTROL_BYTES = 24;

export class HostSockets implements Hosts {
  readonly tcp: TcpSockets;
  readonly udp: UdpHost;
  readonly echo: EchoHost;
  /** For sockets that belong to no flow alone. */
  readonly errors = new ErrorQueue();
  readonly space: HostSocketsOptions['space'];

  constructor(options: HostSocketsOptions) {
    const { loop, decide, streams, takesSuperDatagrams, space, onFailure } = options;
    const { errors } = this;
    this.space = space;
    const receiver = new DatagramReceiver(takesSuperDatagrams);
    const tools = { loop, errors, receiver, message: new Message(CONTROL_BYTES) };
    const datagrams = { decide, tools, space, onFailure };
    this.tcp = new TcpSockets({ loop, decide, streams, errors, onFailure });
    this.udp = new DatagramSockets({ ...datagrams, protocol: 'udp' });
    this.echo = new DatagramSockets({ ...datagrams, protocol: 'echo' });
  }
}
