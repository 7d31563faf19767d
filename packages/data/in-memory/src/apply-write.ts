import { compareTexts, type CheckedWrite } from '@careledger/data-kit'
import { StoreError, type Claim, type Decision, type Guard, type ProjectionWrite, type Seen, type StoredEntry, type WriteResult } from '@careledger/data-spec'
import { joined, sortable, type InMemoryDatabase } from './in-memory-database.ts'

/** Checks everything against the newest state, then applies everything as one commit; never suspends in between. */
export function applyWrite(database: InMemoryDatabase, write: CheckedWrite): WriteResult {
  const duplicates = write.entries.filter((entry) => isDuplicate(database, entry)).map((entry) => entry.id)
  if (write.entries.length > 0 && duplicates.length === write.entries.length) return { duplicates }
  if (duplicates[0] !== undefined) throw new StoreError('STORE_STALE', 'Some of the entries are stored already.', { details: { id: duplicates[0] } })
  const { entries } = write
  checkCommitments(database, entries)
  for (const { table, key, expected } of write.projections) if (expected !== 'any') checkVersion(database, { table, key, version: expected })
  for (const guard of write.guards) checkVersion(database, guard)
  for (const seen of write.seen) checkSeen(database, seen)
  checkClaims(database, write.claims)
  for (const decision of write.decisions) checkDecision(database, decision)

  for (const entry of entries) putEntry(database, entry)
  for (const projection of write.projections) putProjection(database, projection)
  for (const claim of write.claims) {
    const key = joined(claim.scope, claim.value)
    if (database.claims.get(key) === undefined) database.claims.set(key, claim)
  }
  for (const decision of write.decisions) putDecision(database, decision)
  database.clock.finish()
  return { duplicates }
}

/** [entry-1], [entry-2] */
function isDuplicate(database: InMemoryDatabase, entry: StoredEntry): boolean {
  const stored = database.entries.get(entry.id)?.entry
  if (stored === undefined) return false
  if (sameBytes(stored.entryHash, entry.entryHash)) return true
  throw new StoreError('STORE_CONFLICT', 'An entry with this id and another hash is stored.', { details: { id: entry.id } })
}

/** [entry-3] */
function checkCommitments(database: InMemoryDatabase, entries: readonly StoredEntry[]): void {
  const seen = new Set<string>()
  for (const { id, commitment } of entries) {
    if (commitment === undefined) continue
    const key = hex(commitment)
    if (seen.has(key) || database.commitments.get(key) !== undefined) throw new StoreError('STORE_CONFLICT', 'The commitment is that of another entry.', { details: { id } })
    seen.add(key)
  }
}

/** STORE_STALE unless the row has the version of the guard, or is absent when the guard says so. */
export function checkVersion(database: InMemoryDatabase, { table, key, version }: Guard): void {
  if (database.projections.get(joined(table, key))?.version === version) return
  throw new StoreError('STORE_STALE', 'A row is no longer what it was.', { details: { table, key } })
}

/** [seen-1] */
function checkSeen(database: InMemoryDatabase, seen: Seen): void {
  const { table } = seen
  if ('key' in seen) {
    if (database.projections.get(joined(table, seen.key))?.stamp === seen.stamp) return
    throw new StoreError('STORE_STALE', 'A row is no longer what it was.', { details: { table, key: seen.key } })
  }
  const expected = [...seen.rows].sort((left, right) => compareTexts(left.key, right.key))
  const prefix = joined(table, seen.index, seen.equals, '')
  let at = 0
  for (const [name] of database.indexes.range({ prefix })) {
    const { key, stamp } = expected[at++] ?? {}
    if (name !== `${prefix}${key}` || database.projections.get(joined(table, name.slice(prefix.length)))?.stamp !== stamp) at = Infinity
  }
  if (at !== expected.length) throw new StoreError('STORE_STALE', 'The rows are no longer what they were.', { details: { table, key: seen.index } })
}

function checkClaims(database: InMemoryDatabase, claims: readonly Claim[]): void {
  const owners = new Map<string, string>()
  for (const { scope, value, owner } of claims) {
    const key = joined(scope, value)
    const taken = owners.get(key) ?? database.claims.get(key)?.owner ?? owner
    if (taken !== owner) throw new StoreError('STORE_CLAIMED', 'The value is taken.', { details: { scope } })
    owners.set(key, owner)
  }
}

function checkDecision(database: InMemoryDatabase, decision: Decision): void {
  const stored = database.decisions.get(decision.id)
  if (stored === undefined || (stored.about === decision.about && sameBytes(stored.bytes, decision.bytes))) return
  throw new StoreError('STORE_CONFLICT', 'Another decision has this id.', { details: { id: decision.id } })
}

function putEntry(database: InMemoryDatabase, entry: StoredEntry): void {
  const arrival = ++database.numbers.arrival
  database.entries.set(entry.id, { arrival, entry: copyEntry(entry) })
  database.waiting.set(sortable(arrival), entry.id)
  if (entry.commitment !== undefined) database.commitments.set(hex(entry.commitment), entry.id)
}

function putProjection(database: InMemoryDatabase, { table, key, expected, next, indexes: given = {} }: ProjectionWrite): void {
  const former = database.projections.get(joined(table, key))
  const indexes = expected === 'any' ? (former?.indexes ?? {}) : given
  for (const [index, value] of Object.entries(former?.indexes ?? {})) database.indexes.set(joined(table, index, value, key), undefined)
  if (next === null) {
    database.projections.set(joined(table, key), undefined)
    return
  }
  database.projections.set(joined(table, key), { table, key, version: (former?.version ?? 0) + 1, value: next.slice(), indexes: { ...indexes }, stamp: `${database.clock.next}` })
  for (const [index, value] of Object.entries(indexes)) database.indexes.set(joined(table, index, value, key), true)
}

function putDecision(database: InMemoryDatabase, { id, about, bytes }: Decision): void {
  database.decisions.set(id, { id, ...(about === undefined ? {} : { about }), bytes: bytes.slice() })
  if (about !== undefined) database.decisionsAbout.set(joined(about, id), true)
}

export function copyEntry(entry: StoredEntry): StoredEntry {
  return {
    id: entry.id,
    entryHash: entry.entryHash.slice(),
    signatureHash: entry.signatureHash.slice(),
    canonical: entry.canonical.slice(),
    signature: entry.signature.slice(),
    network: entry.network,
    chain: entry.chain,
    ...(entry.commitment === undefined ? {} : { commitment: entry.commitment.slice() }),
    ...(entry.sealed === undefined ? {} : { sealed: entry.sealed.slice() }),
    ...(entry.documentId === undefined ? {} : { documentId: entry.documentId }),
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
