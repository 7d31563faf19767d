import { statfs } from 'node:fs/promises'
import { StoreError } from '@careledger/data-spec'
import type { Query } from './driver.ts'

/** Four segments of the write-ahead log. */
const reserveBytes = 64 * 1024 * 1024
/** Rows, their overflow tables, their indexes and the write-ahead log. */
const bytesPerByte = 4
const freshMs = 100

/**
 * Rejects with STORE_UNAVAILABLE while the disk may not hold what is about to be written. PGlite must never find out by itself: where it
 * cannot begin a segment of its write-ahead log it neither fails nor returns, and the whole process stands still.
 */
export function createDiskRoom(directory: string): (queries: readonly Query[]) => Promise<void> {
  let known = { free: 0, atMs: Number.NEGATIVE_INFINITY }
  return async (queries) => {
    const needed = reserveBytes + bytesPerByte * bytesOf(queries)
    if (known.free < needed || performance.now() - known.atMs > freshMs) {
      const { bavail, bsize } = await statfs(directory)
      known = { free: bavail * bsize, atMs: performance.now() }
    }
    if (known.free < needed) throw new StoreError('STORE_UNAVAILABLE', 'The disk is full but for a reserve. Make room; what stands is safe.', { details: { freeBytes: known.free, neededBytes: needed } })
    known.free -= needed - reserveBytes
  }
}

function bytesOf(queries: readonly Query[]): number {
  let bytes = 0
  for (const { values = [] } of queries) for (const value of values) bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
  return bytes
}
