/** What is seen inside of a flow that was rejected: RFC 792, RFC 1812 section 5.2.7.1, RFC 4443. */
import type { IpVersion, Refusal } from '../../stack/index.js';
import type { Decision } from '../decision.js';
import type { RejectReason } from '../flow.js';

const HOST_UNREACHABLE = { 4: { type: 3, code: 1 }, 6: { type: 1, code: 3 } };
const PROHIBITED = { 4: { type: 3, code: 13 }, 6: { type: 1, code: 1 } };

function refusalOf(reason: RejectReason, version: IpVersion): Refusal {
  switch (reason) {
    case 'refused':
      return { kind: 'refused' };
    case 'unreachable':
      return { kind: 'unreachable', ...HOST_UNREACHABLE[version] };
    case 'prohibited':
      return { kind: 'unreachable', ...PROHIBITED[version] };
    case 'timeout':
      return { kind: 'silent' };
  }
}

/** `by`: who says so, for people: a rule, a hook. */
export function refuse(reason: RejectReason, version: IpVersion, by: string): Decision {
  const about = `rejected: ${reason} ${by}`;
  return { kind: 'refuse', refusal: refusalOf(reason, version), about };
}
