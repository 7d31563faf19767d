import type { AcceptedEntry, EntryType, SealedFor } from '../../entries/network-definition.ts'
import { readPatient } from '../../hospital/patient-entries.ts'
import type { ConsentRow } from '../../hospital/tables.ts'
import { LogicError } from '../../logic-error.ts'
import { checkGrantee, consentChange, consentsMax, nextEpoch, passingRoles, policyChange, readPolicy, refused, shareAdded, shareRemoved, sortOut } from '../consent-entries.ts'
import type { Consent } from '../consent-terms.ts'
import { holdsFor } from '../covers.ts'
import { narrowedTerms, parsePassedOn, PASSED_ON_MEDIA_TYPE } from './passed-on.ts'

/**
 * `consent-passed-on`, signed by the grantee of a consent that allows it (the organisation, or a doctor or records clerk of it): somebody named may read
 * within that consent, for no longer. It is a consent of its own, which the patient sees and ends like any other; when the one it comes from is
 * withdrawn or over, so is this. It is not passed on further.
 */
export const consentPassedOn: EntryType = {
  payload: 'required',
  mediaTypes: [PASSED_ON_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, author, opening } = accepted
    const { custodian, patient, party: self } = await readPatient(context, accepted)
    const sealedFor: SealedFor = { custodian, patient }
    const given = new Date(entry.issuedAt)
    const passed = parsePassedOn(opening?.payload)
    const policy = await readPolicy(context, sealedFor)
    const { standing, ended } = sortOut(policy.consents, given)
    const parent = standing.find(({ id }) => id === passed.consent)
    if (parent === undefined || !mayPassOn(author, parent, given)) throw new LogicError('NOT_ALLOWED', 'There is no consent that the author may pass on.', { details: { id: entry.id } })
    const terms = narrowedTerms(parent.terms, passed, given)
    await checkGrantee(context, terms.grantee)
    if ([self, parent.terms.grantee, author.party, author.organisation].includes(terms.grantee)) throw refused('terms.grantee', 'own', 'It is passed on to somebody who has it already.')
    if (standing.length >= consentsMax) throw refused('terms', 'too-many', `At most ${consentsMax} consents stand at a time.`)
    const row: ConsentRow = { terms, given: entry.issuedAt, passedOn: { consent: parent.id, party: author.party, ...(author.organisation === undefined ? {} : { organisation: author.organisation }) } }
    return [
      policyChange(sealedFor, { ...policy, consents: [...standing, { id: entry.id, terms, under: parent.id }] }),
      { ...consentChange(sealedFor, entry.id, row), insert: true },
      shareAdded(sealedFor, entry.id, terms),
      ...ended.map((one) => shareRemoved(patient, one.id)),
      ...(await nextEpoch(context, entry.subject as string, ended)),
    ]
  },
}

function mayPassOn(author: AcceptedEntry['author'], { terms, under }: Consent, now: Date): boolean {
  if (terms.passOn !== true || under !== undefined || author.kind === 'system') return false
  const self = author.party === terms.grantee || author.roles.some((role) => passingRoles.includes(role))
  return self && holdsFor({ terms }, author, terms.purpose, now)
}
