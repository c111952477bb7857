/**
 * What a run is made of: operations one after the other. Each is a kind, three numbers and some
 * bytes, whatever it is, so that changing one needs no knowledge; the world makes sense of them.
 */
export const kinds = [
  /** A frame: `bytes`; bits of `a` say what of it is put right first. */
  'frame',
  /** A segment of one of a few connections that the world keeps track of. */
  'segment',
  /** Time passes. */
  'wait',
  /** Something happens to the host's end of a UDP or echo flow. */
  'datagram',
  /** Something happens to the host's end of a TCP flow. */
  'stream',
  /** How the host answers from now on. */
  'policy',
  /** The device takes frames, or not. */
  'link',
  /** The host's network changes. */
  'change',
  /** The host connects to the namespace. */
  'open',
] as const;

export type Kind = (typeof kinds)[number];

export interface Operation {
  readonly kind: Kind;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly bytes: Uint8Array;
}

export type Input = readonly Operation[];

export function operation(
  kind: Kind,
  [a = 0, b = 0, c = 0]: readonly number[] = [],
  bytes: Uint8Array = new Uint8Array(0),
): Operation {
  return { kind, a, b, c, bytes };
}

/** A line of JSON for each operation. */
export function formatInput(input: Input): string {
  const line = ({ kind, a, b, c, bytes }: Operation): string =>
    JSON.stringify({ kind, numbers: [a, b, c], bytes: Buffer.from(bytes).toString('hex') });
  return input.map((one) => `${line(one)}\n`).join('');
}

export function parseInput(text: string): Input {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { kind, numbers, bytes } = JSON.parse(line) as {
      kind: Kind;
      numbers: number[];
      bytes: string;
    };
    return operation(kind, numbers, Uint8Array.from(Buffer.from(bytes, 'hex')));
  });
}
