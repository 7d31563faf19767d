import { Problem } from '@careledger/api/contracts'
import type { SignedInActor } from '@careledger/client'
import { newSalt, toBase64url, utf8, jwkThumbprint } from '@careledger/proof'
import type { AccessItem, Consent, DemoPerson, PatientSummary, RecordItem } from '../session/shapes.ts'
import type { Answers } from './test-client.ts'

/** People, records and figures that nobody has, for looking at screens. */
export async function createSample(): Promise<{ readonly answers: Answers, readonly actors: readonly SignedInActor[] }> {
  const people = await Promise.all([
    person('min-seo', '이민서', 'patient'), person('dr-kim', 'Dr Kim Min-jun', 'doctor', 'Seoul General Hospital'), person('dr-park', '박지훈', 'doctor', '부산대학교의료원'),
    person('clerk', 'Choi Ha-eun', 'records-clerk', 'Seoul General Hospital'), person('op', 'Jung Woo-jin', 'operator'),
  ])
  const actors = people.map(({ party, name, roles, organisationName, key: { d: _, ...jwk } }): SignedInActor => ({
    party, kind: 'person', displayName: name, roles, key: jwkThumbprint(jwk), credential: id(), ...(organisationName !== undefined && { organisation: 'seoul', organisationName }),
  }))
  const patient = id()
  const records = Array.from({ length: 60 }, (_, n) => record(n))
  const summary: PatientSummary = {
    patient, custodian: 'seoul', custodianName: 'Seoul General Hospital', name: '이민서', birthDate: '1965-03-14', gender: 'female', localNumber: '2026-001-48213', allergies: ['Penicillin', 'Peanuts'],
    access: { id: id(), outcome: 'permitted', rule: 'consent', consent: id(), purpose: 'treatment', expires: later(30) },
  }
  const consents: Consent[] = [consent('Dr Kim Min-jun', 'active', 30), consent('부산대학교의료원', 'withdrawn', 3), consent('Hanbit Insurance', 'expired', -2)]
  const access = [read(1, 'dr-kim', 'Dr Kim Min-jun', 'Seoul General Hospital', 'consent'), read(3, 'dr-kim', 'Dr Kim Min-jun', 'Seoul General Hospital', 'consent'), read(400, 'dr-park', '박지훈', '부산대학교의료원', 'none'), read(500, 'min-seo', '이민서', undefined, 'self'), read(3000, 'nightly', 'Nightly backup', 'Seoul General Hospital', 'custodian-staff')]
  const mayRead = (actor: SignedInActor | undefined): void => { if (actor?.party === 'dr-park' || actor?.party === 'op') throw new Problem('NOT_ALLOWED', 'No.') }
  const decision = (actor: SignedInActor | undefined) => ({ ...summary.access, rule: actor?.party === 'min-seo' ? 'self' as const : 'consent' as const })

  const answers: Answers = {
    'demo.people': () => ({ items: people }),
    'platform.trust': () => ({ origin: 'careledger.example/log', logKey: { kty: 'OKP', crv: 'Ed25519', x: toBase64url(newSalt()) }, root: { kty: 'OKP', crv: 'Ed25519', x: toBase64url(newSalt()) }, witnesses: [], witnessThreshold: 0, demo: true, version: '0' }),
    'hospital.patients.list': (_, actor) => ({ items: actor?.party === 'dr-park' ? [] : [summary] }),
    'hospital.patients.read': (_, actor) => { mayRead(actor); return summary },
    'hospital.patients.find': ({ identifier }: { identifier?: { value: string } }) => ({ items: identifier?.value === '1' ? [summary] : [] }),
    'hospital.records.list': ({ types, limit, after }: { types?: string[], limit: number, after?: string }, actor) => {
      mayRead(actor)
      const chosen = records.filter(({ type }) => !types || types.includes(type))
      const from = Number(after ?? 0)
      const counts = Object.fromEntries([...Map.groupBy(records, ({ type }) => type)].map(([type, of]) => [type, of.length]))
      return { items: chosen.slice(from, from + limit), ...(from + limit < chosen.length && { next: String(from + limit) }), decision: decision(actor), ...(from === 0 && { counts }) }
    },
    'hospital.records.read': ({ id: wanted }: { id: string }, actor) => ({
      item: records.find((one) => one.id === wanted) ?? records[0], patient, entry: '{}', signature: { jws: 'x' }, decision: decision(actor),
      opening: { salt: toBase64url(newSalt()), mediaType: 'application/fhir+json', payload: toBase64url(utf8('{"resourceType":"Observation","status":"final","category":[{"text":"vital-signs"}],"code":{"text":"Body Weight"},"effectiveDateTime":"2026-11-02T09:12:00+09:00","valueQuantity":{"value":82.40,"unit":"kg"},"referenceRange":[{"low":{"value":50,"unit":"kg"},"high":{"value":90,"unit":"kg"}}],"performer":[{"display":"Dr Kim Min-jun"}]}')) },
    }),
    'hospital.access.list': () => ({ items: access }),
    'hospital.consents.list': () => ({ items: consents }),
    'hospital.consents.subjects': () => ({ items: [{ patient, subject: toBase64url(newSalt()), custodian: 'seoul', custodianName: 'Seoul General Hospital' }] }),
    'hospital.consents.give': () => ({ id: consents[0]!.id, state: 'stored', duplicate: false }),
    'identity.directory': () => ({ items: [{ party: 'seoul', kind: 'organisation', name: 'Seoul General Hospital', roles: ['admin'] }, ...people.filter(({ roles }) => roles[0] === 'doctor').map(({ party, name, roles, organisationName }) => ({ party, kind: 'person', name, roles, organisation: 'seoul', ...(organisationName !== undefined && { organisationName }) }))] }),
    'identity.keys': (_, actor) => ({ items: [{ key: actor!.key, jwk: { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }, credential: id(), current: true, revoked: false }] }),
    'hospital.imports.check': ({ bundle }: { bundle: string }) => (bundle.length > 60
      ? { ok: true, counts: { Patient: 1, Observation: 412, Encounter: 38, Condition: 12, MedicationRequest: 22 }, total: 485, problems: [], more: 0, patient: { name: 'Buster Hoeger', birthDate: '1951-02-03', gender: 'male' } }
      : { ok: false, counts: {}, total: 2, more: 0, problems: [{ path: 'Bundle.entry[3].resource.status', code: 'required', message: 'Missing required property.', line: 88 }, { path: 'Bundle.entry[7].resource.code', code: 'required', message: 'Missing required property.', line: 214 }] }),
    'platform.overview': () => ({
      at: new Date().toISOString(), log: { origin: 'careledger.example/log', size: 48213, waiting: 3, checkpointSize: 48210, checkpointAt: new Date().toISOString(), witnesses: 1, witnessThreshold: 1 }, store: { ok: true, durability: 'process-death', problems: [] },
      ledgers: [
        { name: 'hospital-ledger', kind: 'in-memory', ledgerId: 'a', way: 'indexed', networks: ['hospital', 'identity'], health: { ok: true, height: '51234', finalHeight: '51230', problems: [] }, capabilities: ['watch', 'list'], outbox: { waiting: 2, sent: 1, final: 48210, blocked: 2 }, oldestNotFinal: new Date().toISOString() },
        { name: 'public-chain', kind: 'ethereum', ledgerId: 'b', way: 'checkpoints', networks: [], health: { ok: false, problems: [{ code: 'LEDGER_UNAVAILABLE', message: 'The node does not answer.' }] }, capabilities: [], outbox: { waiting: 0, final: 12 } },
      ],
    }),
    'platform.checkpoint': () => ({ size: 48210, note: 'careledger.example/log\n48210\nGlBeWi+yU+w0HMhp8WMrL4LjgdLm/Tl6mIBmXUaRmqw=\n\n— careledger.example/log bbsHzg24KFgYjqpojJpgrGqaOZirzPWt1g1+gx8AgPSKbUtvsl+XgN4iJyuep5ZeYAZDBRaLFRohdGY5aNwGWGJTOAE=\n' }),
    'platform.entries': () => ({ items: Array.from({ length: 20 }, (_, n) => ({ id: id(), index: 48212 - n, network: 'hospital', type: n % 5 ? 'record-created' : 'consent-given', custodian: 'seoul-general', author: 'dr-kim', issuedAt: new Date().toISOString(), state: n < 3 ? 'stored' : n < 6 ? 'sequenced' : 'anchored' })), next: 48192 }),
    'platform.outbox.list': ({ state }: { state?: string }) => ({ items: Array.from({ length: 12 }, (_, n) => ({ target: 'hospital-ledger', item: `${id().replaceAll('-', '')}`, stream: 'hospital', state: (['blocked', 'waiting', 'sent', 'final'] as const)[n % 4]!, attempts: n, created: new Date().toISOString(), ...(n % 4 === 0 && { reason: 'LEDGER_REJECTED: the network did not accept this record.' }) })).filter((row) => !state || row.state === state) }),
    'platform.outbox.retry': () => ({ retried: 2 }),
    'platform.members': () => ({ items: [{ party: 'seoul', name: 'Seoul General Hospital', roles: ['admin'], credential: id(), revoked: false, people: 12 }, { party: 'busan', name: '부산대학교의료원', roles: ['admin'], credential: id(), revoked: true, people: 7 }] }),
  }
  return { answers, actors }

  function record(n: number): RecordItem {
    const [type, title] = ([['Observation', 'Body Weight 82.4 kg'], ['Condition', 'Essential hypertension (disorder)'], ['MedicationRequest', 'Hydrochlorothiazide 25 MG Oral Tablet'], ['Encounter', 'Encounter for symptom'], ['DiagnosticReport', 'Lipid Panel']] as const)[n % 5]!
    return { id: id(), type, title, date: new Date(Date.now() - Math.floor(n / 4) * 40 * 86_400_000).toISOString(), custodian: 'seoul', author: { party: 'clerk', name: 'Choi Ha-eun' }, recordedAt: new Date().toISOString(), state: n < 2 ? 'stored' : 'anchored', ...(n === 3 && { replacedBy: id() }) }
  }
  function consent(name: string, state: Consent['state'], days: number): Consent {
    return { id: id(), patient, custodian: 'seoul', custodianName: 'Seoul General Hospital', granteeName: name, given: new Date().toISOString(), state, entry: 'anchored', terms: { v: 1, grantee: 'dr-kim', types: ['Observation', 'MedicationRequest'], purpose: 'treatment', expires: later(days), direct: false } }
  }
  function read(minutes: number, party: string, name: string, organisationName: string | undefined, rule: AccessItem['decision']['rule']): AccessItem {
    return { id: id(), at: new Date(Date.now() - minutes * 60_000).toISOString(), operation: 'hospital.records.list', party, name, kind: party === 'nightly' ? 'system' : 'person', types: rule === 'none' ? {} : { Observation: 3, Condition: 1 }, decision: { id: id(), outcome: rule === 'none' ? 'refused' : 'permitted', rule, ...(rule === 'consent' && { consent: consents[0]!.id }), purpose: 'treatment' }, ...(organisationName !== undefined && { organisationName }) }
  }
}

async function person(party: string, name: string, role: DemoPerson['roles'][number], organisationName?: string): Promise<DemoPerson> {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { x, y, d } = await crypto.subtle.exportKey('jwk', privateKey)
  return { party, name, roles: [role], network: role === 'operator' ? 'platform' : 'hospital', ...(organisationName !== undefined && { organisationName }), key: { kty: 'EC', crv: 'P-256', x: x!, y: y!, d: d! } }
}

function id(): string {
  return crypto.randomUUID()
}

function later(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString()
}
