/** Tables, chains and rules of nf_tables: struct nfgenmsg and NFTA_*. */
import { attribute, attributes, type TableValue } from '../attributes.js';
import { body } from '../body.js';
import { be32, be64, listOf, nested, text } from '../codecs.js';
import { nfgenmsg } from '../nfnetlink.js';
import { nftExpression } from './expressions.js';

/** NFT_MSG_*. */
export const NFT_MSG_NEWTABLE = 0;
export const NFT_MSG_GETTABLE = 1;
export const NFT_MSG_DELTABLE = 2;
export const NFT_MSG_NEWCHAIN = 3;
export const NFT_MSG_NEWRULE = 6;
export const NFT_MSG_GETRULE = 7;

/** It is the socket's that made it: nobody else changes it, and it goes when the socket is closed. */
export const NFT_TABLE_F_OWNER = 2;

export const nftTable = body(
  nfgenmsg,
  attributes({
    name: attribute('NFTA_TABLE_NAME', 1, text),
    flags: attribute('NFTA_TABLE_FLAGS', 2, be32),
    use: attribute('NFTA_TABLE_USE', 3, be32),
    handle: attribute('NFTA_TABLE_HANDLE', 4, be64),
    owner: attribute('NFTA_TABLE_OWNER', 7, be32),
  }),
);

const hookAttributes = attributes({
  number: attribute('NFTA_HOOK_HOOKNUM', 1, be32),
  /** Signed; written as 32 bits. */
  priority: attribute('NFTA_HOOK_PRIORITY', 2, be32),
});

export const nftChain = body(
  nfgenmsg,
  attributes({
    table: attribute('NFTA_CHAIN_TABLE', 1, text),
    handle: attribute('NFTA_CHAIN_HANDLE', 2, be64),
    name: attribute('NFTA_CHAIN_NAME', 3, text),
    hook: attribute('NFTA_CHAIN_HOOK', 4, nested(hookAttributes, { flagged: true })),
    policy: attribute('NFTA_CHAIN_POLICY', 5, be32),
    type: attribute('NFTA_CHAIN_TYPE', 7, text),
  }),
);

export const nftRule = body(
  nfgenmsg,
  attributes({
    table: attribute('NFTA_RULE_TABLE', 1, text),
    chain: attribute('NFTA_RULE_CHAIN', 2, text),
    handle: attribute('NFTA_RULE_HANDLE', 3, be64),
    expressions: attribute('NFTA_RULE_EXPRESSIONS', 4, listOf('NFTA_LIST_ELEM', 1, nftExpression)),
  }),
);

export type NftTableMessage = TableValue<typeof nftTable.attributes>;
export type NftChainMessage = TableValue<typeof nftChain.attributes>;
export type NftRuleMessage = TableValue<typeof nftRule.attributes>;
