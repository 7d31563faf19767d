import { createHash } from 'node:crypto'
import type { InMemoryDatabase } from './in-memory-database.ts'
import type { VersionedMap } from './versioned-map.ts'

const maps = [
  'entries', 'commitments', 'waiting', 'projections', 'indexes', 'claims', 'decisions', 'decisionsAbout', 'leaves', 'leafOfEntry', 'leavesOfChain', 'tiles',
  'trees', 'heads', 'checkpoints', 'outbox', 'outboxByState', 'outboxByPosition', 'outboxByRecord', 'outboxCounts',
] as const

/** One JSON line for each row of each map at commit `at`, then a line with the SHA-256 of all before it. */
export function* writeBackup(database: InMemoryDatabase, at: number): Generator<Uint8Array> {
  const digest = createHash('sha256')
  const chunk = (value: unknown): Uint8Array => {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`)
    digest.update(bytes)
    return bytes
  }
  yield chunk({ format: 'careledger-memory-backup/1', numbers: database.numbers })
  for (const map of maps) {
    for (const [key, value] of (database[map] as VersionedMap<unknown>).range({ prefix: '', at })) yield chunk({ map, key, value: plain(value) })
  }
  yield Buffer.from(`${JSON.stringify({ sha256: digest.digest('hex') })}\n`)
}

/** Reads a whole backup, checks it, and gives what puts it into an empty database. */
export async function readBackup(chunks: AsyncIterable<Uint8Array>): Promise<(database: InMemoryDatabase) => void> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  const bytes = Buffer.concat(parts)
  const end = bytes.lastIndexOf('\n', bytes.length - 2) + 1
  const last = JSON.parse(bytes.subarray(end).toString()) as { readonly sha256: string }
  if (last.sha256 !== createHash('sha256').update(bytes.subarray(0, end)).digest('hex')) throw new Error('The digest does not match.')
  const [head, ...rows] = bytes.subarray(0, end).toString().trimEnd().split('\n')
  const { numbers } = JSON.parse(head as string) as Pick<InMemoryDatabase, 'numbers'>
  return (database) => {
    Object.assign(database.numbers, numbers)
    for (const row of rows) {
      const { map, key, value } = JSON.parse(row, decode) as { map: (typeof maps)[number]; key: string; value: unknown }
      const target = database[map] as VersionedMap<unknown>
      target.set(key, value)
    }
  }
}

/** Dates and bytes as objects of one member, before JSON.stringify turns them into something else. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return { $date: value.getTime() }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}


function decode(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('$bytes' in value) return new Uint8Array(Buffer.from(value.$bytes as string, 'base64'))
  return '$date' in value ? new Date(value.$date as number) : value
}
