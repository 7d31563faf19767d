import { concat } from '@careledger/proof'

/** Raw DEFLATE (RFC 1951). */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return collect(through(bytes, new CompressionStream('deflate-raw')), Infinity)
}

/** The reverse; at most `bytesMax` come out. Errors: `TypeError` for other bytes, for text after their end, and beyond the bound. */
export async function inflate(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  return collect(through(bytes, new DecompressionStream('deflate-raw')), bytesMax)
}

function through(bytes: Uint8Array, stream: { readonly readable: ReadableStream<Uint8Array>; readonly writable: WritableStream<BufferSource> }): ReadableStream<Uint8Array> {
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
