/** An uplink for a network namespace, carried by this process, as a program holds it. */
import type { NetworkTarget } from '../netlink/index.js';
import {
  Flow,
  Policy,
  Uplink as Carrier,
  describeFamily,
  familiesOf,
  uplinkPlan,
  type FamilyAddresses,
  type FlowHook,
  type FlowRecord,
  type UplinkCounters,
  type UplinkOptions,
  type UplinkPlan,
} from '../uplink/index.js';

/** A flow that has something on the host now. */
export interface CarriedFlow extends Pick<FlowRecord, 'state' | 'sentBytes' | 'receivedBytes'> {
  readonly flow: Flow;
}

export class Uplink implements AsyncDisposable {
  /** Who is who inside. */
  readonly ipv4: FamilyAddresses;
  readonly ipv6: FamilyAddresses | undefined;
  readonly #carrier: Carrier;
  readonly #policy: Policy;

  constructor(carrier: Carrier, policy: Policy, { ipv4, ipv6 }: UplinkPlan) {
    this.ipv4 = describeFamily(ipv4);
    this.ipv6 = ipv6 === undefined ? undefined : describeFamily(ipv6);
    this.#carrier = carrier;
    this.#policy = policy;
  }

  /** The device's name inside. */
  get device(): string {
    return this.#carrier.device;
  }

  /** The hook is asked about each flow that begins from now on; disposing takes it away. */
  onFlow(hook: FlowHook): Disposable {
    return this.#policy.onFlow(hook);
  }

  *flows(): Generator<CarriedFlow> {
    for (const { protocol, ends, ...rest } of this.#carrier.flows()) {
      yield { flow: new Flow({ protocol, ends }), ...rest };
    }
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
  const { onFlow, onFlowError = warnOnce(), hookTimeoutMs, streams } = options;
  const plan = uplinkPlan(options);
  const { mtu, ipv4, ipv6, outbound } = plan;
  const policy = new Policy({
    families: familiesOf(plan),
    ...{ access: options, outbound, hookTimeoutMs, report: onFlowError },
  });
  if (onFlow !== undefined) policy.onFlow(onFlow);
  const { decide } = policy;
  const carrier = await Carrier.attach(target, { decide, mtu, ipv4, ipv6, streams });
  return new Uplink(carrier, policy, plan);
}

/** As a warning of the process; a hook that always fails does so with every flow. */
function warnOnce(): (error: unknown, flow: Flow) => void {
  const told = new Set<string>();
  return (error, { protocol, host, port }) => {
    const message = error instanceof Error ? error.message : String(error);
    if (told.has(message)) return;
    told.add(message);
    process.emitWarning(`${protocol} ${host} ${port} was rejected: ${message}`, 'NskitWarning');
  };
}
