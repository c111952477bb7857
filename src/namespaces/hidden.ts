/** Folders of the host out of sight inside: something empty lies over them. */
import { kernel, mount, type Program } from '../native/index.js';

/** In the program's own mount namespace. */
export function hideFolders(paths: readonly string[]): Program {
  const flags = kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC;
  const empty = { source: 'nskit', type: 'tmpfs', flags, data: 'mode=0555,nr_inodes=1' };
  return paths.map((path) => mount(`hide ${path}`, path, empty));
}
