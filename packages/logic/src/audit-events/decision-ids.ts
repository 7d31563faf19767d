/** Decision ids are UUIDv7: their order is that of time. The greatest id before everything decided at `time` or later. */
export function firstIdAt(time: Date): string {
  return before(uuid(BigInt(Math.max(0, time.getTime())) << 80n))
}

/** The greatest UUID text before this one: to ask for what stands behind, this one included. */
export function before(id: string): string {
  const value = BigInt(`0x${id.replaceAll('-', '')}`)
  return uuid(value === 0n ? 0n : value - 1n)
}

function uuid(value: bigint): string {
  const hex = value.toString(16).padStart(32, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
