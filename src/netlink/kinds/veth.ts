/** Two devices joined by a wire. */
import type { Conversation } from '../conversation.js';
import { linkHeader } from '../devices.js';
import { linkPart, type LinkSettings } from '../link-settings.js';
import type { KindPart } from './part.js';

/** The other end; without a name the kernel makes one up. */
export interface VethPeer extends LinkSettings {
  readonly name?: string;
  readonly index?: number;
}

export interface VethOptions {
  readonly peer?: VethPeer;
}

export async function vethData(
  conversation: Conversation,
  { peer = {} }: VethOptions,
): Promise<KindPart> {
  const part = await linkPart(conversation, peer);
  const { flags, change } = part;
  const header = linkHeader({ index: peer.index ?? 0, flags, change });
  const attributes = { name: peer.name, ...part.attributes };
  return {
    data: { peer: { header, attributes } },
    [Symbol.dispose]: () => {
      part[Symbol.dispose]();
    },
  };
}
