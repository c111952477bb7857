/** What most messages consist of: a fixed struct, then attributes. */
import { DecodeError } from '../../errors/index.js';
import type { Fields, Struct, Values } from '../struct.js';
import { Writer } from '../writer.js';
import { nlattr, rawAttributes, type AttributeTable, type AttributeValues } from './attributes.js';
import type { Codec, Entries, Inner } from './attributes.js';

export interface BodyValue<F extends Fields, E extends Entries> {
  readonly header: Values<F>;
  readonly attributes: AttributeValues<E>;
}

/** A body is a codec too: VETH_INFO_PEER holds a whole one. */
export interface Body<F extends Fields, E extends Entries> extends Codec<BodyValue<F, E>> {
  readonly header: Struct<F>;
  readonly attributes: AttributeTable<E>;
  emit(value: BodyValue<F, E>): Uint8Array;
  readonly inner: () => Inner;
}

export function body<F extends Fields, E extends Entries>(
  header: Struct<F>,
  attributes: AttributeTable<E>,
): Body<F, E> {
  const attributesAt = (header.size + 3) & ~3;
  const write = (writer: Writer, value: BodyValue<F, E>): void => {
    const at = writer.reserve(attributesAt);
    header.write(writer.view, at, value.header);
    attributes.write(writer, value.attributes);
  };
  return {
    name: header.name,
    header,
    attributes,
    parse: (bytes) => ({
      header: header.parse(bytes),
      attributes: attributes.parse(bytes.subarray(attributesAt)),
    }),
    write,
    emit: (value) => {
      const writer = new Writer();
      write(writer, value);
      return writer.finish();
    },
    inner: () => ({ table: attributes, at: attributesAt }),
  };
}

/**
 * The names of the attributes around a place in a body, from the outermost in: what the kernel
 * means by NLMSGERR_ATTR_OFFS. Undefined when there is none.
 */
export function attributeAt(
  codec: Codec<unknown>,
  bytes: Uint8Array,
  offset: number,
): string | undefined {
  const inner = codec.inner?.(bytes);
  if (inner === undefined) return undefined;
  const found = covering(bytes.subarray(inner.at), offset - inner.at);
  if (found === undefined) return undefined;
  const entry = inner.table.find(found.type)?.entry;
  const name = entry?.name ?? `#${found.type}`;
  const begin = inner.at + found.at;
  if (entry === undefined || begin === offset) return name;
  const within = attributeAt(entry.codec, found.payload, offset - begin - nlattr.size);
  return within === undefined ? name : `${name}.${within}`;
}

function covering(bytes: Uint8Array, offset: number) {
  try {
    return rawAttributes(bytes).find(
      ({ at, payload }) => offset >= at && offset < at + 4 + payload.length,
    );
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
