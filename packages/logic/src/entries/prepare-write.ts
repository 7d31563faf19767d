import type { Guard, ReadView, StoredEntry, Write } from '@careledger/data-spec'
import { concat, fromBase64url, newEntryId } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { checkAuthor } from './check-author.ts'
import { findPatient } from './find-patient.ts'
import { createProjector, type Projector, type RowSource } from './projector.ts'
import type { ReadEntry } from './read-signed-entry.ts'
import { openRow, readRow } from './rows.ts'
import { inlineBytesMax, sealPayload } from './seal-payload.ts'
import type { AcceptOptions } from './signed-entry.ts'
import { createSignatureVerifier } from './verify-signatures.ts'

/** One Write and the documents that must be stored before it. */
export interface PreparedWrite {
  readonly write: Write
  readonly documents: readonly { readonly id: string; readonly bytes: Uint8Array }[]
}

/**
 * Checks each entry's author and signature, runs its projection and seals its payload, in order: an entry sees the rows of those before it.
 * Errors: KEY_UNKNOWN, KEY_REVOKED, SIGNATURE_INVALID, NOT_ALLOWED, whatever `project` refuses with, and STALE when a guard of the caller
 * is already older than what was read here.
 */
export async function prepareWrite(parts: Parts, reads: readonly ReadEntry[], source: RowSource, options: Pick<AcceptOptions, 'guards' | 'claims' | 'decisions'>): Promise<PreparedWrite> {
  const projector = createProjector(parts, source)
  const verifier = createSignatureVerifier()
  const entries: StoredEntry[] = []
  const documents: { readonly id: string; readonly bytes: Uint8Array }[] = []
  for (const read of reads) {
    const { entry, type, opening, streamed } = read
    const author = await checkAuthor(projector, read)
    verifier.verify(read, author.jwk)
    const patient = await findPatient(parts, projector, type, read)
    if (streamed !== undefined && streamed.patient !== patient) throw new LogicError('NOT_ALLOWED', 'The payload is sealed for another subject.', { details: { id: entry.id } })
    await projector.add(type, { entry, opening, streamed: streamed?.opening, author, patient })
    const sealed = opening === undefined ? undefined : await sealFor(projector, read, patient)
    const documentId = sealed !== undefined && sealed.body.length > inlineBytesMax ? newEntryId(parts.now()) : undefined
    if (sealed !== undefined && documentId !== undefined) documents.push({ id: documentId, bytes: sealed.body })
    entries.push({
      id: entry.id, entryHash: read.entryHash, signatureHash: read.signatureHash, canonical: read.canonical, signature: read.signatureBytes, network: entry.network, chain: read.chain,
      commitment: entry.payload === undefined ? undefined : fromBase64url(entry.payload),
      sealed: sealed === undefined ? streamed?.sealed : documentId === undefined ? concat(sealed.head, sealed.body) : sealed.head,
      documentId: streamed?.documentId ?? documentId,
    })
  }
  const { projections, guards } = await projector.result()
  return { write: { entries, projections, guards: joinGuards(options.guards ?? [], guards, projections), claims: options.claims, decisions: options.decisions }, documents }
}

async function sealFor({ keys }: Projector, { entry, type, opening }: ReadEntry, patient: string | undefined) {
  const owner = type.sealUnder === 'organisation' ? undefined : patient
  if (opening === undefined) throw new LogicError('NOT_ALLOWED', 'There are no keys for this subject.', { details: { id: entry.id } })
  return sealPayload(entry, opening, await (owner === undefined ? keys.organisation(entry.custodian) : keys.patient({ custodian: entry.custodian, patient: owner })), owner)
}

/** The caller's guards and ours; one row is guarded once. Two versions of one row: the caller decided on an older one. */
function joinGuards(callers: readonly Guard[], ours: readonly Guard[], projections: NonNullable<Write['projections']>): readonly Guard[] {
  const nameOf = ({ table, key }: { readonly table: string; readonly key: string }): string => `${table}\0${key}`
  const seen = new Map<string, number | undefined>([
    ...ours.map((guard) => [nameOf(guard), guard.version] as const),
    ...projections.flatMap((row) => (row.expected === 'any' ? [] : [[nameOf(row), row.expected] as const])),
  ])
  const added: Guard[] = []
  for (const guard of callers) {
    if (!seen.has(nameOf(guard))) added.push(guard)
    else if (seen.get(nameOf(guard)) !== guard.version) throw new LogicError('STALE', 'What this decision rests on has changed.', { details: { table: guard.table } })
  }
  return [...added, ...ours]
}

/** Rows from memory where a plain one is known, from the snapshot otherwise. */
export function rowSource(parts: Parts, view: () => Promise<ReadView>): RowSource {
  return async (table, key, sealedFor) => {
    const row = sealedFor === undefined ? await parts.knownRows.read(view, table, key) : await (await view()).projection(table, key)
    if (row === undefined) return undefined
    return { version: row.version, indexes: row.indexes, value: sealedFor === undefined ? readRow(row) : await openRow(parts, row, sealedFor) }
  }
}
