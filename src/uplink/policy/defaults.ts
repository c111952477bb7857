/** What is closed when nobody says anything. */
import type { FamilySettings } from '../../stack/index.js';
import { parsePlaces, type Rule } from './rule.js';
import { RuleTable } from './rule-table.js';

function deny(texts: readonly string[], reason: NonNullable<Rule['reason']>): Rule[] {
  return texts
    .flatMap(parsePlaces)
    .map((place) => ({ ...place, action: 'deny', isDefault: true, reason }));
}

/**
 * Never opened by any rule. The first ones mean this machine to a socket of the host's, so a frame
 * that was made by hand must not get there; the rest mean nothing without an interface.
 */
const closed = [
  ...['0.0.0.0/8', '127.0.0.0/8', '::/96'],
  ...['224.0.0.0/4', '255.255.255.255', 'fe80::/10', 'ff00::/8'],
];

export function closedTable(): RuleTable {
  return new RuleTable(deny(closed, 'unreachable'));
}

/** Where clouds keep credentials of the machine: whoever can ask gets them. */
const metadataServices = [
  ...['169.254.169.254', 'fd00:ec2::254', 'fd20:ce::254'],
  // Of containers (ECS) and pods (EKS); Alibaba's.
  ...['169.254.170.2', '169.254.170.23', 'fd00:ec2::23', '100.100.100.200'],
];

export function metadataRules(): Rule[] {
  return deny(metadataServices, 'prohibited');
}

/** The gateway stands for the host's loopback: closed as if nobody listened. */
export function gatewayRule({ gateway }: FamilySettings): Rule {
  const place = { network: gateway, prefixLength: 8 * gateway.length };
  return { ...place, action: 'deny', isDefault: true, reason: 'refused' };
}
