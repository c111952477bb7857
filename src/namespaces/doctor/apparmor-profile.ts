/** The AppArmor profile that lets nskit, and what it starts, use user namespaces (Ubuntu 23.10+). */
import { dirname } from 'node:path';
import { launcherPath } from '../../native/index.js';

const FILE = '/etc/apparmor.d/nskit';

export const appArmorFix = `nskit doctor --apparmor-profile | sudo tee ${FILE} && sudo apparmor_parser -r ${FILE}   (or for every program: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0)`;

/**
 * Attached to the launcher, which everything begins with. Node and the programs it starts keep the
 * label of an unconfined profile, because no profile of their own attaches to them.
 */
export function appArmorProfile(folder: string = dirname(launcherPath())): string {
  return `abi <abi/4.0>,
include <tunables/global>

profile nskit "${escapeGlobs(folder)}/{nskit,launcher-linux-*}" flags=(unconfined) {
  userns,

  include if exists <local/nskit>
}
`;
}

/** A folder's own name may hold what AppArmor takes for a pattern. */
function escapeGlobs(path: string): string {
  return path.replace(/[\\"*?[\]{}^]/g, '\\$&');
}
