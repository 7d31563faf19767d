import { downloadAttachment, readAttachmentStream, type CareLedgerClient } from '@careledger/client'
import { storedAttachment, type Attachment } from './attachments-of.ts'

export interface ReadOptions {
  /** The record that leads to it. */
  readonly record: string
  readonly onProgress: (done: number, total: number) => void
  readonly signal: AbortSignal
}

/** The bytes as a Blob without a type: what it is shown as, the viewer decides. */
export async function readBlob(client: CareLedgerClient, attachment: Attachment, { record, onProgress, signal }: ReadOptions): Promise<Blob> {
  const id = storedAttachment(attachment)
  if (id === undefined) return new Blob([Uint8Array.from(atob((attachment.data ?? '').replace(/\s+/g, '')), (letter) => letter.charCodeAt(0))])
  return downloadAttachment(client, id, { record, signal, onProgress: ({ done, total }) => onProgress(done, total) })
}

type SavePicker = (options: { readonly suggestedName: string }) => Promise<{ createWritable(): Promise<WritableStream<Uint8Array> & { abort(): Promise<void> }> }>

/** Saves a copy: straight to the disk where the browser lets a page choose a file, else through a Blob. False: the reader changed their mind. */
export async function saveCopy(client: CareLedgerClient, attachment: Attachment, name: string, options: ReadOptions): Promise<boolean> {
  const pick = (globalThis as { showSaveFilePicker?: SavePicker }).showSaveFilePicker
  const id = storedAttachment(attachment)
  if (pick === undefined || id === undefined || (attachment.sizeBytes ?? 0) < streamedFrom) {
    saveBlob(await readBlob(client, attachment, options), name)
    return true
  }
  const file = await pick({ suggestedName: name }).catch((error: unknown) => {
    if ((error as { name?: unknown }).name === 'AbortError') return undefined
    throw error
  })
  if (file === undefined) return false
  const { chunks } = await readAttachmentStream(client, id, { record: options.record, signal: options.signal, onProgress: ({ done, total }) => options.onProgress(done, total) })
  const writer = (await file.createWritable()).getWriter()
  try {
    for await (const piece of chunks) await writer.write(piece)
    await writer.close()
  } catch (error) {
    await writer.abort().catch(() => undefined)
    throw error
  }
  return true
}

/** Smaller ones fit in memory, and need no dialogue of their own. */
const streamedFrom = 64 * 1_048_576

function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
