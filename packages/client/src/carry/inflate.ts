import { concat } from '@careledger/proof'

/** What raw DEFLATE (RFC 1951) packed; at most `bytesMax` bytes come out. Errors: `TypeError` for other bytes, for text after their end, and beyond the bound. */
export async function inflate(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  return collect(unpacked(bytes), bytesMax)
}

function unpacked(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const stream = new DecompressionStream('deflate-raw')
  const writer = stream.writable.getWriter()
  // What goes wrong is seen by the reader.
  writer.write(bytes as Uint8Array<ArrayBuffer>).then(() => writer.close()).catch(() => undefined)
  return stream.readable
}

async function collect(stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  for (let total = 0; ;) {
    const { done, value } = await reader.read()
    if (done) return concat(...chunks)
    total += value.length
    if (total > bytesMax) {
      await reader.cancel()
      throw new TypeError('More comes out of it than is taken.')
    }
    chunks.push(value)
  }
}
