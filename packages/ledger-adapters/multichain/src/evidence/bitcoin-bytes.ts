import { createHash } from 'node:crypto'

export function doubleSha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest()
}

/** A hash as the node shows it, which is in reverse. */
export function toShownHash(hash: Uint8Array): string {
  return Buffer.from(hash).reverse().toString('hex')
}

export function fromShownHash(text: string): Buffer {
  return Buffer.from(text, 'hex').reverse()
}

/** Bitcoin's CompactSize of a number below 2^32. */
export function compactSize(value: number): Buffer {
  if (value < 0xfd) return Buffer.of(value)
  const bytes = Buffer.alloc(value < 0x1_0000 ? 3 : 5)
  bytes.writeUInt8(value < 0x1_0000 ? 0xfd : 0xfe)
  if (value < 0x1_0000) bytes.writeUInt16LE(value, 1)
  else bytes.writeUInt32LE(value, 1)
  return bytes
}

export function counted(bytes: Uint8Array): Buffer {
  return Buffer.concat([compactSize(bytes.length), bytes])
}

/** Members of a block header, as `getblock` names them. */
export interface HeaderParts {
  readonly version: number
  readonly previousblockhash?: string | undefined
  readonly merkleroot: string
  readonly time: number
  readonly bits: string
  readonly nonce: number
}

/** 80 bytes; their double SHA-256 is the block's hash. */
export function encodeHeader({ version, previousblockhash = '0'.repeat(64), merkleroot, time, bits, nonce }: HeaderParts): Buffer {
  const header = Buffer.alloc(80)
  header.writeInt32LE(version, 0)
  fromShownHash(previousblockhash).copy(header, 4)
  fromShownHash(merkleroot).copy(header, 36)
  header.writeUInt32LE(time, 68)
  fromShownHash(bits).copy(header, 72)
  header.writeUInt32LE(nonce, 76)
  return header
}
