import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowValue } from '../entries/network-definition.ts'
import { ownTokens, patientTokens } from '../fhir/search-tokens.ts'
import type { PatientFacts } from '../fhir/patient-facts.ts'
import { LogicError } from '../logic-error.ts'
import { orderDone, orderTable, type ErasureOrderRow } from './erasure/erasure-rows.ts'
import { LINK_MEDIA_TYPE, parseCertificate, parseLink, parseRegistration, PATIENT_MEDIA_TYPE } from './payloads.ts'
import { HOSPITAL, writesFor, type PatientRow } from './tables.ts'

/** `patient-registered`: a patient of a custodian, with the identifiers it is known by there. Brings in the subject. */
export const patientRegistered: EntryType = {
  payload: 'required',
  mediaTypes: [PATIENT_MEDIA_TYPE],
  subject: true,
  introduces: ({ opening }) => parseRegistration(opening?.payload).patient,
  async project(context, { entry, opening, author }) {
    if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
    const { patient, identifiers } = parseRegistration(opening?.payload)
    const { custodian } = entry
    const subject = entry.subject as string
    const keys = await context.organisation(custodian)
    const tokens = patientTokens(keys, { identifiers, families: [], phones: [] })
    const row: PatientRow = { patient, subject, network: HOSPITAL, custodian, registered: entry.id, identifiers, tokens, references: [] }
    return [
      { ...patientChange(row), insert: true },
      { table: 'subject', key: subject, value: { patient, custodian, network: HOSPITAL, epoch: 0 }, insert: true },
      { table: 'policy', key: patient, value: { consents: [] }, sealedFor: { custodian, patient }, insert: true },
      ...tokens.map((token) => tokenChange(token, row)),
      ...ownTokens(keys, identifiers).map((token): RowChange => ({ ...identifierChange(token, row), insert: true })),
    ]
  },
}

/** `patient-linked`: the custodian says which person this patient is. Once said, it stays. */
export const patientLinked: EntryType = {
  payload: 'required',
  mediaTypes: [LINK_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, opening, author } = accepted
    if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
    const { patient, party } = parseLink(opening?.payload)
    if (patient !== accepted.patient) throw new LogicError('INPUT_MALFORMED', 'The payload names another patient than the subject.', { details: { id: entry.id } })
    const person = (await context.row('party', party)) as { readonly kind?: string; readonly roles?: readonly string[] } | undefined
    if (person?.kind !== 'person' || person.roles?.includes('patient') !== true) throw new LogicError('INPUT_MALFORMED', 'The party is no patient enrolled here.', { details: { id: entry.id } })
    const row = await readPatient(context, accepted)
    if (row.party !== undefined && row.party !== party) throw new LogicError('ENTRY_CONFLICT', 'The patient is linked to another person.', { details: { id: entry.id } })
    return [patientChange({ ...row, party })]
  },
}

/**
 * `subject-erased`: the custodian's certificate that the patient's keys are gone, signed by its own system (or the platform's) on the order
 * of two of its people. It stands under the organisation's key; the rows that
 * held the patient's data were deleted before, so it only says of the subject that it is erased, and leads to nobody.
 */
export const subjectErased: EntryType = {
  payload: 'required',
  subject: true,
  sealUnder: 'organisation',
  async project(context, { entry, opening, author }) {
    const certificate = parseCertificate(opening?.payload)
    const subject = entry.subject as string
    const order = (await context.row(orderTable, subject)) as unknown as ErasureOrderRow | undefined
    // v 1 is from before orders: the custodian's own people signed it. No operation takes it any more.
    const allowed = certificate.v === 1
      ? author.party === entry.custodian || (author.organisation === entry.custodian && author.roles.some((role) => role === 'admin' || role === 'records-clerk'))
      : author.kind === 'system' && (author.organisation === undefined || author.organisation === entry.custodian) && order?.custodian === entry.custodian && order.approval === certificate.order.approved && order.certificate === undefined
    if (!allowed) throw notTheirs(entry.id)
    return [
      { table: 'subject', key: subject, value: { custodian: entry.custodian, network: entry.network, epoch: 0, erased: entry.id } },
      ...(order === undefined ? [] : [orderDone(subject, order, { id: entry.id, at: entry.issuedAt })]),
    ]
  },
}

/** The patient row of an entry's subject. Errors: NOT_ALLOWED where there is none. */
export async function readPatient(context: ProjectContext, { entry, patient }: Pick<AcceptedEntry, 'entry' | 'patient'>): Promise<PatientRow> {
  if (patient === undefined) throw new LogicError('NOT_ALLOWED', 'There is no such subject here.', { details: { id: entry.id } })
  const row = await context.row('patient', patient, { custodian: entry.custodian, patient })
  if (row === undefined) throw new LogicError('NOT_ALLOWED', 'There is no such subject here.', { details: { id: entry.id } })
  return row as unknown as PatientRow
}

/** What a new Patient resource changes: the banner, the tokens it is found by, and how resources refer to it. */
export async function patientUpdate(context: ProjectContext, row: PatientRow, facts: PatientFacts, fhirId: string | undefined): Promise<readonly RowChange[]> {
  const keys = await context.organisation(row.custodian)
  const { name, birthDate, gender, localNumber } = facts
  const registered = patientTokens(keys, { identifiers: row.identifiers, families: [], phones: [] })
  const tokens = [...new Set([...registered, ...patientTokens(keys, facts)])]
  const named = fhirId === undefined ? [] : [`Patient/${fhirId}`, `urn:uuid:${fhirId}`]
  const next: PatientRow = { ...row, banner: { name, birthDate, gender, localNumber }, tokens, references: [...new Set([...row.references, ...named])].slice(-referencesMax) }
  return [
    patientChange(next),
    ...tokens.filter((token) => !row.tokens.includes(token)).map((token) => tokenChange(token, row)),
    ...row.tokens.filter((token) => !tokens.includes(token)).map((token): RowChange => ({ table: 'patient-token', key: `${token}/${row.patient}`, value: null })),
    ...(await newIdentifiers(context, row, ownTokens(keys, facts.identifiers))),
  ]
}

/** Identifiers that nobody has yet become this patient's. Errors: ENTRY_CONFLICT for one that is another patient's. */
async function newIdentifiers(context: ProjectContext, row: PatientRow, tokens: readonly string[]): Promise<readonly RowChange[]> {
  const changes: RowChange[] = []
  for (const token of tokens) {
    const owner = (await context.row('patient-identifier', token)) as { readonly patient: string } | undefined
    if (owner === undefined) changes.push(identifierChange(token, row))
    else if (owner.patient !== row.patient) throw new LogicError('ENTRY_CONFLICT', 'An identifier in the Patient resource is another patient\'s here.')
  }
  return changes
}

/** Ways to refer to one patient that are remembered: the newest. */
const referencesMax = 40

function patientChange(row: PatientRow): RowChange {
  const { custodian, patient, party } = row
  return { table: 'patient', key: patient, value: row as unknown as RowValue, sealedFor: { custodian, patient }, indexes: { custodian, ...(party === undefined ? {} : { party }) } }
}

function tokenChange(token: string, { patient, custodian }: PatientRow): RowChange {
  return { table: 'patient-token', key: `${token}/${patient}`, value: { patient, custodian }, indexes: { token, patient }, insert: true }
}

function identifierChange(token: string, { patient, custodian }: PatientRow): RowChange {
  return { table: 'patient-identifier', key: token, value: { patient, custodian }, indexes: { patient } }
}

export function notTheirs(id: string): LogicError {
  return new LogicError('NOT_ALLOWED', 'Entries of this type are written by the custodian\'s own people.', { details: { id } })
}
