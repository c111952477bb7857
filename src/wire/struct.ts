/**
 * A C struct as a table: its fields in wire order, its size stated, and both compared when the
 * module loads.
 *
 *     export const rtgenmsg = struct('rtgenmsg', 4, { family: u8, _pad: pad(3) });
 *
 * Endianness is in the type's name. Two levels: `view()` is a window that is moved over bytes and
 * reads or writes a field at a time without allocating; `parse()` and `write()` deal in plain values.
 */
import { DecodeError } from '../errors/index.js';

/** How one field lies in memory. Each type builds its accessors once, for one offset. */
export interface Field<T> {
  readonly size: number;
  readonly isPad?: boolean;
  accessor(offset: number): Accessor<T>;
}

export interface Accessor<T> {
  get(this: Window): T;
  set(this: Window, value: T): void;
}

/** What accessors work on: bytes, and where in them the struct begins. */
export interface Window {
  bytes: DataView;
  at: number;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

type Named<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<infer T> ? ([T] extends [never] ? never : K) : never;
}[keyof F];

type ValueOf<T> = T extends Field<infer V> ? V : never;

/** A struct's fields as a plain value; pads are not among them. */
export type Values<F extends Fields> = { readonly [K in Named<F>]: ValueOf<F[K]> };

/** The value of a struct: `StructValue<typeof rtmsg>`. */
export type StructValue<S> = S extends Struct<infer F> ? Values<F> : never;

export interface View<F extends Fields> {
  /** Fields of the struct that the view lies on, to read and to assign. */
  readonly window: { -readonly [K in Named<F>]: ValueOf<F[K]> };
  /** Moves the view. The caller has checked that the struct fits. */
  on(bytes: DataView, at: number): this;
}

export interface Struct<F extends Fields> {
  readonly name: string;
  readonly size: number;
  readonly offset: { readonly [K in Named<F>]: number };
  view(): View<F>;
  /** Throws DecodeError when there are too few bytes. */
  parse(bytes: Uint8Array, at?: number): Values<F>;
  /** Pads are written as zeros. The caller has made room. */
  write(bytes: DataView, at: number, values: Values<F>): void;
}

export function struct<const F extends Fields>(name: string, size: number, fields: F): Struct<F> {
  const layout = layOut(name, size, fields);
  const named = layout.filter(({ field }) => field.isPad !== true);
  const view = viewMaker<F>(layout);
  const shared = view();
  return {
    name,
    size,
    offset: Object.fromEntries(named.map(({ key, at }) => [key, at])) as Struct<F>['offset'],
    view,
    parse: (bytes, at = 0) => {
      if (at + size > bytes.length) throw tooShort(name, bytes, at);
      const { window } = shared.on(dataViewOf(bytes), at);
      return Object.freeze(
        Object.fromEntries(named.map(({ key }) => [key, window[key as Named<F>]])),
      ) as Values<F>;
    },
    write: (bytes, at, values) => {
      new Uint8Array(bytes.buffer, bytes.byteOffset + at, size).fill(0);
      const { window } = shared.on(bytes, at);
      for (const { key } of named) window[key as Named<F>] = values[key as Named<F>];
    },
  };
}

/** One DataView for a buffer, not one for each field. */
export function dataViewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface Placed {
  readonly key: string;
  readonly at: number;
  readonly field: Field<unknown>;
}

function layOut(name: string, size: number, fields: Fields): Placed[] {
  const layout: Placed[] = [];
  let at = 0;
  for (const [key, field] of Object.entries(fields)) {
    if (key.startsWith('_') !== (field.isPad === true)) {
      throw new TypeError(`struct ${name}: ${key}: a pad, and only a pad, begins with "_"`);
    }
    layout.push({ key, at, field });
    at += field.size;
  }
  if (at !== size) throw new TypeError(`struct ${name}: the fields take ${at} bytes, not ${size}`);
  return layout;
}

function viewMaker<F extends Fields>(layout: readonly Placed[]): () => View<F> {
  class StructWindow implements Window {
    bytes: DataView = new DataView(new ArrayBuffer(0));
    at = 0;
  }
  for (const { key, at, field } of layout) {
    if (field.isPad !== true) {
      Object.defineProperty(StructWindow.prototype, key, field.accessor(at));
    }
  }
  return () => {
    const window = new StructWindow();
    return {
      window: window as unknown as View<F>['window'],
      on(bytes, at) {
        window.bytes = bytes;
        window.at = at;
        return this;
      },
    };
  };
}

function tooShort(name: string, bytes: Uint8Array, offset: number): DecodeError {
  return new DecodeError('too short', { struct: name, offset, bytes });
}
