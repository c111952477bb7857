/** What the shared uplink process serves now; where there is none, nothing is loaded to ask it. */
import { stateDirectory, uplinkProcessLives } from '../namespaces/index.js';
import type { AttachedUplink } from './shared-uplink/protocol.js';
import { stopByInode, uplinks } from './shared-uplink/uplinks.js';

export async function attachedUplinks(): Promise<readonly AttachedUplink[]> {
  return uplinkProcessLives(stateDirectory()) ? await uplinks.list() : [];
}

/** For a namespace whose name has gone. */
export async function endUplinkOf(inode: number): Promise<void> {
  if (uplinkProcessLives(stateDirectory())) await stopByInode(inode);
}
