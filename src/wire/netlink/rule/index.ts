/** RTM_*RULE: struct fib_rule_hdr and FRA_* (linux/fib_rules.h). */
import { be16, le32, pad, u8 as u8Field } from '../../fields.js';
import { struct, type StructValue } from '../../struct.js';
import { attribute, attributes, type TableValue } from '../attributes.js';
import { body } from '../body.js';
import { be64, ip, structure, text, u32, u8 } from '../codecs.js';

export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;

export const fibRuleHeader = struct('fib_rule_hdr', 12, {
  family: u8Field,
  destinationLength: u8Field,
  sourceLength: u8Field,
  tos: u8Field,
  table: u8Field,
  _reserved: pad(2),
  action: u8Field,
  flags: le32,
});

const uidRange = struct('fib_rule_uid_range', 8, { start: le32, end: le32 });
const portRange = struct('fib_rule_port_range', 4, { start: be16, end: be16 });

export const ruleAttributes = attributes({
  destination: attribute('FRA_DST', 1, ip),
  source: attribute('FRA_SRC', 2, ip),
  inputInterface: attribute('FRA_IIFNAME', 3, text),
  goto: attribute('FRA_GOTO', 4, u32),
  priority: attribute('FRA_PRIORITY', 6, u32),
  mark: attribute('FRA_FWMARK', 10, u32),
  flow: attribute('FRA_FLOW', 11, u32),
  tunnelId: attribute('FRA_TUN_ID', 12, be64),
  suppressInterfaceGroup: attribute('FRA_SUPPRESS_IFGROUP', 13, u32),
  suppressPrefixLength: attribute('FRA_SUPPRESS_PREFIXLEN', 14, u32),
  table: attribute('FRA_TABLE', 15, u32),
  markMask: attribute('FRA_FWMASK', 16, u32),
  outputInterface: attribute('FRA_OIFNAME', 17, text),
  l3mdev: attribute('FRA_L3MDEV', 19, u8),
  uidRange: attribute('FRA_UID_RANGE', 20, structure(uidRange)),
  protocol: attribute('FRA_PROTOCOL', 21, u8),
  ipProtocol: attribute('FRA_IP_PROTO', 22, u8),
  sourcePorts: attribute('FRA_SPORT_RANGE', 23, structure(portRange)),
  destinationPorts: attribute('FRA_DPORT_RANGE', 24, structure(portRange)),
});

/** FR_ACT_*, under the words that `ip rule` has for them. */
export const ruleActions = {
  lookup: 1,
  goto: 2,
  nop: 3,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const;

export type RuleAction = keyof typeof ruleActions;

/** FIB_RULE_INVERT. */
export const FIB_RULE_INVERT = 0x2;

export type RuleMessage = {
  readonly header: StructValue<typeof fibRuleHeader>;
  readonly attributes: TableValue<typeof ruleAttributes>;
};

export const rule = body(fibRuleHeader, ruleAttributes);
