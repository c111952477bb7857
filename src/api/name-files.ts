/** What programs inside find instead of the host's name services, where an uplink answers them. */
import type { UplinkFiles } from '../namespaces/index.js';
import {
  describeFamily,
  hiddenPaths,
  nameServiceFiles,
  readHostNameFiles,
  uplinkPlan,
  type UplinkOptions,
} from '../uplink/index.js';

/** Undefined when the uplink has no DNS server. Throws ERR_USAGE. */
export function nameFilesOf(options: UplinkOptions): UplinkFiles | undefined {
  const { dns } = describeFamily(uplinkPlan(options).ipv4);
  if (options.dns === false) return undefined;
  return { etc: nameServiceFiles([dns], readHostNameFiles()), hidden: hiddenPaths() };
}
