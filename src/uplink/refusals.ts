/**
 * What the namespace gets to see when the host cannot reach a destination: the ICMP error that came
 * back, as it came, or what the host's own errno stands for (RFC 792, RFC 4443; icmp_err_convert of
 * the kernel the other way round).
 */
import { errnoNumber } from '../native/index.js';
import type { IpVersion, Refusal } from '../stack/index.js';

/** Codes of destination unreachable: type 3 of ICMP, 1 of ICMPv6. */
const codes = {
  network: { 4: 0, 6: 0 },
  host: { 4: 1, 6: 3 },
  prohibited: { 4: 13, 6: 1 },
} as const;

const causes: Readonly<Record<string, keyof typeof codes>> = {
  ENETUNREACH: 'network',
  ENETDOWN: 'network',
  EHOSTUNREACH: 'host',
  // No address of this family to send from is as good as no way there.
  EADDRNOTAVAIL: 'network',
  EAFNOSUPPORT: 'network',
  ENODEV: 'network',
  EINVAL: 'network',
  EACCES: 'prohibited',
  EPERM: 'prohibited',
};

const byErrno = new Map(
  Object.entries(causes).map(([code, cause]) => [errnoNumber(code), cause] as const),
);
const ETIMEDOUT = errnoNumber('ETIMEDOUT');

export const refused: Refusal = { kind: 'refused' };
export const silent: Refusal = { kind: 'silent' };

/** `errno` is positive. What is nobody's fault out there (no descriptors left) is a refusal. */
export function refusalOf(errno: number, version: IpVersion): Refusal {
  if (errno === ETIMEDOUT) return silent;
  const cause = byErrno.get(errno);
  return cause === undefined ? refused : unreachable(version, cause);
}

export function unreachable(version: IpVersion, cause: keyof typeof codes): Refusal {
  return { kind: 'unreachable', type: version === 4 ? 3 : 1, code: codes[cause][version] };
}
