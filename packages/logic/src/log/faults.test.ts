import { parseEntry, utf8, verifyProof } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { callsToFail, createFaults, faultWays, type FaultWay, type Faults } from '../__fixtures__/faulty.ts'
import { accept, createWorld, draft, note, registration, settled, sign, stock, type World } from '../__fixtures__/world.ts'
import { createAnchorWorker } from '../anchor/anchor-worker.ts'
import { openEntry } from '../entries/open-entry.ts'
import type { SignedEntry } from '../entries/signed-entry.ts'
import { audit } from '../maintenance/audit/audit.ts'
import { sweepDocuments } from '../maintenance/sweep-documents.ts'
import type { Parts } from '../parts.ts'
import { buildProof } from './build-proof.ts'
import { createSequencer } from './sequencer.ts'
import { startLog } from './start-log.ts'

interface Run {
  readonly world: World
  readonly faulty: Parts
  readonly calls: readonly (readonly SignedEntry[])[]
  readonly acknowledged: Set<string>
}

async function prepare(faults: Faults): Promise<Run> {
  const world = await createWorld({ settings: { leaseMs: 10, outboxLeaseMs: 10 } })
  const faulty = world.restart({
    store: faults.store(world.restart().store), documents: faults.documents(world.parts.documents),
    targets: world.parts.targets.map((target) => ({ ...target, ledger: faults.ledger(target.ledger) })),
  })
  const patient = await world.newPatient()
  const { doctor } = world
  const large = await sign(doctor.signer, draft({ type: 'note-written', author: doctor.author, subject: patient.subject }), new Uint8Array(300_000).fill(67))
  return { world, faulty, calls: [[await registration(doctor, patient), await note(doctor, patient.subject)], [large], [await stock(doctor), await stock(doctor)]], acknowledged: new Set() }
}

/** One run from writes to final records, in which each part goes on as it would after an error. */
async function goThrough({ world, faulty, calls, acknowledged }: Run): Promise<void> {
  const tolerate = (): undefined => undefined
  for (const call of calls) {
    const receipts = await accept(faulty, world.doctor, call).catch(tolerate)
    receipts?.forEach(({ id }) => acknowledged.add(id))
  }
  const sequencer = createSequencer(faulty)
  for (let round = 0; round < 3; round++) await sequencer.round().catch(tolerate)
  const worker = createAnchorWorker(faulty, faulty.targets[0]!)
  for (let round = 0; round < 4; round++) await worker.round().catch(tolerate)
}

/** What must hold after any fault, once the instance has been started again and authors have repeated what they had no answer to. */
async function assertWorld({ world, calls, acknowledged }: Run): Promise<void> {
  const parts = world.restart()
  const stored = await parts.store.read((view) => view.entries(calls.flat().map(({ entry }) => parseEntry(entry as Uint8Array).id)))
  for (const id of acknowledged) expect(stored.some((entry) => entry?.id === id)).toBe(true)
  const log = await startLog(parts)
  for (const call of calls) await accept(parts, world.doctor, call)
  await settled(parts)
  await log.stop()
  for (const { entry, opening } of calls.flat()) {
    const { id } = parseEntry(entry as Uint8Array)
    const kept = await parts.store.read((view) => view.entry(id))
    expect(await openEntry(parts, kept!)).toMatchObject({ payload: opening!.payload })
    const proof = await buildProof(parts, id, { opening: true, recordAnchor: true })
    expect((await verifyProof(utf8(proof!), world.trust)).valid).toBe(true)
  }
  await sweepDocuments(parts)
  const report = await audit(parts)
  expect(report.findings).toEqual([])
  expect(report.checked.leaves).toBe(4 + calls.flat().length)
  expect(await parts.store.read((view) => view.projection('stock', 'gauze'))).toMatchObject({ value: utf8('2') })
  expect((await world.ledger.list('ward', { limit: 100 })).records).toHaveLength(calls.flat().length)
}

describe('one failing call on the way from a write to a final record', () => {
  it.each(faultWays)('loses nothing acknowledged and doubles nothing, wherever a call is %s', async (way: FaultWay) => {
    const counted = createFaults(0, way)
    await goThrough(await prepare(counted))
    expect(counted.calls()).toBeGreaterThan(20)
    for (const k of callsToFail(counted, way)) {
      const faults = createFaults(k, way)
      const run = await prepare(faults)
      await goThrough(run)
      await assertWorld(run).catch((error: unknown) => Promise.reject(new Error(`Call ${k}, ${faults.names[k - 1]}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })))
    }
  }, 120_000)
})
