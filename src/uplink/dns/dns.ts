/**
 * The DNS server of a namespace: it forwards to the host's resolvers, follows the host's
 * resolv.conf and hosts, and knows afterwards which name stands for which address.
 */
import { SyscallError } from '../../errors/index.js';
import {
  HostsFile,
  KnownNames,
  Resolver,
  parseResolvConf,
  type AttemptEvents,
  type DatagramEvents,
  type HostDatagrams,
  type NetworkSettings,
  type ResolverOptions,
  type UpstreamTransport,
} from '../../stack/index.js';
import { formatIp } from '../../wire/index.js';
import type { Decision, FlowRequest } from '../decision.js';
import { random } from '../random.js';
import { datagramService } from './datagram-service.js';
import { FollowedFile } from './followed-file.js';
import { serverAddress } from './server-address.js';
import { StreamService } from './stream-service.js';
import { askByTcp } from './tcp-attempt.js';
import { askByUdp } from './udp-attempt.js';

const DNS_PORT = 53;
/** In a list of flows. */
const ANSWERED = 'answered by the DNS server';

export interface DnsOptions {
  readonly settings: NetworkSettings;
  /** The host's, when not said: /etc/resolv.conf. */
  readonly resolvConfPath?: string | undefined;
  /** The host's, when not said: /etc/hosts. */
  readonly hostsPath?: string | undefined;
  /** More of the same kind, which comes first; text as in hosts(5). */
  readonly hosts?: string | undefined;
  /** Where the host's resolvers listen: 53, when not said. */
  readonly serverPort?: number | undefined;
  /** Is asked about every question before the names of our own are. */
  readonly decide?: ResolverOptions['decide'];
}

export class Dns implements Disposable {
  readonly #resolver: Resolver;
  readonly #known = new KnownNames();
  readonly #streams: StreamService;
  readonly #openDatagrams: ReturnType<typeof datagramService>;
  readonly #resolvConf: FollowedFile;
  readonly #hosts: FollowedFile;
  readonly #listeners: ((text: string | undefined) => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Infinity;

  constructor(options: DnsOptions) {
    const { settings, decide, serverPort = DNS_PORT } = options;
    const resolver = new Resolver({
      ...{ settings, decide },
      transport: transportTo(serverPort, this.#setTimer),
      random,
      onAnswer: (answer, now) => this.#known.learn(answer, now),
    });
    this.#resolver = resolver;
    this.#streams = new StreamService(resolver, this.#setTimer);
    this.#openDatagrams = datagramService(resolver, this.#setTimer);
    this.#resolvConf = new FollowedFile(options.resolvConfPath ?? '/etc/resolv.conf', (text) => {
      resolver.configure(parseResolvConf(text));
      for (const listener of this.#listeners) listener(text);
    });
    resolver.configure(parseResolvConf(this.#resolvConf.text));
    const given = new HostsFile(options.hosts);
    this.#hosts = new FollowedFile(options.hostsPath ?? '/etc/hosts', (text) => {
      resolver.setHosts(new HostsFile(text, given));
    });
    resolver.setHosts(new HostsFile(this.#hosts.text, given));
  }

  /** What becomes of a flow to the DNS server's address; undefined: it is none of its business. */
  readonly decide = ({ protocol, ends }: FlowRequest): Decision | undefined => {
    if (ends.remotePort !== DNS_PORT) return undefined;
    if (protocol === 'tcp') return this.#decideStream();
    if (protocol !== 'udp') return undefined;
    const open = (_ends: unknown, events: DatagramEvents): HostDatagrams =>
      this.#openDatagrams(events);
    return { kind: 'service', open, about: ANSWERED };
  };

  #decideStream(): Decision {
    try {
      return { kind: 'stream', descriptor: this.#streams.open(), about: ANSWERED };
    } catch (error) {
      // No descriptor is left (EMFILE); there may be one later.
      if (error instanceof SyscallError) return { kind: 'refuse', refusal: { kind: 'refused' } };
      throw error;
    }
  }

  /** The name that the namespace was last given this address for. */
  readonly nameOf = (address: Uint8Array): string | undefined =>
    this.#known.get(formatIp(address), performance.now())?.name;

  /** Of the host's resolv.conf, now. */
  get searchDomains(): readonly string[] {
    return parseResolvConf(this.#resolvConf.text).search;
  }

  /** The listener hears when the host's resolv.conf has changed; undefined: it is gone. */
  onResolvConf(listener: (text: string | undefined) => void): void {
    this.#listeners.push(listener);
  }

  /** Questions that are with the host's resolvers. */
  get queries(): number {
    return this.#resolver.queries;
  }

  [Symbol.dispose](): void {
    this.#resolvConf[Symbol.dispose]();
    this.#hosts[Symbol.dispose]();
    this.#streams.close();
    this.#resolver.close();
    clearTimeout(this.#timer);
  }

  /** A timer that is too early does no harm: it is set again. */
  readonly #setTimer = (): void => {
    const next = this.#resolver.nextDeadline();
    if (next === undefined || next >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = next;
    this.#timer = setTimeout(
      () => {
        this.#wakesAt = Infinity;
        this.#resolver.poll(performance.now());
        this.#setTimer();
      },
      Math.max(0, Math.ceil(next - performance.now())),
    );
  };
}

/** `onEvent` is called after each event: another deadline may be the next one. */
function transportTo(port: number, onEvent: () => void): UpstreamTransport {
  return {
    ask: ({ upstream, via }, message, events) => {
      const told: AttemptEvents = {
        answered: (answer, now) => {
          events.answered(answer, now);
          onEvent();
        },
        failed: (now) => {
          events.failed(now);
          onEvent();
        },
      };
      if (via === 'tcp') return askByTcp({ host: upstream, port }, message, told);
      const address = serverAddress(upstream, port);
      return address === undefined ? undefined : askByUdp(address, message, told);
    },
  };
}
