/** The UDP and echo hosts of an uplink: every flow is decided, then has a socket of its own. */
import { errnoNumber } from '../native/index.js';
import type {
  DatagramEvents,
  EchoHost,
  FlowEnds,
  HostDatagrams,
  Refusal,
  UdpHost,
} from '../stack/index.js';
import * as k from './constants.js';
import type { ReceiveSpace } from './datagram-receiver.js';
import { DatagramSocket, type DatagramTools } from './datagram-socket.js';
import { ask, discard } from './deciding.js';
import type { Decide, Decision } from './decision.js';
import { HeldDatagrams } from './held-datagrams.js';
import { familyOf, openOutbound, type Family } from './outbound.js';
import { refusalOf, refused } from './refusals.js';
import { close, options, receiveErrors, setOption } from './socket-calls.js';

export interface DatagramHostOptions {
  readonly protocol: 'udp' | 'echo';
  readonly decide: Decide;
  readonly tools: DatagramTools;
  readonly space: (ends: FlowEnds) => ReceiveSpace;
  /** Told of each errno, as a positive number, that kept a flow from existing. */
  readonly onFailure: (errno: number) => void;
}

/** Bytes that may wait to be received: a burst, until the loop comes round. */
const RECEIVE_BUFFER_BYTES = 1 << 20;

const EMFILE = -errnoNumber('EMFILE');

const protocols = {
  udp: { inet: k.IPPROTO_UDP, inet6: k.IPPROTO_UDP },
  echo: { inet: k.IPPROTO_ICMP, inet6: k.IPPROTO_ICMPV6 },
} as const;

export class DatagramSockets implements UdpHost, EchoHost {
  readonly #options: DatagramHostOptions;

  constructor(options: DatagramHostOptions) {
    this.#options = options;
  }

  open(ends: FlowEnds, events: DatagramEvents): HostDatagrams | Refusal {
    const { protocol, decide } = this.#options;
    const decision = ask(decide, { protocol, ends });
    if (!(decision instanceof Promise)) return this.#follow(decision, ends, events);
    const held = new HeldDatagrams(ends, events);
    void decision.then((late) => {
      if (held.isClosed) discard(late);
      else held.settle(this.#follow(late, ends, events));
      this.#options.tools.loop.rearm();
    });
    return held;
  }

  #follow(decision: Decision, ends: FlowEnds, events: DatagramEvents): HostDatagrams | Refusal {
    switch (decision.kind) {
      case 'connect':
        return this.#connect(decision, ends, events);
      case 'service':
        return decision.open(ends, events);
      case 'refuse':
        return decision.refusal;
      case 'stream':
        discard(decision);
        return refused;
    }
  }

  #connect(
    { to, from }: Extract<Decision, { kind: 'connect' }>,
    ends: FlowEnds,
    events: DatagramEvents,
  ): HostDatagrams | Refusal {
    const { protocol, tools, space } = this.#options;
    if (tools.loop.room < 1) return this.#fail(-1, EMFILE, ends);
    const family = familyOf(to);
    const type = k.SOCK_DGRAM;
    const { fd, answer } = openOutbound({
      to,
      from,
      type,
      protocols: protocols[protocol],
      prepare,
    });
    if (answer < 0 || family === undefined || family === 'unix')
      return this.#fail(fd, answer, ends);
    const parts = { fd, family, protocol, ends, events, tools, space: space(ends) };
    try {
      return new DatagramSocket(parts);
    } catch (error) {
      return this.#fail(fd, -errnoNumber((error as { code: string }).code), ends);
    }
  }

  #fail(fd: number, answer: number, { version }: FlowEnds): Refusal {
    if (fd >= 0) close(fd);
    this.#options.onFailure(-answer);
    return refusalOf(-answer, version);
  }
}

function prepare(fd: number, family: Family): void {
  if (family === 'unix') return;
  receiveErrors(fd, family, true);
  setOption(fd, options.receiveBuffer, RECEIVE_BUFFER_BYTES);
  // A ping socket has no such option, and does not mind.
  setOption(fd, options.gro, 1);
}
