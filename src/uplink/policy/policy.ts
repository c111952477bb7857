/**
 * The one function that every flow passes: first what is ours (the DNS server's address), then the
 * hooks, then the rules.
 */
import type { Socket } from 'node:net';
import type { FamilySettings } from '../../stack/index.js';
import { formatIp, isWithin } from '../../wire/index.js';
import type { Decision, Decide, FlowRequest, Outbound } from '../decision.js';
import { Flow, type FlowHook, type Report, type StreamHandler, type Verdict } from '../flow.js';
import { handledDatagrams } from '../handled-datagrams.js';
import { handledStream } from '../handled-stream.js';
import { Access, type AccessOptions } from './access.js';
import { answeredPing } from './echo-answer.js';
import { Hooks, type Answer } from './hooks.js';
import { inetAddress, redirected } from './redirect.js';
import { refuse } from './refusals.js';

export interface PolicyOptions {
  /** The virtual network, for each family that it has. */
  readonly families: readonly FamilySettings[];
  readonly access?: AccessOptions | undefined;
  readonly outbound?: { readonly ipv4?: Outbound; readonly ipv6?: Outbound } | undefined;
  /** How long a hook may take: 10 s when not said. */
  readonly hookTimeoutMs?: number | undefined;
  /** Answers for the address of the DNS server; without it nobody does. */
  readonly dns?: ((request: FlowRequest) => Decision | undefined) | undefined;
  /** The name that led to an address. */
  readonly nameOf?: ((address: Uint8Array) => string | undefined) | undefined;
  /** What went wrong in a hook or a handler. */
  readonly report: Report;
}

const HOOK_TIMEOUT_MS = 10_000;

/** What is said of decisions, in a list of flows. */
const ALWAYS_CLOSED = 'by what is always closed';
const NO_HANDLER = 'because a hook handles another protocol';
const HANDLED = 'handled by a hook';
const HOST_LOOPBACK = 'accepted: the host’s loopback';

/** What an address means, as far as it is not somewhere in the world. */
type Meaning = 'gateway' | 'dns' | 'nobody' | undefined;

export class Policy implements Disposable {
  readonly #options: PolicyOptions;
  readonly #access: Access;
  readonly #hooks: Hooks;
  readonly #streams = new Set<Socket>();

  /** Throws ERR_USAGE for a rule that cannot be read. */
  constructor(options: PolicyOptions) {
    this.#options = options;
    this.#access = new Access(options.families, options.access);
    const { hookTimeoutMs = HOOK_TIMEOUT_MS, report } = options;
    this.#hooks = new Hooks({ timeoutMs: hookTimeoutMs, report });
  }

  /** The hook is asked about flows that begin from now on; disposing takes it away. */
  onFlow(hook: FlowHook): Disposable {
    return this.#hooks.add(hook);
  }

  readonly decide: Decide = (request) => {
    const { ends } = request;
    const meaning = meaningOf(ends.remoteAddress, this.#options.families);
    if (meaning === 'dns') return this.#toDns(request);
    if (this.#access.isClosed(ends.remoteAddress)) {
      return refuse('unreachable', ends.version, ALWAYS_CLOSED);
    }
    if (this.#hooks.isEmpty) return this.#byRules(request, meaning);
    const flow = new Flow(request, this.#options.nameOf?.(ends.remoteAddress));
    const answer = this.#hooks.ask(flow);
    return answer instanceof Promise
      ? answer.then((later) => this.#carriedOut(later, request, flow))
      : this.#carriedOut(answer, request, flow);
  };

  /** Streams that are with handlers lead nowhere any more. */
  [Symbol.dispose](): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** What a verdict cannot do rejects the flow and is reported. */
  #carriedOut(answer: Answer, request: FlowRequest, flow: Flow): Decision | Promise<Decision> {
    const failed = (error: unknown): Decision => {
      this.#options.report(error, flow);
      return refuse('unreachable', request.ends.version, 'because a hook failed');
    };
    try {
      const decision = this.#asDecision(answer ?? flow.accept(), request, flow);
      return decision instanceof Promise ? decision.catch(failed) : decision;
    } catch (error) {
      return failed(error);
    }
  }

  #asDecision(answer: Verdict, request: FlowRequest, flow: Flow): Decision | Promise<Decision> {
    const { ends, protocol } = request;
    switch (answer.verdict) {
      case 'accept':
        return this.#byRules(request, meaningOf(ends.remoteAddress, this.#options.families));
      case 'reject':
        return refuse(answer.reason, ends.version, 'by a hook');
      case 'redirect':
        return redirected(request, answer.to);
      case 'handle': {
        if (protocol !== 'tcp') return refuse('refused', ends.version, NO_HANDLER);
        return this.#handled(flow, answer.handler);
      }
      case 'handleDatagrams': {
        if (protocol !== 'udp') return refuse('refused', ends.version, NO_HANDLER);
        const open = handledDatagrams(flow, answer.handler, this.#options.report);
        return { kind: 'service', open: (_ends, events) => open(events), about: HANDLED };
      }
    }
  }

  #handled(flow: Flow, handler: StreamHandler): Decision {
    const { stream, descriptor } = handledStream(flow, handler, this.#options.report);
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    return { kind: 'stream', descriptor, about: HANDLED };
  }

  #toDns(request: FlowRequest): Decision {
    if (request.protocol === 'echo') return answeredPing();
    return (
      this.#options.dns?.(request) ?? refuse('refused', request.ends.version, 'by the DNS server')
    );
  }

  #byRules({ protocol, ends }: FlowRequest, meaning: Meaning): Decision {
    const { remoteAddress: address, version } = ends;
    if (protocol === 'echo' && meaning === 'gateway') return answeredPing();
    const port = protocol === 'echo' ? 0 : ends.remotePort;
    const reason = this.#access.refusal({ protocol, address, port });
    if (reason !== undefined) {
      return refuse(reason, version, this.#access.why({ protocol, address, port }));
    }
    if (meaning === 'nobody') {
      return refuse('unreachable', version, 'because nobody there has this address');
    }
    if (meaning === 'gateway') {
      return connect(version === 4 ? '127.0.0.1' : '::1', port, undefined, HOST_LOOPBACK);
    }
    const { ipv4, ipv6 } = this.#options.outbound ?? {};
    return connect(formatIp(address), port, version === 4 ? ipv4 : ipv6);
  }
}

function connect(address: string, port: number, from?: Outbound, about?: string): Decision {
  const to = inetAddress(address, port);
  if (to === undefined) throw new TypeError(`${address} is no address`);
  return { kind: 'connect', to, from, about };
}

function meaningOf(address: Uint8Array, families: readonly FamilySettings[]): Meaning {
  const family = families.find(({ network, prefixLength }) =>
    isWithin(address, network, prefixLength),
  );
  if (family === undefined) return undefined;
  if (isSame(address, family.gateway)) return 'gateway';
  return isSame(address, family.dns) ? 'dns' : 'nobody';
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return isWithin(a, b, 8 * b.length);
}
