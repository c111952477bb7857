/**
 * Types of struct fields. `be` is network order; `le` is the order of every machine that nskit
 * runs on (x86-64, arm64), so it also stands for the kernel's own integers.
 */
import type { Field } from './struct.js';

// One literal function for each type, not one made by a generator: the engine specialises each.

export const u8: Field<number> = {
  size: 1,
  accessor: (offset) => ({
    get() {
      return this.bytes.getUint8(this.at + offset);
    },
    set(value) {
      this.bytes.setUint8(this.at + offset, value);
    },
  }),
};

export const le16: Field<number> = {
  size: 2,
  accessor: (offset) => ({
    get() {
      return this.bytes.getUint16(this.at + offset, true);
    },
    set(value) {
      this.bytes.setUint16(this.at + offset, value, true);
    },
  }),
};

export const le32: Field<number> = {
  size: 4,
  accessor: (offset) => ({
    get() {
      return this.bytes.getUint32(this.at + offset, true);
    },
    set(value) {
      this.bytes.setUint32(this.at + offset, value, true);
    },
  }),
};

/** Signed: an interface index, an errno. */
export const sle32: Field<number> = {
  size: 4,
  accessor: (offset) => ({
    get() {
      return this.bytes.getInt32(this.at + offset, true);
    },
    set(value) {
      this.bytes.setInt32(this.at + offset, value, true);
    },
  }),
};

export const le64: Field<bigint> = {
  size: 8,
  accessor: (offset) => ({
    get() {
      return this.bytes.getBigUint64(this.at + offset, true);
    },
    set(value) {
      this.bytes.setBigUint64(this.at + offset, value, true);
    },
  }),
};

export const be16: Field<number> = {
  size: 2,
  accessor: (offset) => ({
    get() {
      return this.bytes.getUint16(this.at + offset);
    },
    set(value) {
      this.bytes.setUint16(this.at + offset, value);
    },
  }),
};

export const be32: Field<number> = {
  size: 4,
  accessor: (offset) => ({
    get() {
      return this.bytes.getUint32(this.at + offset);
    },
    set(value) {
      this.bytes.setUint32(this.at + offset, value);
    },
  }),
};

export const be64: Field<bigint> = {
  size: 8,
  accessor: (offset) => ({
    get() {
      return this.bytes.getBigUint64(this.at + offset);
    },
    set(value) {
      this.bytes.setBigUint64(this.at + offset, value);
    },
  }),
};

/** Bytes that mean nothing and are zero; its name begins with "_". */
export function pad(size: number): Field<never> {
  return {
    size,
    isPad: true,
    accessor: () => {
      throw new TypeError('a pad is neither read nor written');
    },
  };
}

/** Bytes as they are: a copy when read; shorter ones are filled up with zeros when written. */
export function bytes(size: number): Field<Uint8Array> {
  return {
    size,
    accessor: (offset) => ({
      get() {
        return whole(this.bytes, this.at + offset, size).slice();
      },
      set(value) {
        const target = whole(this.bytes, this.at + offset, size);
        target.fill(0);
        target.set(value.subarray(0, size));
      },
    }),
  };
}

function whole(view: DataView, at: number, size: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, size);
}
