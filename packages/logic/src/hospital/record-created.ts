import { nodeValue, readJson, sha256, toBase64url, type JsonNode } from '@careledger/proof'
import type { Patient } from '@medplum/fhirtypes'
import { subjectTable, type SubjectRow } from '../entries/find-patient.ts'
import type { AcceptedEntry, EntryType, ProjectContext, RowChange, RowMark, RowValue } from '../entries/network-definition.ts'
import { sensitivitiesOf } from '../consent/sensitivity/classify.ts'
import { chartFacts } from '../fhir/chart-facts.ts'
import { describeResource } from '../fhir/describe-resource.ts'
import { patientFacts } from '../fhir/patient-facts.ts'
import { LogicError } from '../logic-error.ts'
import { notTheirs, patientUpdate, readPatient } from './patient-entries.ts'
import { FHIR_MEDIA_TYPE } from './payloads.ts'
import { chartMarkTable, recordAddressField, recordContentField, recordTypeField, writesFor, type RecordRow } from './tables.ts'

/**
 * `record-created`: one FHIR resource of a patient, its payload the exact bytes received. With `replaces` it amends a record of the same
 * type of the same patient, which stays readable and says what replaced it. Whether the resource is valid FHIR is checked before it is
 * accepted, not here: rows are made again from entries that were valid when they came.
 */
export const recordCreated: EntryType = {
  payload: 'required',
  mediaTypes: [FHIR_MEDIA_TYPE],
  subject: true,
  async project(context, accepted) {
    const { entry, opening, author, patient } = accepted
    if (!writesFor(author, entry.custodian)) throw notTheirs(entry.id)
    // Read when the patient was looked up: no further row on the way of every record.
    const subject = (await context.row(subjectTable, entry.subject as string)) as unknown as SubjectRow | undefined
    if (subject?.moved !== undefined) throw new LogicError('NOT_ALLOWED', 'The record is kept by another custodian now. Write it there.', { details: { id: entry.id } })
    if (opening === undefined || patient === undefined) throw new LogicError('INPUT_MALFORMED', 'A record has a payload and a subject.', { details: { id: entry.id } })
    const { node, value } = parseResource(opening.payload, entry.id)
    const { type, title, fhirId: own, date, status } = describeResource(value, node)
    const former = entry.replaces === undefined ? undefined : await amended(context, accepted, entry.replaces, type)
    // A version that does not say its id keeps the one that it amends.
    const fhirId = own ?? former?.fhirId
    const sensitive = sensitivitiesOf(value)
    const row: RecordRow = { type, title, fhirId, date, status, mediaType: opening.mediaType, content: toBase64url(sha256(opening.payload)), author: author.party, recordedAt: entry.issuedAt, replaces: entry.replaces, ...chartFacts(value, node), ...(sensitive.length === 0 ? {} : { sensitive }) }
    const changes: (RowChange | RowMark)[] = [{ ...(await recordChange(context, accepted, entry.id, row)), insert: true }, { table: chartMarkTable, key: patient, mark: true }]
    if (former !== undefined) changes.push(await recordChange(context, accepted, entry.replaces as string, { ...former, replacedBy: entry.id }))
    if (type === 'Patient') changes.push(...(await patientUpdate(context, await readPatient(context, accepted), patientFacts(value as Patient), fhirId)))
    return changes
  },
}

export interface ParsedResource {
  readonly node: JsonNode
  readonly value: unknown
}

/** Payloads on their way in are looked at by the check and by the projection: each is parsed once. */
const parsed = new WeakMap<Uint8Array, ParsedResource>()

/** Errors: INPUT_MALFORMED where the payload is no JSON object. */
export function parseResource(payload: Uint8Array, id: string): ParsedResource {
  const known = parsed.get(payload)
  if (known !== undefined) return known
  try {
    const node = readJson(payload)
    if (node.kind === 'object') {
      const resource = { node, value: nodeValue(node) }
      parsed.set(payload, resource)
      return resource
    }
  } catch (cause) {
    throw new LogicError('INPUT_MALFORMED', 'The payload is not JSON.', { cause, details: { id } })
  }
  throw new LogicError('INPUT_MALFORMED', 'The payload is not a FHIR resource.', { details: { id } })
}

async function recordChange(context: ProjectContext, { entry, patient }: AcceptedEntry, key: string, row: RecordRow): Promise<RowChange> {
  const sealedFor = { custodian: entry.custodian, patient: patient as string }
  const [keys, organisation] = await Promise.all([context.patient(sealedFor), context.organisation(sealedFor.custodian)])
  const address = row.fhirId === undefined ? {} : { address: organisation.token(recordAddressField, `${row.type}/${row.fhirId}`) }
  return { table: 'record', key, value: row as unknown as RowValue, sealedFor, indexes: { patient: sealedFor.patient, type: keys.token(recordTypeField, row.type), content: keys.token(recordContentField, row.content), ...address } }
}

/** The row of the record that an entry amends, as it stands. */
async function amended(context: ProjectContext, accepted: AcceptedEntry, replaces: string, type: string): Promise<RecordRow> {
  const { entry, patient } = accepted
  const refused = new LogicError('NOT_ALLOWED', 'There is no such record of this patient to amend.', { details: { id: entry.id } })
  const former = await context.row('record', replaces, { custodian: entry.custodian, patient: patient as string }).catch((error: unknown) => {
    // A record of somebody else does not open under this patient's keys: for the author it does not exist.
    if (error instanceof LogicError && error.code === 'CORRUPTION') throw refused
    throw error
  })
  const row = former as unknown as RecordRow | undefined
  if (row === undefined || row.type !== type) throw refused
  if (row.replacedBy !== undefined) throw new LogicError('STALE', 'The record has been amended by another entry.', { details: { id: entry.id } })
  return row
}
