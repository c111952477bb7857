/**
 * Setting the other ends of veth pairs up. The kernel makes the other end first, and refuses to set
 * up a veth that has no peer yet (ENOTCONN), so this cannot be said in the message that adds them.
 */
import { netlink as wire } from '../wire/index.js';
import { Conversation } from './conversation.js';
import { getLink, linkHeader } from './devices.js';
import type { LinkSpec, VethPeer } from './kinds/index.js';
import type { Request } from './request.js';
import { openTarget, type NetworkTarget } from './target.js';
import { NetlinkSocket } from './transport.js';

/** What can be said of the other end at once: all but that it is up. */
export function withoutUp(spec: LinkSpec): LinkSpec {
  if (spec.kind !== 'veth' || spec.peer?.up !== true) return spec;
  const { up: _later, ...peer } = spec.peer;
  return { ...spec, peer };
}

/** After the pairs have been added: one socket for each namespace that has other ends. */
export async function setPeersUp(own: Conversation, specs: readonly LinkSpec[]): Promise<void> {
  const byPlace = new Map<NetworkTarget | undefined, Request[]>();
  for (const spec of specs) {
    if (spec.kind !== 'veth' || spec.peer?.up !== true) continue;
    const place = spec.peer.namespace ?? spec.namespace;
    const requests = byPlace.get(place) ?? [];
    requests.push(upRequest(await nameOrIndex(own, spec, spec.peer)));
    byPlace.set(place, requests);
  }
  for (const [place, requests] of byPlace) await sendIn(own, place, requests);
}

async function nameOrIndex(
  own: Conversation,
  { name }: LinkSpec,
  peer: VethPeer,
): Promise<string | number> {
  if (peer.name !== undefined) return peer.name;
  const [reply] = await own.request(getLink(name));
  return wire.link.parse(reply?.payload ?? new Uint8Array()).attributes.link ?? 0;
}

function upRequest(device: string | number): Request {
  const { UP } = wire.interfaceFlags;
  const index = typeof device === 'number' ? device : 0;
  const header = linkHeader({ index, flags: UP, change: UP });
  const attributes = typeof device === 'number' ? {} : { name: device };
  return {
    type: wire.RTM_NEWLINK,
    payload: wire.link.emit({ header, attributes }),
    step: `set the other end ${device} up`,
    body: wire.link,
  };
}

async function sendIn(
  own: Conversation,
  place: NetworkTarget | undefined,
  requests: readonly Request[],
): Promise<void> {
  if (place === undefined) {
    throwFirst(await own.batch(requests));
    return;
  }
  using opened = openTarget(place);
  using there = new Conversation(NetlinkSocket.open(opened.file));
  throwFirst(await there.batch(requests));
}

export function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
