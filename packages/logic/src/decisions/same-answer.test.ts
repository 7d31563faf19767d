import { randomUUID } from 'node:crypto'
import type { DataStore, ReadView } from '@careledger/data-spec'
import { describe, expect, it } from 'vitest'
import { readConsentAsFhir } from '../consent/fhir/own-fhir-consents.ts'
import { createHospitalWorld, observation, type HospitalWorld } from '../hospital/__fixtures__/hospital-world.ts'
import { readChartDetail } from '../hospital/chart/detail.ts'
import { readChartSummary } from '../hospital/chart/summary.ts'
import { readTimeline } from '../hospital/chart/timeline.ts'
import { readTrends } from '../hospital/chart/trends.ts'
import { listAttachments } from '../hospital/attachments/index.ts'
import { explainDecision } from '../hospital/explain/explain-decision.ts'
import { readPatientBanner } from '../hospital/patients.ts'
import { issueReceipt } from '../hospital/receipts/issue-receipt.ts'
import { readRecordProof } from '../hospital/record-proofs.ts'
import { listRecords, readRecord } from '../hospital/records.ts'
import { readEverything, readHistory, readResource } from '../hospital/rest/read-records.ts'

type Call = string

/** A store that writes down which question it was asked, without what was asked for: the statements, for any store. */
function recording(store: DataStore, calls: Call[]): DataStore {
  const view = (real: ReadView): ReadView => new Proxy(real, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown
      if (typeof member !== 'function') return member
      return (...input: unknown[]) => {
        const [first] = input
        calls.push(`${String(name)} ${typeof first === 'string' ? '' : JSON.stringify(first, (key, value: unknown) => (key === 'table' || key === 'index' || key === 'limit' || typeof value === 'object' ? value : undefined))}`)
        return (member as (...values: unknown[]) => unknown).apply(target, input)
      }
    },
  })
  return new Proxy(store, {
    get(target, name) {
      if (name === 'read') return <T>(body: (real: ReadView) => Promise<T>) => target.read((real) => body(view(real)))
      if (name === 'write') return (write: { readonly decisions?: readonly unknown[]; readonly guards?: readonly unknown[] }) => {
        calls.push(`write ${write.decisions?.length ?? 0} decisions, ${write.guards?.length ?? 0} guards`)
        return target.write(write as never)
      }
      const member = Reflect.get(target, name) as unknown
      return typeof member === 'function' ? (member as (...values: unknown[]) => unknown).bind(target) : member
    },
  })
}

const purpose = 'treatment' as const
type Ask = (world: HospitalWorld, id: string) => Promise<unknown>
const shown = { summary: 'false' as const, purpose }
const by = (world: HospitalWorld) => world.people.doctorB.actor

/** Every way to name one patient or one record. */
const byPatient: Readonly<Record<string, Ask>> = {
  'records.list': (world, patient) => listRecords(world.parts, by(world), { patient, purpose, limit: 10 }),
  'patients.read': (world, patient) => readPatientBanner(world.parts, by(world), { patient, purpose }),
  'chart.summary': (world, patient) => readChartSummary(world.parts, by(world), { patient, purpose }),
  'chart.timeline': (world, patient) => readTimeline(world.parts, by(world), { patient, purpose, limit: 10 }),
  'chart.trends': (world, patient) => readTrends(world.parts, by(world), { patient, purpose, code: 'Body Weight' }),
  'attachments.list': (world, patient) => listAttachments(world.parts, by(world), { patient, purpose, limit: 10 }),
  'fhir $everything': (world, id) => readEverything(world.parts, by(world), { id, count: 10, purpose }),
}
const byRecord: Readonly<Record<string, Ask>> = {
  'records.read': (world, id) => readRecord(world.parts, by(world), { id, purpose }),
  'records.proof': (world, id) => readRecordProof(world.parts, by(world), { id, purpose, recordAnchor: false }),
  'chart.detail': (world, id) => readChartDetail(world.parts, by(world), { id, purpose }),
  'fhir read': (world, id) => readResource(world.parts, by(world), { type: 'Observation', id, ...shown }),
  'fhir history': (world, id) => readHistory(world.parts, by(world), { type: 'Observation', id, count: 10, purpose }),
  'consents.receipt': (world, id) => issueReceipt(world.parts, by(world), id),
  'consents.toFhir': (world, id) => readConsentAsFhir(world.parts, by(world), id),
  'access.explain': (world, id) => explainDecision(world.parts, by(world), id),
}

async function asked(world: HospitalWorld, calls: Call[], ask: Ask, id: string): Promise<{ readonly answer: string; readonly calls: readonly Call[] }> {
  calls.length = 0
  const answer = await ask(world, id).then(() => 'an answer', (error: { readonly code?: string; readonly message?: string; readonly details?: unknown }) => JSON.stringify([error.code, error.message, error.details]))
  return { answer, calls: [...calls] }
}

describe('what is refused and what does not exist', () => {
  it('are answered in the same words, after the same questions to the store', async () => {
    const calls: Call[] = []
    const world = await createHospitalWorld({ store: (store) => recording(store, calls) })
    const { ada } = world.people
    const number = 'S-1'
    const admitted = await world.admit({ person: ada, number, resources: [observation(number, '2020-01-01')] })
    for (const [name, ask] of Object.entries(byPatient)) {
      const refused = await asked(world, calls, ask, admitted.patient)
      expect([name, await asked(world, calls, ask, randomUUID())]).toEqual([name, refused])
      expect([name, refused.answer]).toEqual([name, expect.stringContaining('NOT_ALLOWED')])
    }
    const consent = (await world.give(ada, admitted, { grantee: 'doctor-b2' })).id
    const decision = (await world.parts.store.read((view) => view.decisions({ about: admitted.patient, limit: 1, newestFirst: true }))).rows[0]?.id
    const ids: Readonly<Record<string, string | undefined>> = { 'consents.receipt': consent, 'consents.toFhir': consent, 'access.explain': decision }
    for (const [name, ask] of Object.entries(byRecord)) {
      const refused = await asked(world, calls, ask, ids[name] ?? (admitted.records[1] as string))
      expect([name, await asked(world, calls, ask, randomUUID())]).toEqual([name, refused])
      expect([name, refused.answer]).toEqual([name, expect.stringContaining('NOT_ALLOWED')])
    }
  })
})
