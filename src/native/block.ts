/**
 * Memory of a program: bytes that system calls read or write, and pointers between them. A block
 * is known by identity: every step that names it gets the same memory.
 */
export class Block {
  readonly bytes: Uint8Array;
  readonly pointers: readonly Pointer[];

  constructor(content: number | Uint8Array, pointers: readonly Pointer[] = []) {
    this.bytes = typeof content === 'number' ? new Uint8Array(content) : content;
    this.pointers = pointers;
  }
}

export interface Pointer {
  /** Where in the block the pointer belongs. */
  readonly at: number;
  readonly target: string | Block;
  /** How far into the target it points. */
  readonly plus?: number;
}

/** A place inside a block, as an argument. */
export class Place {
  readonly block: Block;
  readonly offset: number;

  constructor(block: Block, offset: number) {
    this.block = block;
    this.offset = offset;
  }
}

const encoder = new TextEncoder();

/** A text as the kernel wants it, with its NUL. A NUL inside cannot be said and is refused. */
export function cString(text: string): Uint8Array {
  if (text.includes('\0')) throw new TypeError(`a NUL byte in ${JSON.stringify(text)}`);
  return encoder.encode(`${text}\0`);
}

/** A block of plain text, without a NUL: what write(2) takes. */
export function textBlock(text: string): Block {
  return new Block(encoder.encode(text));
}

/** A NULL-terminated table of texts: argv, envp. A block is a text that is written at run time. */
export function pointerTable(texts: readonly (string | Block)[]): Block {
  return new Block(
    8 * (texts.length + 1),
    texts.map((target, i) => ({ at: 8 * i, target })),
  );
}
