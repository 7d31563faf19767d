import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowValue, SealedFor } from '../entries/network-definition.ts'
import { delegatedInEntry } from '../hospital/delegation/delegation-entries.ts'
import type { SubjectRow } from '../entries/find-patient.ts'
import { LogicError } from '../logic-error.ts'
import { readPatient } from '../hospital/patient-entries.ts'
import type { ActedBy, ConsentRow, PolicyRow } from '../hospital/tables.ts'
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
    const { sealedFor, actedBy } = await ownPatient(context, accepted)
    const given = new Date(entry.issuedAt)
    const terms = parseConsentTerms(opening?.payload ?? new Uint8Array(), given)
    if (terms.grantee === author.party) throw refused('terms.grantee', 'own', 'You may always read your own records; no consent is needed.')
    await checkGrantee(context, terms.grantee)
    const policy = await readPolicy(context, sealedFor)
    const { standing, ended } = sortOut(policy.consents, given)
    if (standing.length >= consentsMax) throw refused('terms', 'too-many', `At most ${consentsMax} consents stand at a time. Withdraw some first.`)
    const { patient } = sealedFor
    const row: ConsentRow = { terms, given: entry.issuedAt, ...(actedBy === undefined ? {} : { actedBy }) }
    return [
      policyChange(sealedFor, { ...policy, consents: [...standing, { id: entry.id, terms }] }),
      { ...consentChange(sealedFor, entry.id, row), insert: true },
      shareAdded(sealedFor, entry.id, terms),
      ...ended.map((consent) => shareRemoved(patient, consent.id)),
      ...(await nextEpoch(context, entry.subject as string, ended)),
    ]
  },
}

/**
 * `consent-withdrawn`, signed by the patient, `replaces` the consent's entry: from its commit nothing is read under that consent, nor under what its
 * grantee passed on of it. Who passed a consent on may take that one back. If the consent handed out epoch keys, the next epoch begins, and only
 * those whose consent stands get its key.
 */
export const consentWithdrawn: EntryType = {
  payload: 'none',
  subject: true,
  async project(context, accepted) {
    const { entry, author } = accepted
    const { custodian, patient } = await readPatient(context, accepted)
    const sealedFor: SealedFor = { custodian, patient }
    const consent = entry.replaces === undefined ? undefined : await readConsent(context, entry.replaces, sealedFor)
    const { actedBy } = isPasser(author, consent) ? {} : await ownPatient(context, accepted)
    if (consent === undefined || entry.replaces === undefined) throw refused('replaces', 'unknown', 'There is no such consent of yours here.')
    if (consent.withdrawnBy !== undefined) throw refused('replaces', 'withdrawn', 'This consent has been withdrawn before.')
    const policy = await readPolicy(context, sealedFor)
    // One that ended before and was sorted out then has had its epoch closed already.
    const taken = policy.consents.filter((each) => each.id === entry.replaces || each.under === entry.replaces)
    const { standing, ended } = sortOut(policy.consents.filter((each) => !taken.includes(each)), new Date(entry.issuedAt))
    const withdrawn = { withdrawnBy: entry.id, ...(actedBy === undefined ? {} : { withdrawnActedBy: actedBy }) }
    const passed = await Promise.all(taken.filter(({ id }) => id !== entry.replaces).map(async ({ id }) => consentChange(sealedFor, id, { ...((await readConsent(context, id, sealedFor)) as ConsentRow), ...withdrawn })))
    return [
      policyChange(sealedFor, { ...policy, consents: standing }),
      consentChange(sealedFor, entry.replaces, { ...consent, ...withdrawn }),
      ...passed,
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
      policyChange(sealedFor, { ...policy, consents: standing }),
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
async function ownPatient(context: ProjectContext, accepted: AcceptedEntry): Promise<{ readonly sealedFor: SealedFor; readonly actedBy?: ActedBy | undefined }> {
  const row = await readPatient(context, accepted)
  const sealedFor: SealedFor = { custodian: row.custodian, patient: row.patient }
  if (row.party === accepted.author.party) return { sealedFor }
  const actedBy = await delegatedInEntry(context, accepted, sealedFor, 'consent')
  if (actedBy === undefined) throw new LogicError('NOT_ALLOWED', 'Only the patient, or who acts for them, gives and withdraws consent.', { details: { id: accepted.entry.id } })
  return { sealedFor, actedBy }
}

/** Whether the author is who passed this consent on, or works there in the same way. */
function isPasser({ party, organisation, roles }: AcceptedEntry['author'], consent: ConsentRow | undefined): boolean {
  const passed = consent?.passedOn
  if (passed === undefined) return false
  return passed.party === party || (passed.organisation !== undefined && (passed.organisation === party || (passed.organisation === organisation && roles.some((role) => passingRoles.includes(role)))))
}

/** People of an organisation who pass its consents on, and take that back. */
export const passingRoles: readonly string[] = ['doctor', 'records-clerk']

/** Errors: INPUT_MALFORMED for somebody unknown, and for a person who is a patient and nothing else. */
export async function checkGrantee(context: ProjectContext, party: string): Promise<void> {
  const grantee = (await context.row('party', party)) as { readonly roles?: readonly string[]; readonly kind?: string } | undefined
  const onlyPatient = grantee?.kind === 'person' && grantee.roles?.every((role) => role === 'patient') === true
  if (grantee === undefined || onlyPatient) throw refused('terms.grantee', 'unknown', 'There is no such organisation, person or system here to share with.')
}

export function policyChange(sealedFor: SealedFor, policy: PolicyRow): RowChange {
  return { table: 'policy', key: sealedFor.patient, value: policy as unknown as RowValue, sealedFor }
}

export function consentChange(sealedFor: SealedFor, id: string, row: ConsentRow): RowChange {
  return { table: 'consent', key: id, value: row as unknown as RowValue, sealedFor, indexes: { patient: sealedFor.patient } }
}

export function shareAdded({ patient, custodian }: SealedFor, consent: string, terms: ConsentTerms): RowChange {
  return { table: 'share', key: `${patient}/${consent}`, value: { patient, consent, custodian }, indexes: { grantee: terms.grantee, patient, ...(terms.direct ? { ends: endsOn(terms) } : {}) }, insert: true }
}

export async function readPolicy(context: ProjectContext, sealedFor: SealedFor): Promise<PolicyRow> {
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
export function sortOut(consents: readonly Consent[], now: Date): { readonly standing: readonly Consent[]; readonly ended: readonly Consent[] } {
  const stands = (consent: Consent): boolean => Date.parse(consent.terms.expires) > now.getTime()
  return { standing: consents.filter(stands), ended: consents.filter((consent) => !stands(consent)) }
}

/** The next epoch of the subject's ledger keys, where one of the consents that ended had handed the present one out. */
export async function nextEpoch(context: ProjectContext, subject: string, ended: readonly Consent[]): Promise<readonly RowChange[]> {
  if (!ended.some((consent) => consent.terms.direct)) return []
  const row = (await context.row('subject', subject)) as unknown as SubjectRow
  return [{ table: 'subject', key: subject, value: { ...row, epoch: row.epoch + 1 } as unknown as RowValue }]
}

export function shareRemoved(patient: string, consent: string): RowChange {
  return { table: 'share', key: `${patient}/${consent}`, value: null }
}

export function refused(path: string, code: string, message: string): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { details: { problems: [{ path, code, message }] } })
}
