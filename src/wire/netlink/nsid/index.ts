/** RTM_*NSID: struct rtgenmsg and NETNSA_* (linux/net_namespace.h). */
import { u8 } from '../../fields.js';
import { struct, type StructValue } from '../../struct.js';
import { attribute, attributes, type TableValue } from '../attributes.js';
import { body } from '../body.js';
import { s32, u32 } from '../codecs.js';

export const RTM_NEWNSID = 88;
export const RTM_DELNSID = 89;
export const RTM_GETNSID = 90;

export const rtgenmsg = struct('rtgenmsg', 1, { family: u8 });

export const namespaceIdAttributes = attributes({
  /** -1: this namespace has no id for that one. */
  id: attribute('NETNSA_NSID', 1, s32),
  pid: attribute('NETNSA_PID', 2, u32),
  fd: attribute('NETNSA_FD', 3, u32),
  targetId: attribute('NETNSA_TARGET_NSID', 4, s32),
  currentId: attribute('NETNSA_CURRENT_NSID', 5, s32),
});

export type NamespaceIdMessage = {
  readonly header: StructValue<typeof rtgenmsg>;
  readonly attributes: TableValue<typeof namespaceIdAttributes>;
};

export const namespaceId = body(rtgenmsg, namespaceIdAttributes);
