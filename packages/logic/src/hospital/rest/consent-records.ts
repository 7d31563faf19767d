import { scopesReach } from '@careledger/identity'
import { parseEntry, utf8 } from '@careledger/proof'
import type { Consent } from '../../consent/consent-terms.ts'
import { toFhirConsent } from '../../consent/fhir/to-fhir-consent.ts'
import { isConsented, type Grounds } from '../../decisions/authorize.ts'
import { holdsUntil } from '../../decisions/recorded-view.ts'
import { openRowWith } from '../../entries/rows.ts'
import type { Json } from '../../fhir/read-values.ts'
import type { Parts } from '../../parts.ts'
import type { ConsentRow, RecordRow } from '../tables.ts'
import type { AddressedRecord, OpenedRecord } from './addressed-record.ts'

export const CONSENT = 'Consent'

/** Most consents of one patient that are looked at. */
const consentsMax = 1000

/**
 * The consents that a patient has given here, as FHIR Consents: the first version as it was given, a second one where it was withdrawn. Newest first. They
 * are seen by the patient, by who acts for them in this, by the custodian's records clerks, and by a grantee as far as they hold for it now.
 */
export async function consentRecords(parts: Pick<Parts, 'now'>, grounds: Grounds): Promise<readonly OpenedRecord[]> {
  const { view, patient, custodian, keys, rule, scopes, action = 'r' } = grounds
  if (!scopesReach(scopes, { type: CONSENT, action, self: rule === 'self' })) return []
  const seen = whoSees(grounds)
  if (seen === 'none') return []
  const { rows } = await view.find({ table: 'consent', index: 'patient', equals: patient, limit: consentsMax, newestFirst: true })
  const found = rows.flatMap((projection) => {
    const row = seen !== 'all' && !seen.has(projection.key) ? undefined : (openRowWith(keys, projection) as unknown as ConsentRow | undefined)
    return row === undefined ? [] : [{ id: projection.key, row, consent: seen === 'all' ? undefined : seen.get(projection.key) }]
  })
  const ends = await withdrawals(grounds, found.map(({ row }) => row))
  const now = parts.now().getTime()
  // With the next term that is over the text is another.
  holdsUntil(view, Math.min(...found.map(({ row }) => Date.parse(row.terms.expires)).filter((end) => end > now)))
  const versions = found.flatMap(({ id, row, consent }): readonly OpenedRecord[] => {
    const { terms, given, withdrawnBy } = row
    const expired = Date.parse(terms.expires) <= now
    const made = (version: string, state: 'active' | 'expired' | 'withdrawn', times: Pick<RecordRow, 'recordedAt' | 'replaces' | 'replacedBy'>): OpenedRecord => {
      const value = toFhirConsent({ id, given, custodian, patient, state }, terms)
      const text = JSON.stringify(value)
      const shown: AddressedRecord = { id: version, first: id, address: { type: CONSENT, id }, consent, changing: withdrawnBy === undefined, row: { type: CONSENT, title: CONSENT, fhirId: id, date: given, status: String(value['status']), mediaType: 'application/fhir+json', content: '', author: custodian, ...times } }
      return { ...shown, text, value: value as Json, bytes: utf8(text) }
    }
    const first = made(id, expired && withdrawnBy === undefined ? 'expired' : 'active', { recordedAt: given, ...(withdrawnBy === undefined ? {} : { replacedBy: withdrawnBy }) })
    return withdrawnBy === undefined ? [first] : [made(withdrawnBy, 'withdrawn', { recordedAt: ends.get(withdrawnBy) ?? given, replaces: id }), first]
  })
  return versions.sort((a, b) => (a.id < b.id ? 1 : -1))
}

/** `all`, `none`, or those that hold for who asks. */
function whoSees({ rule, delegated, consents, reader }: Grounds): 'all' | 'none' | ReadonlyMap<string, Consent> {
  if (isConsented({ rule })) return new Map(consents.flatMap((consent) => (consent.emergency === true ? [] : [[consent.id, consent] as const])))
  if (rule === 'self') return 'all'
  if (rule === 'delegate') return delegated?.includes('consent') === true ? 'all' : 'none'
  return rule === 'custodian-staff' && reader.roles.includes('records-clerk') ? 'all' : 'none'
}

/** When each was withdrawn, by the entry that did. */
async function withdrawals({ view }: Grounds, rows: readonly ConsentRow[]): Promise<ReadonlyMap<string, string>> {
  const ids = rows.flatMap(({ withdrawnBy }) => withdrawnBy ?? [])
  const entries = ids.length === 0 ? [] : await view.entries(ids)
  return new Map(entries.flatMap((stored) => (stored === undefined ? [] : [parseEntry(stored.canonical)])).map(({ id, issuedAt }) => [id, issuedAt]))
}
