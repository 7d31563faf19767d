import { open, type FileHandle } from 'node:fs/promises'
import { checkRange, takeChunks } from '@careledger/data-kit'
import type { DocumentRange, DocumentRead, StoreError } from '@careledger/data-spec'
import { codeOf } from './durable-file.ts'

/** Bytes read from a file at once. */
const pieceBytes = 1_048_576

/** Writes chunk by chunk: none is asked for before the one before it has gone to the system. Throws SourceFailure for the caller's stream. */
export async function writeFileStream(handle: FileHandle, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  for await (const chunk of takeChunks(chunks, signal)) {
    for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at, chunk.length - at)).bytesWritten
  }
}

/** `undefined`: there is no such file. The file is opened again when the first piece is asked for, so that a reader who never begins holds nothing. */
export async function readFileStream(file: string, range: DocumentRange, toStoreError: (error: unknown) => StoreError): Promise<DocumentRead | undefined> {
  const handle = await openToRead(file)
  if (handle === undefined) return undefined
  const { size } = await handle.stat().finally(() => handle.close())
  return { size, chunks: filePieces(file, checkRange(range, size), toStoreError) }
}

async function* filePieces(file: string, { from, to }: { readonly from: number; readonly to: number }, toStoreError: (error: unknown) => StoreError): AsyncGenerator<Uint8Array> {
  if (from === to) return
  const fail = (error: unknown): never => { throw toStoreError(error) }
  const handle = await open(file, 'r').catch(fail)
  try {
    for (let at = from; at < to; ) {
      const buffer = new Uint8Array(Math.min(pieceBytes, to - at))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at).catch(fail)
      if (bytesRead === 0) throw toStoreError(Object.assign(new Error('The file ended early.'), { code: 'EIO' }))
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** Whether two files hold the same bytes; the first that differs ends the comparison. */
export async function sameFiles(left: string, right: string): Promise<boolean> {
  const [one, other] = [await open(left, 'r'), await openToRead(right)]
  try {
    if (other === undefined) return false
    if ((await one.stat()).size !== (await other.stat()).size) return false
    const [first, second] = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)]
    for (let at = 0; ; ) {
      const { bytesRead } = await one.read(first, 0, pieceBytes, at)
      if (bytesRead === 0) return true
      if ((await other.read(second, 0, bytesRead, at)).bytesRead !== bytesRead || !first.subarray(0, bytesRead).equals(second.subarray(0, bytesRead))) return false
      at += bytesRead
    }
  } finally {
    await one.close()
    await other?.close()
  }
}

async function openToRead(file: string): Promise<FileHandle | undefined> {
  return open(file, 'r').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
}
