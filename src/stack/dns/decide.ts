/**
 * What becomes of a question. Every question passes one such function; names of our own, and policy
 * by name, are built on it and on nothing else.
 */
import type { dns } from '../../wire/index.js';

export type QuestionDecision =
  /** To the host's resolvers. */
  | { readonly kind: 'forward' }
  /** Answered here; no records and NOERROR: the name exists, but has nothing of this type. */
  | {
      readonly kind: 'answer';
      readonly records: readonly dns.ResourceRecord[];
      readonly rcode?: number | undefined;
    }
  /** REFUSED. */
  | { readonly kind: 'refuse' };
