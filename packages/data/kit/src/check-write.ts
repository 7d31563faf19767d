import type { Claim, Decision, Guard, ProjectionWrite, Seen, SeenIndex, StoredEntry, Write } from '@careledger/data-spec'
import { checkBytes, checkDate, checkHash, checkInteger, checkKey, checkName, checkText, checkUuid, indexValueBytesMax, invalid } from './check-values.ts'

/** A Write with nothing absent, whose forms hold and in which nothing is named twice. */
export interface CheckedWrite {
  readonly entries: readonly StoredEntry[]
  readonly projections: readonly ProjectionWrite[]
  readonly guards: readonly Guard[]
  readonly seen: readonly Seen[]
  readonly claims: readonly Claim[]
  readonly decisions: readonly Decision[]
  /** Rows of all kinds together. */
  readonly rows: number
}

/** Throws STORE_INVALID for what the port's prose forbids in a Write, before the store is asked anything. */
export function checkWrite(write: Write, writeRowsMax: number): CheckedWrite {
  const { entries = [], projections = [], guards = [], seen = [], claims = [], decisions = [] } = write
  const rows = entries.length + projections.length + guards.length + seen.length + claims.length + decisions.length
  if (rows > writeRowsMax) throw invalid('The Write has too many rows.', { rows, writeRowsMax })
  for (const entry of entries) checkEntry(entry)
  for (const projection of projections) checkProjection(projection)
  for (const guard of guards) checkGuard(guard)
  for (const one of seen) checkSeen(one)
  checkReplaced(projections, guards)
  for (const claim of claims) checkClaim(claim)
  for (const decision of decisions) checkDecision(decision)
  checkOnce('entry', entries.map((entry) => entry.id))
  checkOnce('projection', projections.map((projection) => `${projection.table}\0${projection.key}`))
  checkOnce('decision', decisions.map((decision) => decision.id))
  return { entries, projections, guards, seen, claims, decisions, rows }
}

export function checkGuard(guard: Guard): void {
  checkName('table', guard.table)
  checkKey('key', guard.key)
  if (guard.version !== undefined) checkVersion(guard.version)
}

/** Rows of one index value that a Write may say it has seen. */
const seenRowsMax = 100

/** What was seen is said again and again, by the same objects. */
const checkedSeen = new WeakSet<Seen>()

function checkSeen(seen: Seen): void {
  if (checkedSeen.has(seen)) return
  checkName('table', seen.table)
  if ('key' in seen) {
    checkKey('key', seen.key)
    if (seen.stamp !== undefined) checkText('stamp', seen.stamp, 64)
  } else checkSeenIndex(seen)
  checkedSeen.add(seen)
}

function checkSeenIndex(seen: SeenIndex): void {
  checkName('index', seen.index)
  checkText('index value', seen.equals, indexValueBytesMax, 0)
  if (seen.rows.length > seenRowsMax) throw invalid('Too many rows of one index value.', { rows: seen.rows.length, seenRowsMax })
  for (const { key, stamp } of seen.rows) {
    checkKey('key', key)
    checkText('stamp', stamp, 64)
  }
}

function checkEntry(entry: StoredEntry): void {
  checkUuid('entry id', entry.id)
  checkHash('entryHash', entry.entryHash)
  checkHash('signatureHash', entry.signatureHash)
  checkBytes('canonical', entry.canonical)
  checkBytes('signature', entry.signature)
  checkName('network', entry.network)
  checkKey('chain', entry.chain)
  if (entry.commitment !== undefined) checkHash('commitment', entry.commitment)
  if (entry.sealed !== undefined) checkBytes('sealed', entry.sealed)
  if (entry.documentId !== undefined) checkKey('documentId', entry.documentId)
}

function checkProjection({ table, key, expected, next, indexes = {} }: ProjectionWrite): void {
  checkName('table', table)
  checkKey('key', key)
  if (expected !== undefined && expected !== 'any') checkVersion(expected)
  if (next !== null) checkBytes('next', next)
  else if (expected === undefined || expected === 'any') throw invalid('A deletion needs the expected version.', { table })
  const names = Object.keys(indexes)
  if (names.length > 8) throw invalid('A row has at most 8 indexes.', { table })
  for (const name of names) {
    checkName('index', name)
    checkText('index value', indexes[name] as string, indexValueBytesMax, 0)
  }
}

/** [projection-3] */
function checkReplaced(projections: readonly ProjectionWrite[], guards: readonly Guard[]): void {
  const replaced = projections.filter(({ expected }) => expected === 'any')
  for (const { table, key, indexes } of replaced) {
    if (indexes !== undefined) throw invalid('A row that is replaced whatever it is takes no indexes.', { table })
    if (guards.some((guard) => guard.table === table && guard.key === key)) throw invalid('A row that is replaced whatever it is takes no guard.', { table })
  }
}

function checkClaim(claim: Claim): void {
  checkName('scope', claim.scope)
  checkKey('value', claim.value)
  checkKey('owner', claim.owner)
  if (claim.expiresAt !== undefined) checkDate('expiresAt', claim.expiresAt)
}

function checkDecision(decision: Decision): void {
  checkUuid('decision id', decision.id)
  if (decision.about !== undefined) checkKey('about', decision.about)
  checkBytes('decision', decision.bytes)
}

function checkVersion(version: number): void {
  checkInteger('version', version, 1, 2_147_483_647)
}

function checkOnce(what: string, names: readonly string[]): void {
  if (new Set(names).size !== names.length) throw invalid(`The same ${what} is named twice.`)
}
