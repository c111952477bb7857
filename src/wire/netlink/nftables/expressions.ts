/**
 * Expressions of nf_tables (linux/netfilter/nf_tables.h): what a rule consists of. Each reads and
 * writes registers; one that does not hold ends the rule.
 */
import {
  attribute,
  attributes,
  rawAttributes,
  type AttributeTable,
  type Codec,
  type Entries,
  type TableValue,
} from '../attributes.js';
import { be32, bytes, nested, text } from '../codecs.js';

const NFTA_EXPR_NAME = 1;

/** NFTA_VERDICT_*. */
const verdictAttributes = attributes({ code: attribute('NFTA_VERDICT_CODE', 1, be32) });

/** NFTA_DATA_*: a value as the packet or the register has it, or a verdict. */
const dataAttributes = attributes({
  value: attribute('NFTA_DATA_VALUE', 1, bytes),
  verdict: attribute('NFTA_DATA_VERDICT', 2, nested(verdictAttributes, { flagged: true })),
});
const data = nested(dataAttributes, { flagged: true });

const metaAttributes = attributes({
  destination: attribute('NFTA_META_DREG', 1, be32),
  key: attribute('NFTA_META_KEY', 2, be32),
  source: attribute('NFTA_META_SREG', 3, be32),
});

const payloadAttributes = attributes({
  destination: attribute('NFTA_PAYLOAD_DREG', 1, be32),
  base: attribute('NFTA_PAYLOAD_BASE', 2, be32),
  offset: attribute('NFTA_PAYLOAD_OFFSET', 3, be32),
  length: attribute('NFTA_PAYLOAD_LEN', 4, be32),
});

const bitwiseAttributes = attributes({
  source: attribute('NFTA_BITWISE_SREG', 1, be32),
  destination: attribute('NFTA_BITWISE_DREG', 2, be32),
  length: attribute('NFTA_BITWISE_LEN', 3, be32),
  mask: attribute('NFTA_BITWISE_MASK', 4, data),
  xor: attribute('NFTA_BITWISE_XOR', 5, data),
});

const compareAttributes = attributes({
  source: attribute('NFTA_CMP_SREG', 1, be32),
  operation: attribute('NFTA_CMP_OP', 2, be32),
  data: attribute('NFTA_CMP_DATA', 3, data),
});

const immediateAttributes = attributes({
  destination: attribute('NFTA_IMMEDIATE_DREG', 1, be32),
  data: attribute('NFTA_IMMEDIATE_DATA', 2, data),
});

const fibAttributes = attributes({
  destination: attribute('NFTA_FIB_DREG', 1, be32),
  result: attribute('NFTA_FIB_RESULT', 2, be32),
  flags: attribute('NFTA_FIB_FLAGS', 3, be32),
});

const tproxyAttributes = attributes({
  family: attribute('NFTA_TPROXY_FAMILY', 1, be32),
  address: attribute('NFTA_TPROXY_REG_ADDR', 2, be32),
  port: attribute('NFTA_TPROXY_REG_PORT', 3, be32),
});

const tables = {
  meta: metaAttributes,
  payload: payloadAttributes,
  bitwise: bitwiseAttributes,
  cmp: compareAttributes,
  immediate: immediateAttributes,
  fib: fibAttributes,
  tproxy: tproxyAttributes,
} as const;

type Tables = typeof tables;

/** An expression by its name in the kernel; of one that has no table here, the bytes. */
export type NftExpression =
  | {
      [K in keyof Tables]: { readonly name: K; readonly data: TableValue<Tables[K]> };
    }[keyof Tables]
  | { readonly name: string; readonly data: Uint8Array };

const known = new Map<string, AttributeTable<Entries>>(Object.entries(tables));

export const nftExpression: Codec<NftExpression> = {
  name: 'nftExpression',
  parse: (payload) => tableFor(nameIn(payload)).parse(payload) as unknown as NftExpression,
  write: (writer, value) => {
    tableFor(value.name).write(writer, { ...value });
  },
  inner: (payload) => ({ table: tableFor(nameIn(payload)), at: 0 }),
};

function tableFor(name: string | undefined): AttributeTable<Entries> {
  const table = known.get(name ?? '');
  const inner: Codec<unknown> = table === undefined ? bytes : nested(table, { flagged: true });
  return attributes({
    name: attribute('NFTA_EXPR_NAME', NFTA_EXPR_NAME, text),
    data: attribute('NFTA_EXPR_DATA', 2, inner),
  });
}

function nameIn(payload: Uint8Array): string | undefined {
  const found = rawAttributes(payload).find(({ type }) => type === NFTA_EXPR_NAME);
  return found === undefined ? undefined : text.parse(found.payload);
}
