/** A resolver between a client and servers that are arrays. */
import assert from 'node:assert/strict';
import {
  HostsFile,
  Resolver,
  parseResolvConf,
  type Attempt,
  type AttemptEvents,
  type DnsClient,
  type ResolverOptions,
} from '../../../../src/stack/index.js';
import { dns, parseIp } from '../../../../src/wire/index.js';

const { classes, types } = dns;

/** A message that a server was sent. */
export interface AskedMessage extends Attempt {
  readonly message: dns.Message;
  readonly bytes: Uint8Array;
  readonly events: AttemptEvents;
  isCancelled: boolean;
}

export interface World {
  readonly resolver: Resolver;
  /** Everything that was ever sent to a server, and what has not been looked at with `sent`. */
  readonly asked: AskedMessage[];
  /** The servers and ways of what was sent since the last call: `192.0.2.1 udp`. */
  sent(): string[];
  /** Servers to which nothing can be sent, for want of a route. */
  readonly noRoute: Set<string>;
}

export function ip(text: string): Uint8Array {
  const bytes = parseIp(text);
  assert.ok(bytes);
  return bytes;
}

export const settings = {
  ipv4: {
    ...{ network: ip('10.0.2.0'), prefixLength: 24, gateway: ip('10.0.2.2') },
    ...{ dns: ip('10.0.2.3'), guest: ip('10.0.2.100') },
  },
  ipv6: {
    ...{ network: ip('fd00::'), prefixLength: 64, gateway: ip('fd00::2') },
    ...{ dns: ip('fd00::3'), guest: ip('fd00::100') },
  },
};

export interface WorldOptions extends Partial<ResolverOptions> {
  readonly resolvConf?: string;
  readonly hosts?: string;
}

export function makeWorld({ resolvConf, hosts, ...options }: WorldOptions = {}): World {
  const asked: AskedMessage[] = [];
  const noRoute = new Set<string>();
  let looked = 0;
  let chance = 1000;
  const resolver = new Resolver({
    settings,
    random: () => chance++,
    transport: {
      ask: ({ upstream, via }, bytes, events) => {
        if (noRoute.has(upstream)) return undefined;
        const one = {
          ...{ upstream, via, bytes, events, isCancelled: false },
          // Read when a test looks: what a client sent may be damaged.
          get message() {
            return dns.parseMessage(bytes);
          },
        };
        asked.push(one);
        return { cancel: () => (one.isCancelled = true) };
      },
    },
    ...options,
  });
  resolver.configure(parseResolvConf(resolvConf ?? 'nameserver 192.0.2.1\nnameserver 192.0.2.2\n'));
  resolver.setHosts(new HostsFile(hosts));
  const sent = (): string[] => {
    const news = asked.slice(looked);
    looked = asked.length;
    return news.map(({ upstream, via }) => `${upstream} ${via}`);
  };
  return { resolver, asked, sent, noRoute };
}

/** The latest message to a server. */
export function latest({ asked }: World): AskedMessage {
  const last = asked.at(-1);
  assert.ok(last, 'a server was asked');
  return last;
}

export interface Client extends DnsClient {
  readonly replies: dns.Message[];
  readonly bytes: Uint8Array[];
}

export function makeClient(via: 'udp' | 'tcp' = 'udp'): Client {
  const bytes: Uint8Array[] = [];
  const replies: dns.Message[] = [];
  return {
    via,
    bytes,
    replies,
    reply: (message) => {
      bytes.push(message);
      replies.push(dns.parseMessage(message));
    },
  };
}

const noFlags = Object.fromEntries(
  Object.keys(dns.flagBits).map((name) => [name, false]),
) as dns.Flags;

export function query(
  name: string,
  type: number = types.A,
  more: Partial<dns.Message> = {},
): Uint8Array {
  return dns.emitMessage({
    ...{ id: 7, opcode: dns.opcodes.QUERY, rcode: 0 },
    flags: { ...noFlags, recursionDesired: true },
    questions: [{ name, type, class: classes.IN }],
    ...{ answers: [], authorities: [], additionals: [] },
    ...more,
  });
}

/** A server's answer to what it was sent, with one address. */
export function answer({ message }: AskedMessage, more: Partial<dns.Message> = {}): Uint8Array {
  const [question] = message.questions;
  assert.ok(question);
  const data = { kind: 'address', address: '198.51.100.1' } as const;
  return dns.emitMessage({
    ...message,
    flags: { ...message.flags, response: true, recursionAvailable: true },
    answers:
      (more.rcode ?? 0) === 0
        ? [{ name: question.name, type: types.A, class: classes.IN, ttl: 60, data }]
        : [],
    ...more,
  });
}

export function addressesIn(message: dns.Message | undefined): string[] {
  return (message?.answers ?? []).flatMap(({ data }) =>
    data.kind === 'address' ? [data.address] : [],
  );
}
