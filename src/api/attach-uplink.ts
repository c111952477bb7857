/** An uplink for a network namespace, carried by this process, as a program holds it. */
import type { NetworkTarget } from '../netlink/index.js';
import type { FileDescriptor } from '../sockets/index.js';
import {
  Dns,
  Policy,
  Uplink as Carrier,
  describeFamily,
  familiesOf,
  hostsText,
  publishingText,
  uplinkPlan,
  type AttachOptions,
  type CaptureStatistics,
  type FamilyAddresses,
  type FlowEvent,
  type FlowHook,
  type FlowRecord,
  type Listening,
  type OpenUplink,
  type Outcome,
  type PublishedPort,
  type Publishing,
  type UplinkCounters,
  type UplinkOptions,
  type UplinkPlan,
} from '../uplink/index.js';
import { startCapture, type CaptureOptions, type RunningCapture } from './capture/capture.js';
import { warnOnce } from './uplink-warnings.js';

export interface RawCapture {
  readonly ended: Promise<CaptureStatistics>;
}

export interface FlowsOptions {
  readonly ended?: boolean | undefined;
}

export interface FollowOptions {
  readonly signal?: AbortSignal | undefined;
}

interface UplinkParts {
  readonly carrier: Carrier;
  readonly policy: Policy;
  /** It ends with the carrier. */
  readonly dns: Dns | undefined;
  readonly plan: UplinkPlan;
}

export class Uplink implements AsyncDisposable {
  /** Who is who inside. */
  readonly ipv4: FamilyAddresses;
  readonly ipv6: FamilyAddresses | undefined;
  readonly #carrier: Carrier;
  readonly #policy: Policy;
  readonly #dns: Dns | undefined;

  constructor({ carrier, policy, dns, plan }: UplinkParts) {
    this.ipv4 = describeFamily(plan.ipv4);
    this.ipv6 = plan.ipv6 === undefined ? undefined : describeFamily(plan.ipv6);
    this.#carrier = carrier;
    this.#policy = policy;
    this.#dns = dns;
  }

  /** The device's name inside. */
  get device(): string {
    return this.#carrier.device;
  }

  /** The hook is asked about each flow that begins from now on; disposing takes it away. */
  onFlow(hook: FlowHook): Disposable {
    return this.#policy.onFlow(hook);
  }

  /** The listener hears each change of the host's resolv.conf; undefined: it is gone. */
  onResolvConf(listener: (text: string | undefined) => void): void {
    this.#dns?.onResolvConf(listener);
  }

  /** Flows that live, and (`ended`) the last ones that have ended, 256 at most. */
  flows({ ended = false }: FlowsOptions = {}): Promise<FlowRecord[]> {
    return promised(() => [...(ended ? this.#carrier.endedFlows() : []), ...this.#carrier.flows()]);
  }

  /**
   * The flows that live, then each that starts or ends, and at most once a second what has changed of
   * one. Goes on until the signal, or the uplink's end. Who reads slowly is told how many were lost.
   */
  followFlows({ signal = never }: FollowOptions = {}): AsyncIterable<FlowEvent> {
    return this.#carrier.followFlows(signal);
  }

  /**
   * Ports of the host's lead inside from now on: `8080:80`, `[::1]:8000-8010:80-90`, `0:53/udp`. Every
   * one, or none: throws ERR_USAGE for what cannot be read, SocketError for a port that cannot be had.
   */
  publish(...texts: readonly string[]): Promise<PublishedPort[]> {
    return promised(() => this.#carrier.publish(texts));
  }

  /**
   * Nobody comes in by this port of the host's any more (`8080`, `5353/udp`, `8000-8010`); connections
   * that are open go on. Throws ERR_USAGE when it is not published.
   */
  unpublish(text: string): Promise<PublishedPort[]> {
    return promised(() => this.#carrier.unpublish(text));
  }

  published(): Promise<PublishedPort[]> {
    return promised(() => this.#carrier.published);
  }

  /** The host's sockets behind `published`; they stay the uplink's. */
  get listening(): readonly Listening[] {
    return this.#carrier.listening;
  }

  /** What crosses the device, as a pcapng file. Throws ERR_USAGE, SyscallError. */
  capture(options: CaptureOptions): Promise<RunningCapture> {
    return startCapture(options, (...to) => promised(() => this.captureTo(...to)));
  }

  /** The same into a stream socket, which is taken over. */
  captureTo(descriptor: FileDescriptor, flow: readonly string[]): RawCapture {
    return { ended: this.#carrier.capture(descriptor, flow).finished };
  }

  /** What was dropped, and what failed, by reason. */
  get counters(): UplinkCounters {
    return this.#carrier.counters;
  }

  /** Settles when the uplink is closed, or the device has gone with its namespace. */
  get ended(): Promise<void> {
    return this.#carrier.ended;
  }

  /** Keeps the process alive, as it does at first. */
  ref(): void {
    this.#carrier.ref();
  }

  unref(): void {
    this.#carrier.unref();
  }

  /**
   * Waits until what the namespace's programs have sent has left, or nothing moves any more. For the
   * end of a namespace: programs that still run may send more.
   */
  async settle(): Promise<void> {
    await this.#carrier.settle();
  }

  /** As `close`, but the device stays behind, for a namespace that goes at once: this is quicker. */
  async leave(): Promise<void> {
    await this.#carrier.leave();
  }

  /** Ends every flow; the device goes with it. */
  async close(): Promise<void> {
    await this.#carrier.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Throws ERR_USAGE; SyscallError and NetlinkError when the device cannot be made or configured. */
export async function attachUplink(
  target: NetworkTarget,
  options: UplinkOptions = {},
): Promise<Uplink> {
  const carriage = carriageOf(options);
  try {
    return uplinkOf(carriage, await Carrier.attach(target, carriage.attach));
  } catch (error) {
    carriage.dns?.[Symbol.dispose]();
    throw error;
  }
}

/** The part that goes inside. Throws as `attachUplink`. */
export async function openUplink(
  target: NetworkTarget,
  options: UplinkOptions,
): Promise<OpenUplink> {
  const { mtu, ipv4, ipv6 } = uplinkPlan(options);
  return await Carrier.open(target, { mtu, ipv4, ipv6, publishLoopback: options.publishLoopback });
}

/**
 * The part that stays outside; takes the open device over, and the sockets of ports that are published
 * already, instead of `publish` of the options. Throws ERR_USAGE, SocketError.
 */
export function carryUplink(
  opened: OpenUplink,
  options: UplinkOptions,
  ports?: readonly Listening[],
): Uplink {
  let dns: Dns | undefined;
  try {
    const carriage = carriageOf(options);
    ({ dns } = carriage);
    return uplinkOf(carriage, Carrier.carry(opened, carriage.attach, ports));
  } catch (error) {
    dns?.[Symbol.dispose]();
    opened.descriptor[Symbol.dispose]();
    opened.routes?.[Symbol.dispose]();
    throw error;
  }
}

interface Carriage extends Omit<UplinkParts, 'carrier'> {
  readonly attach: AttachOptions;
}

function carriageOf(options: UplinkOptions): Carriage {
  const plan = uplinkPlan(options);
  const dns =
    options.dns === false ? undefined : new Dns({ settings: plan, hosts: hostsText(options) });
  try {
    const policy = policyOf(options, plan, dns);
    const { mtu, ipv4, ipv6 } = plan;
    const { searchDomains } = dns ?? {};
    const { streams, publish, publishLoopback, limits } = options;
    const attach = {
      ...{
        decide: policy.decide,
        nameOf: dns?.nameOf,
        mtu,
        ipv4,
        ipv6,
        streams,
        searchDomains,
        limits,
      },
      ...{ publish, publishLoopback, onPublishRefused: warnOfRefusals(options, plan) },
    };
    return { plan, dns, policy, attach };
  } catch (error) {
    dns?.[Symbol.dispose]();
    throw error;
  }
}

function uplinkOf({ plan, dns, policy }: Carriage, carrier: Carrier): Uplink {
  dns?.onResolvConf(() => carrier.change({ searchDomains: dns.searchDomains }));
  void carrier.ended.then(() => {
    policy[Symbol.dispose]();
    dns?.[Symbol.dispose]();
  });
  return new Uplink({ carrier, policy, dns, plan });
}

function policyOf(options: UplinkOptions, plan: UplinkPlan, dns: Dns | undefined): Policy {
  const { onFlow, onFlowError = warnOnce(), hookTimeoutMs } = options;
  const policy = new Policy({
    ...{ families: familiesOf(plan), access: options, outbound: plan.outbound, hookTimeoutMs },
    ...{ report: onFlowError, dns: dns?.decide, nameOf: dns?.nameOf },
  });
  if (onFlow !== undefined) policy.onFlow(onFlow);
  return policy;
}

const never = new AbortController().signal;

/** The same answer as from an uplink that another process carries. */
function promised<T>(answer: () => T): Promise<T> {
  return new Promise((resolve) => resolve(answer()));
}

/** As a warning of the process, once for each port: the client was told by a reset, and no more. */
function warnOfRefusals(
  { publishLoopback = false }: UplinkOptions,
  plan: UplinkPlan,
): (publishing: Publishing, outcome: Outcome) => void {
  const told = new Set<string>();
  const guest = publishLoopback ? '127.0.0.1' : describeFamily(plan.ipv4).guest;
  return (publishing, outcome) => {
    const port = publishingText(publishing);
    if (told.has(port)) return;
    told.add(port);
    const hint = publishLoopback
      ? ''
      : '; a server that listens on 127.0.0.1 alone is reached with --publish-loopback';
    const message = `nobody accepts what comes to ${port}: port ${publishing.insidePort} of ${guest} is ${outcome}`;
    process.emitWarning(`${message}${hint}`, 'NskitWarning');
  };
}
