/**
 * A contract of 28 bytes that shows how a node tells success from failure. Called with `topic0 || topic1` it emits one log with these
 * topics and no data, and returns 42; called without data it runs into the invalid opcode. Written by hand, so that a
 * recording depends on no compiler.
 */
const RUNTIME = [
  '36 6006 57', //       if (calldatasize) goto 06
  'fe 00', //            invalid
  '5b', //               06:
  '6020 35 6000 35', //  topic1, topic0
  '6000 6000 a2', //     log2(0, 0, topic0, topic1)
  '602a 6000 52', //     mstore(0, 42)
  '6020 6000 f3', //     return(0, 32)
].join('').replaceAll(' ', '')

/** Creation code: copies the runtime behind it to memory and returns it. */
export const PROBE_CREATION = `0x60${size(RUNTIME)}600c60003960${size(RUNTIME)}6000f3${RUNTIME}`

function size(hex: string): string {
  return (hex.length / 2).toString(16).padStart(2, '0')
}
