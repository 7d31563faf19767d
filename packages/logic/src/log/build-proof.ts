import type { KeyRecord } from '@careledger/identity'
import type { ReadView } from '@careledger/data-spec'
import { fromUtf8, openingToJson, proofBytes, type LoggedEntry, type ProofFile } from '@careledger/proof'
import { keyTable } from '../entries/check-author.ts'
import { subjectTable, type SubjectRow } from '../entries/find-patient.ts'
import { openAny } from '../entries/open-entry.ts'
import { readRow } from '../entries/rows.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { readAnchored } from './anchored-row.ts'
import { findEntry, toLoggedEntry, type FoundEntry, type LogState } from './logged-entry.ts'
import { finalRows, toAnchors } from './proof-anchors.ts'
import { tilesOf } from './stored-tiles.ts'

export interface ProofRequest {
  /** Whether the payload is shown: only to those who may see it. Default false. */
  readonly opening?: boolean | undefined
  /** Whether the entry's own ledger records are named, which shows the holder where on the ledger it stands. Default false. */
  readonly recordAnchor?: boolean | undefined
  /** Id of an entry that replaces this one, if the caller knows of one. */
  readonly supersededBy?: string | undefined
}

/** Most credentials between an author's key and the platform's root. */
const chainMax = 16

/**
 * The proof file of an entry, as canonical text: entry, signature, place in chain and log, the newest checkpoint that is final on a ledger
 * of the entry's network (else the newest signed one), credentials up to the platform's root with their own paths to the same checkpoint,
 * anchors, and what later entries say of it. O(log n). `undefined`: no such entry. Errors: UNAVAILABLE while the entry has no index or no
 * checkpoint contains it yet, CORRUPTION when stored data contradicts itself.
 */
export async function buildProof(parts: Parts, entryId: string, request: ProofRequest = {}): Promise<string | undefined> {
  return parts.store.read((view) => buildProofIn(parts, view, entryId, request))
}

/** The same inside a snapshot that the caller has, so that what allowed it and what it shows are of one moment. */
export async function buildProofIn(parts: Parts, view: ReadView, entryId: string, request: ProofRequest = {}): Promise<string | undefined> {
  const read = await readProof(parts, view, entryId, request)
  if (read === undefined) return undefined
  const { found, own, state, note, credentials, superseding, revocations, rows, subject } = read
  const opened = async (one: FoundEntry): Promise<{ opening?: LoggedEntry['opening'] }> => {
    const opening = await openAny(parts, one.stored, one.entry)
    return opening === undefined || opening === 'erased' ? {} : { opening: openingToJson(opening) }
  }
  const withOpening = (logged: readonly Logged[]): Promise<readonly LoggedEntry[]> => Promise.all(logged.map(async (one) => ({ ...one.logged, ...(await opened(one.found)) })))
  const keys = subject?.patient === undefined ? undefined : await parts.vaults.get(subject.custodian)?.patient(subject.patient)
  const file: ProofFile = {
    format: 'careledger-proof/1', entry: own.entry, signature: own.signature, leaf: own.leaf,
    log: { origin: state.origin, index: own.index, size: state.size, path: own.path },
    checkpoint: note, credentials: await withOpening(credentials),
    anchors: await toAnchors(rows, found, await keys?.subjectSecret(own.entry.network)),
    ...(request.opening === true ? await opened(found) : {}),
    ...(superseding === undefined && revocations.length === 0 ? {} : {
      status: { ...(superseding === undefined ? {} : { supersededBy: superseding.logged }), ...(revocations.length === 0 ? {} : { revocations: await withOpening(revocations) }) },
    }),
  }
  return fromUtf8(proofBytes(file))
}

interface Logged {
  readonly found: FoundEntry
  readonly logged: LoggedEntry
}

async function readProof(parts: Parts, view: ReadView, entryId: string, request: ProofRequest) {
  const { origin } = parts.log
  const found = await findEntry(view, origin, entryId)
  if (found === undefined) {
    if ((await view.entry(entryId)) === undefined) return undefined
    throw new LogicError('UNAVAILABLE', 'The entry has no place in the log yet.', { details: { id: entryId } })
  }
  const tree = await view.treeState(origin)
  const { size, note } = await chooseCheckpoint(parts, view, found)
  const state: LogState = { origin, size, tiles: tilesOf(view, origin, tree.size) }
  const log = async (one: FoundEntry | undefined): Promise<readonly Logged[]> => (one === undefined || one.leaf.index >= size ? [] : [{ found: one, logged: await toLoggedEntry(view, state, one) }])
  const chain = await credentialChain(view, origin, found)
  const [superseding] = request.supersededBy === undefined ? [] : await log(await findEntry(view, origin, request.supersededBy))
  const subjectRow = request.recordAnchor === true && found.entry.subject !== undefined ? await view.projection(subjectTable, found.entry.subject) : undefined
  return {
    found, state, note, superseding,
    own: await toLoggedEntry(view, state, found),
    credentials: (await Promise.all(chain.map(log))).flat(),
    revocations: (await Promise.all((await revocationsOf(view, origin, [found, ...chain])).map(log))).flat(),
    rows: await finalRows(parts, view, size, request.recordAnchor === true ? entryId : undefined),
    subject: subjectRow === undefined ? undefined : (readRow(subjectRow) as unknown as SubjectRow),
  }
}

/** The newest checkpoint that contains the entry and is final somewhere; else the newest signed one. */
async function chooseCheckpoint(parts: Parts, view: ReadView, { leaf }: FoundEntry): Promise<{ readonly size: number; readonly note: string }> {
  const { origin } = parts.log
  const anchored = await Promise.all(parts.targets.map((target) => readAnchored(view, target.name)))
  const sizes = anchored.flatMap((row) => (row !== undefined && row.size > leaf.index ? [row.size] : [])).sort((a, b) => b - a)
  for (const size of sizes) {
    const checkpoint = await view.checkpoint(origin, size)
    if (checkpoint !== undefined) return checkpoint
  }
  const newest = await view.checkpoint(origin)
  if (newest === undefined || newest.size <= leaf.index) throw new LogicError('UNAVAILABLE', 'No signed checkpoint contains the entry yet.', { details: { id: leaf.id } })
  return newest
}

/** The entries that enrolled the author's key, its issuer's, and so on. */
async function credentialChain(view: ReadView, origin: string, found: FoundEntry): Promise<readonly FoundEntry[]> {
  const chain: FoundEntry[] = []
  let next = found.entry.author.credential
  while (next !== undefined && chain.length < chainMax) {
    const credential = await findEntry(view, origin, next)
    if (credential === undefined) throw new LogicError('CORRUPTION', 'A credential is missing from the log.', { details: { id: next } })
    chain.push(credential)
    next = credential.entry.author.credential
  }
  return chain
}

/** Revocations of keys that signed the entry or one of its credentials, as far as they are known now. */
async function revocationsOf(view: ReadView, origin: string, signed: readonly FoundEntry[]): Promise<readonly FoundEntry[]> {
  const keys = [...new Set(signed.map(({ entry }) => entry.author.key))]
  const rows = await view.projections(keyTable, keys)
  const ids = rows.flatMap((row) => (row === undefined ? [] : ((readRow(row) as unknown as KeyRecord).revokedBy ?? [])))
  return (await Promise.all(ids.map((id) => findEntry(view, origin, id)))).flatMap((found) => found ?? [])
}
