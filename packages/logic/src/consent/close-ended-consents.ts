import type { Projection } from '@careledger/data-spec'
import { entryBytes, instantText, newEntryId, signEntry, type Entry } from '@careledger/proof'
import { acceptEntries } from '../entries/accept-entries.ts'
import { openRow } from '../entries/rows.ts'
import { HOSPITAL, type PatientRow, type PolicyRow } from '../hospital/tables.ts'
import { isLogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { endsOn } from './consent-entries.ts'

const dayMs = 86_400_000

/**
 * Writes `consent-ended` for every subject with a direct consent that has ended by itself, so that what its grantee can list on a ledger
 * ends too. Looks at the days that ended within `daysBack` (default 31); run it every few minutes, from one process or from several.
 * Gives the number of subjects whose epoch went on. Errors: those of `acceptEntries`; what was closed stays closed.
 */
export async function closeEndedConsents(parts: Parts, options: { readonly daysBack?: number | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<number> {
  let closed = 0
  const seen = new Set<string>()
  for (let back = options.daysBack ?? 31; back >= 0; back--) {
    const day = endsOn({ expires: instantText(new Date(parts.now().getTime() - back * dayMs)) })
    for await (const share of sharesEnding(parts, day)) {
      options.signal?.throwIfAborted()
      const patient = share.indexes['patient'] as string
      if (seen.has(patient)) continue
      const ended = await endedSubject(parts, patient)
      if (ended === undefined) continue
      seen.add(patient)
      if (await close(parts, ended)) closed++
    }
  }
  return closed
}

async function* sharesEnding(parts: Parts, day: string): AsyncGenerator<Projection> {
  let after: string | undefined
  do {
    const page = await parts.store.read((view) => view.find({ table: 'share', index: 'ends', equals: day, after, limit: 200 }))
    yield* page.rows
    after = page.next
  } while (after !== undefined)
}

/** Where the subject's entries go; `undefined` while none of its consents has ended, or once it is erased. */
async function endedSubject(parts: Parts, patient: string): Promise<{ readonly subject: string; readonly custodian: string } | undefined> {
  return parts.store.read(async (view) => {
    const [patientRow, policyRow] = await Promise.all([view.projection('patient', patient), view.projection('policy', patient)])
    const custodian = patientRow?.indexes['custodian']
    if (patientRow === undefined || policyRow === undefined || custodian === undefined) return undefined
    const [row, policy] = await Promise.all([openRow(parts, patientRow, { custodian, patient }), openRow(parts, policyRow, { custodian, patient })]) as unknown as readonly [PatientRow | undefined, PolicyRow | undefined]
    const ended = policy?.consents.some(({ terms }) => terms.direct && Date.parse(terms.expires) <= parts.now().getTime())
    return row === undefined || ended !== true ? undefined : { subject: row.subject, custodian }
  })
}

/** `false`: another process was quicker. */
async function close(parts: Parts, { subject, custodian }: { readonly subject: string; readonly custodian: string }): Promise<boolean> {
  const { signer, author } = parts.system
  const now = parts.now()
  const entry: Entry = { v: 1, id: newEntryId(now), network: HOSPITAL, type: 'consent-ended', subject, custodian, issuedAt: instantText(now), author }
  try {
    await acceptEntries(parts, [{ entry: entryBytes(entry), signature: await signEntry(entry, signer) }], { actor: author })
    return true
  } catch (error) {
    if (isLogicError(error, 'INPUT_MALFORMED') || isLogicError(error, 'STALE') || isLogicError(error, 'NOT_ALLOWED')) return false
    throw error
  }
}
