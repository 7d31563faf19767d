import { giveConsent, importBundle, uploadAttachment, type CareLedgerClient } from '@careledger/client'
import { newEntryId } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { INPUTS } from './__fixtures__/inputs.ts'
import { startInstance, type TestInstance } from './__fixtures__/instance.ts'
import { operationsByName } from './operation.ts'
import { createOperations } from './operations/index.ts'

const NONE = '01890a5d-ac96-774b-bcce-b302099a8057'
const operations = operationsByName(createOperations())
/** Hospital A's own, of every kind that an address can name; nothing of it may be read at hospital B. */
const theirs: Record<string, string> = {}
let instance: TestInstance

beforeAll(async () => {
  instance = await startInstance()
  const [clerk, patient, doctor] = [await instance.as('clerk-a'), await instance.as('patient-a'), await instance.as('doctor-a')]
  const imported = await importBundle(clerk, smallBundle(), { linkTo: 'patient-a' })
  theirs['patient'] = imported.patient
  theirs['record'] = imported.ids[1] as string
  const { items: [at] } = await patient.hospital.consents.subjects.query({})
  theirs['consent'] = (await giveConsent(patient, at as never, { grantee: 'officer-a', purpose: 'treatment', expires: new Date(Date.now() + 3_600_000).toISOString(), direct: false })).id
  theirs['attachment'] = (await uploadAttachment(doctor, new Blob([new Uint8Array(9)], { type: 'image/png' }), { patient: imported.patient })).id
  theirs['export'] = (await doctor.hospital.exports.start.mutate({ scope: 'readable', url: 'https://nowhere.example/fhir/r4/Patient/$export' })).id
  await doctor.hospital.records.list.query({ patient: imported.patient })
  theirs['decision'] = (await patient.hospital.access.list.query({ limit: 1 })).items[0]?.id ?? ''
}, 30_000)
afterAll(() => instance.stop())

/** What of a branch an `id` names; a record where it is not said. */
const NAMED: Readonly<Record<string, string>> = { 'hospital.consents.receipt': 'consent', 'hospital.consents.toFhir': 'consent', 'hospital.access.explain': 'decision', 'hospital.audit.proof': 'decision', 'hospital.exports.status': 'export', 'hospital.exports.part': 'export', 'hospital.attachments.read': 'attachment', 'hospital.fhir.everything': 'patient' }

function filled(input: unknown, operation: string, existing: boolean, name = ''): unknown {
  if (input === NONE) return existing ? theirs[name === 'patient' || name === 'other' ? 'patient' : (NAMED[operation] ?? 'record')] : newEntryId()
  if (Array.isArray(input)) return input.map((each) => filled(each, operation, existing, operation === 'hospital.fhir.search' ? 'patient' : name))
  if (typeof input !== 'object' || input === null) return input
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, filled(value, operation, existing, key)]))
}

/** Status, headers and bytes as they came. Only what differs between any two answers is left out; what was given out at all names its own decision. */
async function rawOf(client: CareLedgerClient, path: string, init: RequestInit = {}): Promise<unknown> {
  const answer = await client.fetch(path, init)
  const headers = [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name)).sort()
  const text = await answer.text()
  return { status: answer.status, headers, text: answer.ok ? text.replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '…') : text.replace(/"requestId":"[0-9a-f-]{36}"/, '"requestId":"…"') }
}

const reads = Object.keys(INPUTS).filter((name) => operations.get(name)?.contract.kind === 'query' && JSON.stringify(INPUTS[name]).includes(NONE))

describe('what is refused and what does not exist', () => {
  it.each(['doctor-b', 'patient-b', 'operator'] as const)('are the same bytes under the same headers to %s, in every operation that reads', async (who) => {
    expect(reads.length).toBeGreaterThan(25)
    const client = await instance.as(who)
    const ask = (name: string, existing: boolean): Promise<unknown> => rawOf(client, `/trpc/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(filled(INPUTS[name], name, existing)) })
    for (const name of reads) expect([name, await ask(name, true)]).toEqual([name, await ask(name, false)])
  })

  it.each([
    ['read', (a: string) => `/fhir/r4/Observation/${theirs[`${a}record`]}`],
    ['vread', (a: string) => `/fhir/r4/Observation/${theirs[`${a}record`]}/_history/${theirs[`${a}record`]}`],
    ['history', (a: string) => `/fhir/r4/Observation/${theirs[`${a}record`]}/_history`],
    ['search by patient', (a: string) => `/fhir/r4/Observation?patient=${theirs[`${a}patient`]}`],
    ['count', (a: string) => `/fhir/r4/Observation?patient=${theirs[`${a}patient`]}&_summary=count`],
    ['include', (a: string) => `/fhir/r4/Observation?_id=${theirs[`${a}record`]}&_include=Observation:subject`],
    ['reverse include', (a: string) => `/fhir/r4/Patient?_id=${theirs[`${a}patient`]}&_revinclude=Observation:subject`],
    ['$everything', (a: string) => `/fhir/r4/Patient/${theirs[`${a}patient`]}/$everything`],
    ['whole history', (a: string) => `/fhir/r4/Patient/${theirs[`${a}patient`]}/_history`],
    ['Binary', (a: string) => `/fhir/r4/Binary/${theirs[`${a}attachment`]}`],
    ['AuditEvent', (a: string) => `/fhir/r4/AuditEvent/${theirs[`${a}decision`]}`],
    ['export status', (a: string) => `/fhir/r4/$export-status/${theirs[`${a}export`]}`],
    ['attachment', (a: string) => `/attachments/${theirs[`${a}attachment`]}`],
    ['attachment head', (a: string) => `/attachments/${theirs[`${a}attachment`]}`],
  ] as const)('are the same bytes by %s', async (title, path) => {
    for (const name of ['record', 'patient', 'attachment', 'decision', 'export']) theirs[`no-${name}`] = newEntryId()
    const client = await instance.as('doctor-b')
    const init = title === 'attachment head' ? { method: 'HEAD' } : {}
    // The object is there, for whoever may see it.
    const owner = await instance.as(title === 'AuditEvent' ? 'officer-a' : 'doctor-a')
    expect((await owner.fetch(path(''), init)).ok).toBe(true)
    const [refused, nothing] = [await rawOf(client, path(''), init), await rawOf(client, path('no-'), init)]
    const plain = (answer: unknown): string => JSON.stringify(answer).replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, '…')
    // A search says again what was asked; a refusal says nothing of it.
    if ((refused as { readonly status: number }).status === 200) expect(plain(refused)).toEqual(plain(nothing))
    else expect(refused).toEqual(nothing)
  })
})
