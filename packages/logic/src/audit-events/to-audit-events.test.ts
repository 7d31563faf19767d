import type { AuditEvent } from '@medplum/fhirtypes'
import { newEntryId } from '@careledger/proof'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { PURPOSES } from '../consent/consent-terms.ts'
import type { DecisionRecord } from '../decisions/decision-record.ts'
import { loadDefinitions, validateResource, type Definitions } from '../fhir/index.ts'
import { toAuditEvents } from './to-audit-events.ts'

const site = { origin: 'care.example/log/0' }
const base: DecisionRecord = {
  v: 1, id: newEntryId(), at: '2026-11-26T12:00:00.000Z', about: '0b5f7d1c-6f0a-4d55-9a3c-1a2b3c4d5e6f', custodian: 'hospital-a', operation: 'hospital.records.list', outcome: 'permitted', rule: 'custodian-staff',
  purpose: 'treatment', party: 'doctor-a', kind: 'person', organisation: 'hospital-a', key: 'k'.repeat(43), types: { Observation: 3, Patient: 1 },
}
const disclosed: DecisionRecord = { ...base, operation: 'hospital.records.read', rule: 'consent', party: 'doctor-b', organisation: 'hospital-b', consent: newEntryId(), expires: '2026-12-01T00:00:00.000Z', types: { Observation: 1 }, entry: newEntryId() }
const refused: DecisionRecord = { ...base, outcome: 'refused', rule: 'none', party: 'doctor-b', organisation: 'hospital-b', types: {} }
const nobody = ({ about: _about, custodian: _custodian, ...record }: DecisionRecord): DecisionRecord => record

const kinds: Readonly<Record<string, DecisionRecord>> = {
  'a list at the custodian': base,
  'one record': { ...base, operation: 'hospital.records.read', entry: newEntryId(), types: { Observation: 1 } },
  'the patient\'s own look': { ...base, rule: 'self', party: 'patient-a', organisation: undefined as never },
  'a search that found nobody': nobody({ ...base, operation: 'hospital.patients.find', types: {} }),
  'an import': { ...base, operation: 'hospital.imports.commit' },
  'a consent given': { ...base, operation: 'hospital.consents.give', rule: 'self', types: {} },
  'a subscription removed': nobody({ ...base, operation: 'hospital.subscriptions.remove', rule: 'role', types: {} }),
  'a disclosure under a consent': disclosed,
  'a delegate\'s look at what is shared': { ...base, operation: 'hospital.delegations.consents', rule: 'delegate', party: 'parent-a', organisation: undefined as never, delegation: newEntryId(), types: {} },
  'a consent passed on': { ...disclosed, operation: 'hospital.passing.give', types: {} },
  'a look under a consent that was passed on': { ...disclosed, party: 'doctor-c', organisation: 'hospital-c' },
  'a link opened': { ...base, operation: 'hospital.links.open', rule: 'link', party: 'link-holder', organisation: undefined as never, key: '', types: {} },
  'a refusal': refused,
  'a refusal where there is nobody': nobody(refused),
  'a sign-in': nobody({ ...base, operation: 'session.start', rule: 'role', types: {} }),
  'a key enrolled': nobody({ ...base, operation: 'identity.enrol', rule: 'role', types: {} }),
  'an operator\'s act': nobody({ ...base, operation: 'platform.moves.start', rule: 'role', organisation: undefined as never, types: {} }),
  'the audit trail read': nobody({ ...base, operation: 'hospital.audit.search', rule: 'role', types: { AuditEvent: 7 } }),
  'an operation that this version does not know': { ...base, operation: 'hospital.other.thing' },
}

describe('the AuditEvents of a decision', () => {
  let definitions: Definitions
  beforeAll(async () => { definitions = await loadDefinitions() })

  it.each(Object.entries(kinds))('of %s are valid FHIR R4 and keep what their BALP pattern asks for', (_name, record) => {
    for (const event of toAuditEvents(record, site)) {
      expect(validateResource(definitions, JSON.parse(JSON.stringify(event))).problems).toEqual([])
      for (const url of event.meta?.profile ?? []) expect(missingOf(url.split('/IHE.BasicAudit.')[1] ?? '', event)).toEqual([])
    }
  })

  it('say which pattern they follow: a refusal, an act and a sign-in follow none', () => {
    const patterns = Object.fromEntries(Object.entries(kinds).map(([name, record]) => [name, toAuditEvents(record, site).map(({ meta }) => meta?.profile?.[0]?.split('BasicAudit.')[1] ?? 'none').join(' and ')]))
    expect(patterns).toMatchObject({
      'a list at the custodian': 'PatientQuery', 'one record': 'PatientRead', 'the patient\'s own look': 'PatientQuery', 'a search that found nobody': 'Query', 'an import': 'PatientCreate', 'a subscription removed': 'Delete',
      'a disclosure under a consent': 'PrivacyDisclosure.Source and PrivacyDisclosure.Recipient', 'a link opened': 'PrivacyDisclosure.Source', 'a delegate\'s look at what is shared': 'PatientQuery', 'a consent passed on': 'PatientCreate', 'a look under a consent that was passed on': 'PrivacyDisclosure.Source and PrivacyDisclosure.Recipient', 'a refusal': 'none', 'a sign-in': 'none', 'a key enrolled': 'none',
    })
    expect(toAuditEvents(refused, site)[0]).toMatchObject({ outcome: '4' })
    expect(toAuditEvents(kinds['a sign-in'] as DecisionRecord, site)[0]).toMatchObject({ type: { code: '110114' }, subtype: [{ code: '110122' }, { code: 'session.start' }] })
  })

  it('tell of a disclosure at both ends, each observed by its own organisation', () => {
    const [source, recipient] = toAuditEvents(disclosed, site)
    expect([source?.source.observer.identifier?.value, recipient?.source.observer.identifier?.value]).toEqual(['hospital-a', 'hospital-b'])
    expect([source?.type.code, recipient?.type.code]).toEqual(['110106', '110107'])
    expect(recipient?.id).toBe(`${disclosed.id}.recipient`)
  })

  it('lose nothing of the record, whatever it is', () => {
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
    const records = fc.record({
      about: optional(fc.uuid()), custodian: optional(word), operation: fc.constantFrom('hospital.records.read', 'hospital.records.list', 'hospital.links.open', 'identity.enrol', 'hospital.imports.commit', 'hospital.subscriptions.remove', 'x.unknown'),
      rule: fc.constantFrom('self', 'custodian-staff', 'consent', 'emergency', 'delegate', 'review', 'link', 'role', 'none'), consent: optional(fc.uuid()), delegation: optional(fc.uuid()), expires: optional(fc.constant('2026-12-01T00:00:00.000Z')), purpose: fc.constantFrom(...PURPOSES),
      party: word, kind: fc.constantFrom('person', 'system', 'organisation', 'platform'), organisation: optional(word), key: fc.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      types: fc.dictionary(fc.stringMatching(/^[A-Z][A-Za-z]{1,20}$/), fc.nat(10_000), { maxKeys: 4 }), entry: optional(fc.uuid()),
    })
    fc.assert(fc.property(records, (given) => {
      const defined = Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== undefined && (name !== 'expires' || given.consent !== undefined)))
      const record = { v: 1, id: newEntryId(), at: '2026-11-26T12:00:00.000Z', outcome: given.rule === 'none' ? 'refused' : 'permitted', ...defined, ...(given.rule === 'emergency' ? { purpose: 'treatment' } : {}) } as unknown as DecisionRecord
      for (const event of toAuditEvents(record, site)) expect(recordOf(event)).toEqual({ ...record, ...(record.custodian === undefined && record.rule === 'custodian-staff' && record.organisation !== undefined ? { custodian: record.organisation } : {}) })
    }), { numRuns: 300 })
  })
})

/** The way back, by the places that the mapping documents. */
function recordOf(event: AuditEvent): object {
  const agent = (code: string) => event.agent.find(({ type }) => type?.coding?.[0]?.code === code)
  const user = event.agent.find(({ requestor }) => requestor)
  const coded = (system: string) => event.subtype?.find((each) => each.system === system)?.code
  const entities = event.entity ?? []
  const consent = entities.find(({ what }) => what?.type === 'Consent')
  const uuidOf = (value: string | undefined) => value?.replace(/^urn:uuid:/, '')
  const entry = entities.find(({ what }) => what?.identifier?.system === 'urn:ietf:rfc:3986' && what.type !== 'Consent')
  const reasons: Readonly<Record<string, string>> = { TREAT: 'treatment', ETREAT: 'treatment', HPAYMT: 'payment', HRESCH: 'research', HOPERAT: 'operations', PATRQT: 'patient-request' }
  const found: Record<string, unknown> = {
    v: 1, id: event.id?.replace('.recipient', ''), at: event.recorded, about: entities.find(({ role }) => role?.code === '1')?.what?.identifier?.value, custodian: agent('159541003')?.who?.identifier?.value, operation: coded('urn:careledger:operation'),
    outcome: event.outcome === '0' ? 'permitted' : 'refused', rule: user?.policy?.[0]?.replace('urn:careledger:rule:', ''), consent: uuidOf(consent?.what?.identifier?.value), delegation: user?.policy?.find((text) => text.startsWith('urn:careledger:delegation:'))?.replace('urn:careledger:delegation:', ''), expires: consent?.detail?.[0]?.valueString,
    purpose: reasons[event.purposeOfEvent?.[0]?.coding?.[0]?.code ?? ''], party: user?.who?.identifier?.value, kind: user?.role?.[0]?.coding?.[0]?.code, organisation: agent('PROV')?.who?.identifier?.value,
    key: event.agent.map(({ network }) => /^urn:ietf:params:oauth:jwk-thumbprint:sha-256:(.*)$/.exec(network?.address ?? '')?.[1]).find((key) => key !== undefined),
    types: Object.fromEntries(entities.filter(({ name }) => name !== undefined).map(({ name, detail }) => [name, Number(detail?.[0]?.valueString)])), entry: uuidOf(entry?.what?.identifier?.value),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

/** What a pattern demands and an event lacks (IHE BALP 1.1, input/fsh). */
function missingOf(pattern: string, event: AuditEvent): readonly string[] {
  const missing: string[] = []
  const must = (what: string, holds: boolean): void => void (holds || missing.push(what))
  const agents = (code: string) => event.agent.filter(({ type }) => type?.coding?.[0]?.code === code)
  const entities = (type: string) => (event.entity ?? []).filter((entity) => entity.type?.code === type)
  const one = (code: string, network: boolean) => must(`agent ${code}`, agents(code).length === 1 && agents(code)[0]?.who !== undefined && (!network || agents(code)[0]?.network !== undefined))
  if (pattern.startsWith('PrivacyDisclosure')) {
    const atSource = pattern.endsWith('Source')
    must('type', event.type.code === (atSource ? '110106' : '110107') && event.action === (atSource ? 'R' : 'C'))
    must('disclose', event.subtype?.some(({ code }) => code === 'disclose') === true)
    one('110153', true)
    one('110152', true)
    must('own end', JSON.stringify(agents(atSource ? '110153' : '110152')[0]?.who) === JSON.stringify(event.source.observer))
    must('entities', (event.entity?.length ?? 0) >= 2 && entities('1').length === 1 && entities('1')[0]?.what?.type === 'Patient')
    return missing
  }
  const action = pattern.replace('Patient', '')
  const [client, server, letter, interaction] = ({ Read: ['110152', '110153', 'R', 'read'], Query: ['110153', '110152', 'E', 'search-type'], Create: ['110153', '110152', 'C', 'create'], Update: ['110153', '110152', 'U', 'update'], Delete: ['110150', 'custodian', 'D', 'delete'] } as const)[action as 'Read'] ?? ['', '', '', '']
  must('rest', event.type.code === 'rest' && event.action === letter && event.outcome === '0')
  must('interaction', event.subtype?.filter(({ code }) => code === interaction).length === 1)
  one(client, true)
  one(server, true)
  const user = event.agent.find(({ requestor }) => requestor)
  must('user', user?.who !== undefined && user.network === undefined && user.type?.coding?.[0]?.code === (action === 'Read' || action === 'Query' ? 'IRCP' : 'AUT'))
  const [data, ...more] = entities('2')
  must('one data or query', more.length === 0 && (action === 'Query' ? data?.query !== undefined && data.what === undefined && data.detail === undefined && data.role?.code === '24' : data?.what !== undefined && data.role?.code === '4'))
  if (pattern.startsWith('Patient')) must('patient', entities('1').length === 1 && entities('1')[0]?.role?.code === '1' && entities('1')[0]?.what?.type === 'Patient')
  return missing
}
