import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowValue, SealedFor } from '../entries/network-definition.ts'
import { delegatedInEntry } from '../hospital/delegation/delegation-entries.ts'
import type { SubjectRow } from '../entries/find-patient.ts'
import { LogicError } from '../logic-error.ts'
import { readPatient } from '../hospital/patient-entries.ts'
import type { ConsentRow, PolicyRow } from '../hospital/tables.ts'
import { CONSENT_MEDIA_TYPE, parseConsentTerms, type Consent, type ConsentTerms } from './consent-terms.ts'

/** Consents of one patient at one custodian that may stand at a time. */
export const consentsMax = 100

/** `consent-given`, signed by the patient: from its commit the grantee may read what the terms say. */
export const consentGiven: EntryType = {
  payload: 'required',
  mediaTypes: [CONSENT_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, opening, author } = accepted
    const sealedFor = await ownPatient(context, accepted)
    const given = new Date(entry.issuedAt)
    const terms = parseConsentTerms(opening?.payload ?? new Uint8Array(), given)
    if (terms.grantee === author.party) throw refused('terms.grantee', 'own', 'You may always read your own records; no consent is needed.')
    const grantee = (await context.row('party', terms.grantee)) as { readonly roles?: readonly string[]; readonly kind?: string } | undefined
    const onlyPatient = grantee?.kind === 'person' && grantee.roles?.every((role) => role === 'patient') === true
    if (grantee === undefined || onlyPatient) throw refused('terms.grantee', 'unknown', 'There is no such organisation, person or system here to share with.')
    const policy = await readPolicy(context, sealedFor)
    const { standing, ended } = sortOut(policy.consents, given)
    if (standing.length >= consentsMax) throw refused('terms', 'too-many', `At most ${consentsMax} consents stand at a time. Withdraw some first.`)
    const { patient, custodian } = sealedFor
    const row: ConsentRow = { terms, given: entry.issuedAt }
    return [
      { table: 'policy', key: patient, value: { ...policy, consents: [...standing, { id: entry.id, terms }] } as unknown as RowValue, sealedFor },
      { table: 'consent', key: entry.id, value: row as unknown as RowValue, sealedFor, indexes: { patient }, insert: true },
      { table: 'share', key: `${patient}/${entry.id}`, value: { patient, consent: entry.id, custodian }, indexes: { grantee: terms.grantee, patient, ...(terms.direct ? { ends: endsOn(terms) } : {}) }, insert: true },
      ...ended.map((consent) => shareRemoved(patient, consent.id)),
      ...(await nextEpoch(context, entry.subject as string, ended)),
    ]
  },
}

/**
 * `consent-withdrawn`, signed by the patient, `replaces` the consent's entry: from its commit nothing is read under that consent. If the
 * consent handed out epoch keys, the next epoch begins, and only those whose consent stands get its key.
 */
export const consentWithdrawn: EntryType = {
  payload: 'none',
  subject: true,
  async project(context, accepted) {
    const { entry } = accepted
    const sealedFor = await ownPatient(context, accepted)
    const { patient } = sealedFor
    const consent = entry.replaces === undefined ? undefined : await readConsent(context, entry.replaces, sealedFor)
    if (consent === undefined || entry.replaces === undefined) throw refused('replaces', 'unknown', 'There is no such consent of yours here.')
    if (consent.withdrawnBy !== undefined) throw refused('replaces', 'withdrawn', 'This consent has been withdrawn before.')
    const policy = await readPolicy(context, sealedFor)
    const left = policy.consents.filter((each) => each.id !== entry.replaces)
    const { standing, ended } = sortOut(left, new Date(entry.issuedAt))
    const row: ConsentRow = { ...consent, withdrawnBy: entry.id }
    // One that ended before and was sorted out then has had its epoch closed already.
    const taken = policy.consents.filter((each) => each.id === entry.replaces)
    return [
      { table: 'policy', key: patient, value: { ...policy, consents: standing } as unknown as RowValue, sealedFor },
      { table: 'consent', key: entry.replaces, value: row as unknown as RowValue, sealedFor, indexes: { patient } },
      ...[...taken, ...ended].map((each) => shareRemoved(patient, each.id)),
      ...(await nextEpoch(context, entry.subject as string, [...taken, ...ended])),
    ]
  },
}

/**
 * `consent-ended`, written by the platform's or custodian's system after consents have ended by themselves: takes them out of the policy and
 * begins the next epoch where one of them had handed out epoch keys. Reading ended with their instant; this closes the ledger too.
 */
export const consentEnded: EntryType = {
  payload: 'none',
  subject: true,
  async project(context, accepted) {
    const { entry, author } = accepted
    const ours = author.kind === 'system' && (author.organisation === undefined || author.organisation === entry.custodian)
    if (!ours) throw new LogicError('NOT_ALLOWED', 'Entries of this type are written by systems.', { details: { id: entry.id } })
    const { custodian, patient } = await readPatient(context, accepted)
    const sealedFor: SealedFor = { custodian, patient }
    const policy = await readPolicy(context, sealedFor)
    const { standing, ended } = sortOut(policy.consents, new Date(entry.issuedAt))
    if (ended.length === 0) throw refused('subject', 'nothing-ended', 'No consent of this subject has ended.')
    return [
      { table: 'policy', key: patient, value: { ...policy, consents: standing } as unknown as RowValue, sealedFor },
      ...ended.map((consent) => shareRemoved(patient, consent.id)),
      ...(await nextEpoch(context, entry.subject as string, ended)),
    ]
  },
}

/** The day (UTC) on which a consent ends, to find it by then. */
export function endsOn(terms: Pick<ConsentTerms, 'expires'>): string {
  return terms.expires.slice(0, 10)
}

/** Whose consent it is: the signer must be the person this patient is, or act for them in this. Errors: NOT_ALLOWED. */
async function ownPatient(context: ProjectContext, accepted: AcceptedEntry): Promise<SealedFor> {
  const row = await readPatient(context, accepted)
  const sealedFor: SealedFor = { custodian: row.custodian, patient: row.patient }
  if (row.party !== accepted.author.party && !(await delegatedInEntry(context, accepted, sealedFor, 'consent'))) throw new LogicError('NOT_ALLOWED', 'Only the patient, or who acts for them, gives and withdraws consent.', { details: { id: accepted.entry.id } })
  return sealedFor
}

async function readPolicy(context: ProjectContext, sealedFor: SealedFor): Promise<PolicyRow> {
  return ((await context.row('policy', sealedFor.patient, sealedFor)) ?? { consents: [] }) as unknown as PolicyRow
}

/** Another patient's consent does not open under these keys: for this patient it does not exist. */
async function readConsent(context: ProjectContext, id: string, sealedFor: SealedFor): Promise<ConsentRow | undefined> {
  try {
    return (await context.row('consent', id, sealedFor)) as unknown as ConsentRow | undefined
  } catch (error) {
    if (error instanceof LogicError && error.code === 'CORRUPTION') return undefined
    throw error
  }
}

/** Consents that still stand at `now`, and those that have ended by themselves. */
function sortOut(consents: readonly Consent[], now: Date): { readonly standing: readonly Consent[]; readonly ended: readonly Consent[] } {
  const stands = (consent: Consent): boolean => Date.parse(consent.terms.expires) > now.getTime()
  return { standing: consents.filter(stands), ended: consents.filter((consent) => !stands(consent)) }
}

/** The next epoch of the subject's ledger keys, where one of the consents that ended had handed the present one out. */
async function nextEpoch(context: ProjectContext, subject: string, ended: readonly Consent[]): Promise<readonly RowChange[]> {
  if (!ended.some((consent) => consent.terms.direct)) return []
  const row = (await context.row('subject', subject)) as unknown as SubjectRow
  return [{ table: 'subject', key: subject, value: { ...row, epoch: row.epoch + 1 } as unknown as RowValue }]
}

function shareRemoved(patient: string, consent: string): RowChange {
  return { table: 'share', key: `${patient}/${consent}`, value: null }
}

function refused(path: string, code: string, message: string): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { details: { problems: [{ path, code, message }] } })
}
