/**
 * A netlink request that the kernel refused: the errno, and what the kernel says about it in its
 * extended acknowledgement (NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS). Programs match on `code`.
 */
export interface NetlinkFailure {
  readonly code: string;
  /** Negative, as in Node's own errors. */
  readonly errno: number;
  /** What was being done, as a sentence without its full stop. */
  readonly step: string;
  /** The kernel's own words. */
  readonly extack?: string | undefined;
  /** The attribute it complains about, from the outermost in: `IFLA_LINKINFO.IFLA_INFO_KIND`. */
  readonly attribute?: string | undefined;
  /** Where that attribute is in the request. */
  readonly attributeOffset?: number | undefined;
  readonly hint?: string | undefined;
}

export class NetlinkError extends Error implements NetlinkFailure {
  readonly code: string;
  readonly errno: number;
  readonly step: string;
  readonly extack: string | undefined;
  readonly attribute: string | undefined;
  readonly attributeOffset: number | undefined;
  readonly hint: string | undefined;

  constructor(failure: NetlinkFailure, options?: ErrorOptions) {
    const words = failure.extack === undefined ? '' : `: ${failure.extack.trim()}`;
    const about = failure.attribute === undefined ? '' : ` (${failure.attribute})`;
    super(`${failure.step}: the kernel answered ${failure.code}${words}${about}`, options);
    this.name = 'NetlinkError';
    this.code = failure.code;
    this.errno = failure.errno;
    this.step = failure.step;
    this.extack = failure.extack;
    this.attribute = failure.attribute;
    this.attributeOffset = failure.attributeOffset;
    this.hint = failure.hint;
  }
}
