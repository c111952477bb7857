/** Captures of packets in files that wireshark and its like read. */
export { LINKTYPE_ETHERNET } from './constants.js';
export { parseFile, type OtherBlock, type PcapngBlock } from './file.js';
export { writeInterface, type InterfaceDescription } from './interface.js';
export { writePacket, type CapturedPacket } from './packet.js';
export { writeSection, type SectionHeader } from './section.js';
export { BlockSplitter, blocksIn, isHeadBlock } from './splitter.js';
export { writeStatistics, type InterfaceStatistics } from './statistics.js';
export { capturedFrame, type CapturedFrame } from './super-frame.js';
