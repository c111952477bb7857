/**
 * Tables of nf_tables in one namespace, as long as this object lives: the kernel takes them away
 * with the socket that made them (NFT_TABLE_F_OWNER, Linux 5.12), whatever becomes of us. No `nft`
 * binary is run.
 */
import type { NamespaceFile } from '../../namespaces/index.js';
import { netlink as wire, type StructValue } from '../../wire/index.js';
import { Conversation } from '../conversation.js';
import { CREATE, type Request } from '../request.js';
import { NetlinkSocket } from '../transport.js';
import type { Expression } from './expressions.js';

/** Of the packets of both families: NF_INET_*. */
const hooks = { prerouting: 0, output: 3 } as const;

/** A chain of rules, at a point that packets pass. */
export interface FilterChain {
  /** The chain is called as it. */
  readonly hook: keyof typeof hooks;
  /** Among the chains of the hook; smaller is earlier. */
  readonly priority: number;
  readonly rules: readonly (readonly Expression[])[];
}

export interface FilterTable {
  readonly name: string;
  /** NFPROTO_IPV4, NFPROTO_IPV6. */
  readonly family: number;
  readonly chains: readonly FilterChain[];
}

export class NfTables implements Disposable {
  readonly #conversation: Conversation;

  constructor(network: NamespaceFile) {
    const protocol = wire.NETLINK_NETFILTER;
    this.#conversation = new Conversation(NetlinkSocket.open(network, { protocol }));
  }

  /** All or none. Throws NetlinkError: EEXIST, or EPERM when the table is somebody else's. */
  async add(tables: readonly FilterTable[]): Promise<void> {
    const boundary = { payload: wire.batchBoundary(), step: 'change the packet filter' };
    await this.#conversation.transaction([
      { ...boundary, type: wire.NFNL_MSG_BATCH_BEGIN },
      ...tables.flatMap(requestsOf),
      { ...boundary, type: wire.NFNL_MSG_BATCH_END },
    ]);
  }

  /** The tables go too. */
  [Symbol.dispose](): void {
    this.#conversation[Symbol.dispose]();
  }
}

function requestsOf({ name, family, chains }: FilterTable): Request[] {
  const header = { family, version: 0, resource: 0 };
  const table = { name, flags: wire.NFT_TABLE_F_OWNER };
  return [
    {
      ...change(wire.NFT_MSG_NEWTABLE),
      body: wire.nftTable,
      payload: wire.nftTable.emit({ header, attributes: table }),
    },
    ...chains.flatMap((chain) => chainRequests(name, header, chain)),
  ];
}

function chainRequests(table: string, header: Header, chain: FilterChain): Request[] {
  const { hook: name, priority, rules } = chain;
  const hook = { number: hooks[name], priority };
  return [
    {
      ...change(wire.NFT_MSG_NEWCHAIN),
      body: wire.nftChain,
      payload: wire.nftChain.emit({ header, attributes: { table, name, hook, type: 'filter' } }),
    },
    ...rules.map((expressions) => ({
      ...change(wire.NFT_MSG_NEWRULE),
      flags: wire.NLM_F_CREATE | wire.NLM_F_APPEND,
      body: wire.nftRule,
      payload: wire.nftRule.emit({ header, attributes: { table, chain: name, expressions } }),
    })),
  ];
}

type Header = StructValue<typeof wire.nfgenmsg>;

function change(message: number): Omit<Request, 'payload'> {
  return {
    type: wire.nfnetlinkType(wire.NFNL_SUBSYS_NFTABLES, message),
    flags: CREATE,
    step: 'change the packet filter',
  };
}
