/** What programs inside find instead of the host's name services, where an uplink answers them. */
import type { EtcTexts, UplinkFiles } from '../namespaces/index.js';
import {
  describeFamily,
  hiddenPaths,
  nameServiceFiles,
  readHostNameFiles,
  resolvConfFile,
  uplinkPlan,
  type UplinkOptions,
} from '../uplink/index.js';

/** The one of them that says what the host's resolv.conf says, by its path. */
export function resolvConfOf(options: UplinkOptions, host: string | undefined): EtcTexts {
  return resolvConfFile([describeFamily(uplinkPlan(options).ipv4).dns], host);
}

/** Undefined when the uplink has no DNS server. Throws ERR_USAGE. */
export function nameFilesOf(options: UplinkOptions): UplinkFiles | undefined {
  const { dns } = describeFamily(uplinkPlan(options).ipv4);
  if (options.dns === false) return undefined;
  return { etc: nameServiceFiles([dns], readHostNameFiles()), hidden: hiddenPaths() };
}
