/** 32 unpredictable bits as an unsigned integer: the only source of chance in the stack. */
export type Random = () => number;
