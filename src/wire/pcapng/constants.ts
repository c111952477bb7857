/** Numbers of pcapng (draft-ietf-opsawg-pcapng), under their names there. */

export const blockTypes = {
  SECTION_HEADER: 0x0a0d_0d0a,
  INTERFACE_DESCRIPTION: 1,
  INTERFACE_STATISTICS: 5,
  ENHANCED_PACKET: 6,
} as const;

/** In a section header: in which order the section's integers are. */
export const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;

export const LINKTYPE_ETHERNET = 1;

/** Options of any block. */
export const OPT_ENDOFOPT = 0;
export const OPT_COMMENT = 1;
/** Of a section header. */
export const SHB_HARDWARE = 2;
export const SHB_OS = 3;
export const SHB_USERAPPL = 4;
/** Of an interface description. */
export const IF_NAME = 2;
export const IF_DESCRIPTION = 3;
export const IF_TSRESOL = 9;
/** Of interface statistics. */
export const ISB_STARTTIME = 2;
export const ISB_ENDTIME = 3;
export const ISB_IFRECV = 4;
export const ISB_IFDROP = 5;
export const ISB_FILTERACCEPT = 6;
/** Of an enhanced packet. */
export const EPB_FLAGS = 2;

/** Bits of EPB_FLAGS. */
export const EPB_INBOUND = 1;
export const EPB_OUTBOUND = 2;
