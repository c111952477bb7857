/** Whatever ends with the uplink, as if the machine behind it did. */
export interface Endable {
  end(): void;
}

export function isEndable(target: object): target is Endable {
  return 'end' in target;
}
