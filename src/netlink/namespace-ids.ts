/** What one network namespace calls others: `ip netns list-id`, `ip netns set`. */
import { netlink as wire } from '../wire/index.js';
import type { Conversation } from './conversation.js';
import { openTarget, type NetworkTarget } from './target.js';

export class NamespaceIds {
  readonly #conversation: Conversation;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Like `ip netns list-id`. */
  async list(): Promise<number[]> {
    const replies = await this.#conversation.dump({
      type: wire.RTM_GETNSID,
      payload: wire.namespaceId.emit({ header: { family: 0 }, attributes: {} }),
      step: 'list the ids of namespaces',
      body: wire.namespaceId,
    });
    return replies.flatMap(({ payload }) => wire.namespaceId.parse(payload).attributes.id ?? []);
  }

  /** The id of a namespace; undefined when it has none here. */
  async get(target: NetworkTarget): Promise<number | undefined> {
    using opened = openTarget(target);
    const [reply] = await this.#conversation.request({
      type: wire.RTM_GETNSID,
      payload: wire.namespaceId.emit({ header: { family: 0 }, attributes: { fd: opened.file.fd } }),
      step: 'find the id of a namespace',
      body: wire.namespaceId,
    });
    const { id = -1 } = wire.namespaceId.parse(reply?.payload ?? new Uint8Array()).attributes;
    return id < 0 ? undefined : id;
  }

  /** Like `ip netns set NAME ID`; the kernel chooses a free one when none is said. */
  async set(target: NetworkTarget, id = -1): Promise<void> {
    using opened = openTarget(target);
    const attributes = { id, fd: opened.file.fd };
    await this.#conversation.request({
      type: wire.RTM_NEWNSID,
      payload: wire.namespaceId.emit({ header: { family: 0 }, attributes }),
      step: `give a namespace the id ${id < 0 ? 'that is free' : id}`,
      body: wire.namespaceId,
    });
  }
}
