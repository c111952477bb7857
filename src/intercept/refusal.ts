/**
 * What a program inside gets to see when its flow goes nowhere: the host's own errno, or what the
 * handler said, as the kernel would have told it (icmp_err_convert, the other way round).
 */
import { NskitError } from '../errors/index.js';
import type { IpFamily } from './constants.js';
import type { InterceptRefusal } from './flow.js';
import type { IcmpError } from './packets.js';

/** `reset` is of TCP; for datagrams it is the ICMP error "port unreachable". */
export type Refusal = 'reset' | 'silence' | IcmpError;

const DEST_UNREACH = { inet: 3, inet6: 1 } as const;

/** ICMP_NET_UNREACH, ICMP_HOST_UNREACH, ICMP_PKT_FILTERED; and what ICMPv6 has for them. */
const codes = {
  network: { inet: 0, inet6: 0 },
  host: { inet: 1, inet6: 3 },
  prohibited: { inet: 13, inet6: 1 },
  port: { inet: 3, inet6: 4 },
} as const;

const causes: Readonly<Record<string, keyof typeof codes>> = {
  ENETUNREACH: 'network',
  ENETDOWN: 'network',
  EADDRNOTAVAIL: 'network',
  EAFNOSUPPORT: 'network',
  EINVAL: 'network',
  EHOSTUNREACH: 'host',
  EHOSTDOWN: 'host',
  EACCES: 'prohibited',
  EPERM: 'prohibited',
};

export function unreachable(family: IpFamily, cause: keyof typeof codes): IcmpError {
  return { type: DEST_UNREACH[family], code: codes[cause][family] };
}

/** What was said by the handler. */
export function refusalOf(said: InterceptRefusal, family: IpFamily): Refusal {
  if (said === 'refused') return 'reset';
  return said === 'timeout' ? 'silence' : unreachable(family, 'host');
}

/** What kept us from connecting on. */
export function refusalOfError(error: unknown, family: IpFamily): Refusal {
  const { code = '' } = error as { code?: string };
  if (code === 'ETIMEDOUT') return 'silence';
  // A name that cannot be looked up, or a mistake of the handler's, is no answer of anybody.
  if (error instanceof NskitError) return unreachable(family, 'host');
  const cause = causes[code];
  return cause === undefined ? 'reset' : unreachable(family, cause);
}
