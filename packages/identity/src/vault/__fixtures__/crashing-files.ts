import { dirname } from 'node:path'
import type { VaultFile, VaultFiles } from '../file/vault-files.ts'

/** A disk in memory that loses what was not synced, in the worst order the random source finds. */
export interface CrashingDisk {
  readonly files: VaultFiles
  /** Calls of `files` and its handles so far. */
  calls(): number
  /** From the k-th call on (1 = the next) every call fails; the k-th, if it writes, has written half of its bytes. */
  crashAt(call: number): void
  /** Only the k-th call fails, and has written half of its bytes; the ones after it work. */
  failOnceAt(call: number): void
  /** What the next process finds: synced bytes, and any part of the others, sector by sector, name by name. */
  powerLoss(random: () => number): CrashingDisk
  /** What the next process finds after kill -9: every byte that was written. */
  processDeath(): CrashingDisk
  /** Every byte on the disk, durable or not, of every file. */
  contents(): ReadonlyMap<string, Buffer>
}

interface Content { durable: Buffer; current: Buffer }
type Names = Map<string, Content>

const SECTOR_BYTES = 512

export function createCrashingDisk(durableNames: Names = new Map()): CrashingDisk {
  const names: Names = new Map(durableNames)
  let durable: Names = new Map(durableNames)
  let count = 0
  let crashFrom = Number.POSITIVE_INFINITY
  let failAt = Number.POSITIVE_INFINITY

  const step = () => {
    count += 1
    if (count >= crashFrom || count === failAt) throw Object.assign(new Error('The disk failed.'), { code: 'EIO' })
  }
  const write = (content: Content, offset: number, bytes: Uint8Array) => {
    const size = Math.max(content.current.length, offset + bytes.length)
    const next = Buffer.alloc(size)
    content.current.copy(next)
    next.set(bytes, offset)
    content.current = next
  }
  const handle = (content: Content): VaultFile => ({
    async size() {
      step()
      return content.current.length
    },
    sizeNow: () => content.current.length,
    async read(offset, length) {
      step()
      return Buffer.from(content.current.subarray(offset, offset + length))
    },
    async write(offset, bytes) {
      const copy = Buffer.from(bytes)
      try {
        step()
      } catch (error) {
        if (count === crashFrom || count === failAt) write(content, offset, copy.subarray(0, copy.length >> 1))
        throw error
      }
      write(content, offset, copy)
    },
    async truncate(size) {
      step()
      const next = Buffer.alloc(size)
      content.current.copy(next)
      content.current = next
    },
    async sync() {
      step()
      content.durable = content.current
    },
    async close() {
      step()
    },
  })

  return {
    files: {
      async open(path, options) {
        step()
        let content = names.get(path)
        if (content === undefined) {
          if (options?.create !== true) return undefined
          content = { durable: Buffer.alloc(0), current: Buffer.alloc(0) }
          names.set(path, content)
        }
        return handle(content)
      },
      async makeDirectory() {
        step()
      },
      async list(directory) {
        step()
        return [...names.keys()].filter((path) => dirname(path) === directory).map((path) => path.slice(directory.length + 1))
      },
      async rename(from, to) {
        step()
        const content = names.get(from)
        if (content === undefined) throw Object.assign(new Error('Missing.'), { code: 'ENOENT' })
        names.delete(from)
        names.set(to, content)
      },
      async remove(path) {
        step()
        names.delete(path)
      },
      async syncDirectory(path) {
        step()
        const next = new Map([...durable].filter(([name]) => dirname(name) !== path))
        for (const [name, content] of names) if (dirname(name) === path) next.set(name, content)
        durable = next
      },
    },
    calls: () => count,
    crashAt(call) {
      crashFrom = count + call
    },
    failOnceAt(call) {
      failAt = count + call
    },
    powerLoss(random) {
      const found: Names = new Map()
      for (const path of new Set([...durable.keys(), ...names.keys()])) {
        const content = random() < 0.5 ? durable.get(path) : names.get(path)
        if (content === undefined) continue
        const bytes = tornBytes(content, random)
        found.set(path, { durable: bytes, current: bytes })
      }
      return createCrashingDisk(found)
    },
    processDeath: () => createCrashingDisk(new Map([...names].map(([path, content]) => [path, { durable: content.current, current: content.current }]))),
    contents: () => new Map([...new Set([...durable, ...names])].map(([path, content]) => [path, Buffer.concat([content.durable, content.current])])),
  }
}

function tornBytes({ durable, current }: Content, random: () => number): Buffer {
  const size = random() < 0.5 ? durable.length : current.length
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += SECTOR_BYTES) {
    const source = random() < 0.5 ? durable : current
    bytes.set(source.subarray(at, Math.min(at + SECTOR_BYTES, size)), at)
  }
  return bytes
}

/** A repeatable random source (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
