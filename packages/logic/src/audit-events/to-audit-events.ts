import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding, Identifier } from '@medplum/fhirtypes'
import { toBase64, utf8 } from '@careledger/proof'
import type { DecisionRecord } from '../decisions/decision-record.ts'
import { actionOf, coding, concept, INTERACTIONS, profile, reasonOf, SECURITY_EVENTS, systems } from './codes.ts'

/** Where the decision was made, and what a record of it may leave out. */
export interface AuditSite {
  /** Name of the instance's log. */
  readonly origin: string
  /** Whose records they are, where the record does not say it. */
  readonly custodian?: string | undefined
}

/** What goes with the id of a disclosure as its recipient records it. */
export const RECIPIENT_SUFFIX = '.recipient'

/**
 * The FHIR R4 AuditEvents of one decision, in the patterns of IHE BALP 1.1; every member of the record stands in each of them. One event, and
 * for a disclosure (an organisation's records to somebody of another organisation) two: as the source and as the recipient records it. A
 * refusal claims no pattern, since BALP has none for it: it has the outcome 4 and no data.
 */
export function toAuditEvents(record: DecisionRecord, site: AuditSite): readonly AuditEvent[] {
  const custodian = custodianOf(record, site)
  if (!isDisclosure(record, custodian)) return [plainEvent(record, site, custodian)]
  const source = disclosure(record, site, custodian, 'source')
  return record.organisation === undefined ? [source] : [source, disclosure(record, site, custodian, 'recipient')]
}

/** Whose records a decision is about, as far as it is known. */
export function custodianOf(record: DecisionRecord, site: Pick<AuditSite, 'custodian'>): string | undefined {
  return record.custodian ?? (record.rule === 'custodian-staff' ? record.organisation : undefined) ?? site.custodian
}

/** Whether records left their custodian by it. What the patient takes, or who acts in their stead, is the patient's own. */
function isDisclosure(record: DecisionRecord, custodian: string | undefined): custodian is string {
  if (record.outcome === 'refused' || record.about === undefined || custodian === undefined) return false
  const action = actionOf(record.operation)
  return (action === 'R' || action === 'E' || record.rule === 'link') && record.rule !== 'self' && record.rule !== 'delegate' && record.organisation !== custodian
}

function plainEvent(record: DecisionRecord, site: AuditSite, custodian: string | undefined): AuditEvent {
  const security = SECURITY_EVENTS.find(([name]) => (name.endsWith('.') ? record.operation.startsWith(name) : record.operation === name))?.[1]
  const action = actionOf(record.operation)
  const { interaction, pattern } = action === undefined ? { interaction: 'operation', pattern: undefined } : INTERACTIONS[action]
  const claimed = security === undefined && record.outcome === 'permitted' && pattern !== undefined
  return {
    ...frame(record),
    ...(claimed ? { meta: { profile: [profile(record.about === undefined ? pattern : `Patient${pattern}`)] } } : {}),
    type: security?.type.coding?.[0] ?? coding('eventType', 'rest', 'RESTful Operation'),
    subtype: [security === undefined ? coding('restful', interaction) : security.subtype, coding('operation', record.operation)].filter((each) => each !== undefined),
    action: action ?? 'E',
    agent: [...plainAgents(record, site, custodian, action), user(record, action === 'C' || action === 'U' || action === 'D'), ...organisationAgents(record, custodian)],
    source: source(site, observer(site, custodian)),
    entity: [...patientEntity(record), action === 'E' || action === undefined ? queryEntity(record) : dataEntity(record), ...detailEntities(record)],
  }
}

function disclosure(record: DecisionRecord, site: AuditSite, custodian: string, end: 'source' | 'recipient'): AuditEvent {
  const own = party(custodian)
  const taker = record.organisation === undefined ? client(record) : party(record.organisation)
  return {
    ...frame(record),
    id: end === 'source' ? record.id : `${record.id}${RECIPIENT_SUFFIX}`,
    meta: { profile: [profile(end === 'source' ? 'PrivacyDisclosure.Source' : 'PrivacyDisclosure.Recipient')] },
    type: end === 'source' ? coding('dicom', '110106', 'Export') : coding('dicom', '110107', 'Import'),
    subtype: [coding('lifecycle', 'disclose', 'Disclose Record Lifecycle Event'), coding('operation', record.operation)],
    action: end === 'source' ? 'R' : 'C',
    agent: [
      { type: concept('dicom', '110153', 'Source Role ID'), who: own, requestor: false, network: { address: originUri(site), type: '5' } },
      { type: concept('dicom', '110152', 'Destination Role ID'), who: taker, requestor: false, network: clientNetwork(record) },
      { type: concept('snomed', '159541003', 'Record keeping/library clerk'), who: own, requestor: false },
      ...(record.about === undefined ? [] : [{ type: concept('snomed', '429577009', 'Patient Advocate'), who: patient(record.about), requestor: false }]),
      user(record, false),
      ...organisationAgents(record, custodian),
    ],
    source: source(site, end === 'source' ? own : taker),
    entity: [...patientEntity(record), dataEntity(record), ...detailEntities(record)],
  }
}

/** What both kinds have in common. */
function frame(record: DecisionRecord): Pick<AuditEvent, 'resourceType' | 'id' | 'recorded' | 'outcome' | 'purposeOfEvent'> & Partial<AuditEvent> {
  const refused = record.outcome === 'refused'
  return {
    resourceType: 'AuditEvent', id: record.id, recorded: record.at, outcome: refused ? '4' : '0',
    ...(refused ? { outcomeDesc: 'Refused: no rule allows it.' } : {}),
    purposeOfEvent: [concept('actReason', reasonOf(record))],
  }
}

/** BALP follows DICOM: of what is read the server is the source, and of a question or of what is written it is the caller. */
function plainAgents(record: DecisionRecord, site: AuditSite, custodian: string | undefined, action: AuditEvent['action']): AuditEventAgent[] {
  const [from, to] = [concept('dicom', '110153', 'Source Role ID'), concept('dicom', '110152', 'Destination Role ID')]
  const types = action === 'R' ? { client: to, server: from } : action === 'D' ? { client: concept('dicom', '110150', 'Application'), server: concept('participant', 'custodian', 'Custodian') } : { client: from, server: to }
  return [
    { type: types.client, who: client(record), requestor: false, network: clientNetwork(record) },
    { type: types.server, who: observer(site, custodian), requestor: false, network: { address: originUri(site), type: '5' } },
  ]
}

/** Who asked, why it was decided as it was, and what for. */
function user(record: DecisionRecord, writes: boolean): AuditEventAgent {
  return {
    type: writes ? concept('participation', 'AUT', 'author (originator)') : concept('participation', 'IRCP', 'information recipient'),
    who: party(record.party), requestor: true, role: [concept('kind', record.kind)],
    policy: [`urn:careledger:rule:${record.rule}`, ...(record.consent === undefined ? [] : [`urn:uuid:${record.consent}`]), ...(record.delegation === undefined ? [] : [`urn:careledger:delegation:${record.delegation}`])],
    purposeOfUse: [concept('actReason', reasonOf(record))],
  }
}

function organisationAgents(record: DecisionRecord, custodian: string | undefined): AuditEventAgent[] {
  return [
    ...(record.organisation === undefined ? [] : [{ type: concept('roleClass', 'PROV', 'healthcare provider'), who: party(record.organisation), requestor: false }]),
    ...(custodian === undefined || isDisclosure(record, custodian) ? [] : [{ type: concept('snomed', '159541003', 'Record keeping/library clerk'), who: party(custodian), requestor: false }]),
  ]
}

function patientEntity(record: DecisionRecord): AuditEventEntity[] {
  if (record.about === undefined) return []
  return [{ what: patient(record.about), type: coding('entityType', '1', 'Person'), role: coding('objectRole', '1', 'Patient') }]
}

/** BALP: one entity that says what was used: the one record, else the patient's, else only the operation. */
function dataEntity(record: DecisionRecord): AuditEventEntity {
  const what = record.entry !== undefined ? uuidReference(record.entry) : record.about !== undefined ? patient(record.about) : { display: record.operation }
  return { what, type: coding('entityType', '2', 'System Object'), role: coding('objectRole', '4', 'Domain Resource') }
}

/** The question itself is not kept, since it may name a patient: BALP's place for it holds the operation. */
function queryEntity(record: DecisionRecord): AuditEventEntity {
  return { type: coding('entityType', '2', 'System Object'), role: coding('objectRole', '24', 'Query'), query: toBase64(utf8(record.operation)) }
}

/** Counts by type, the record asked for in a list, and the consent with its end. */
function detailEntities(record: DecisionRecord): AuditEventEntity[] {
  const other: Coding = coding('entityType', '4', 'Other')
  const query = actionOf(record.operation) === 'E' || actionOf(record.operation) === undefined
  return [
    ...Object.entries(record.types).map(([type, count]) => ({ type: other, name: type, detail: [{ type: 'count', valueString: String(count) }] })),
    ...(record.entry !== undefined && query ? [{ type: other, what: uuidReference(record.entry) }] : []),
    ...(record.consent === undefined ? [] : [{ type: other, what: { ...uuidReference(record.consent), type: 'Consent' as const }, ...(record.expires === undefined ? {} : { detail: [{ type: 'expires', valueString: record.expires }] }) }]),
  ]
}

/** Who or what is meant, by name: these are no addresses of resources. */
interface Naming {
  readonly type?: 'Patient' | 'Consent'
  readonly identifier?: Identifier
  readonly display?: string
}

const party = (id: string): Naming => ({ identifier: { system: systems.party, value: id } })
const patient = (handle: string): Naming => ({ type: 'Patient', identifier: { system: systems.patient, value: handle } })
const uuidReference = (id: string): Naming => ({ identifier: { system: systems.uri, value: `urn:uuid:${id}` } })
const originUri = ({ origin }: AuditSite): string => `https://${origin}`

/** The caller's device is its key; whoever holds a link has none. */
function client({ key }: DecisionRecord): Naming {
  return key === '' ? { display: 'whoever holds the link' } : { identifier: { system: systems.thumbprint, value: key } }
}

function clientNetwork({ key }: DecisionRecord): NonNullable<AuditEventAgent['network']> {
  return { address: key === '' ? 'urn:careledger:link' : `${systems.thumbprint}:${key}`, type: '5' }
}

function observer({ origin }: AuditSite, custodian: string | undefined): Naming {
  return custodian === undefined ? { identifier: { system: systems.instance, value: origin } } : party(custodian)
}

function source({ origin }: AuditSite, who: Naming): AuditEvent['source'] {
  return { site: origin, observer: who, type: [coding('sourceType', '4', 'Application Server')] }
}
