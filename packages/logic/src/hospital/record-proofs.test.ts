import { openSealed } from '@careledger/identity'
import { ledgerKey, ledgerRecordId, parseProof, toHex, utf8, verifyProof } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { listGrants } from '../consent/list-grants.ts'
import { readRecordStates } from './record-states.ts'
import { startLog } from '../log/start-log.ts'
import { createHospitalWorld, observation, signImport, type HospitalWorld } from './__fixtures__/hospital-world.ts'
import { commitImport } from './commit-import.ts'
import { prepareImport } from './prepare-import.ts'
import { readProofByLedgerId, readRecordProof } from './record-proofs.ts'
import { readRecord } from './records.ts'

const number = 'A-1'
const refusal = { code: 'NOT_ALLOWED', message: 'This does not exist or you may not use it.' }

async function withLog(body: (world: HospitalWorld) => Promise<void>): Promise<void> {
  const world = await createHospitalWorld()
  const log = await startLog(world.parts)
  try {
    await body(world)
  } finally {
    await log.stop()
  }
}

/** Adds a weight to a patient who is known, and waits until it is final on the ledger. */
async function add(world: HospitalWorld, date: string): Promise<string> {
  const { clerkA } = world.people
  const prepared = await prepareImport(world.parts, clerkA.actor, [{ system: 'urn:test:mrn', value: number }])
  const entries = await signImport(clerkA, prepared, [observation(number, date)])
  const { receipts } = await commitImport(world.parts, clerkA.actor, { patient: prepared.patient, entries, wait: 'anchored' })
  expect(receipts).toMatchObject([{ state: 'anchored' }])
  return receipts[0]!.id
}

describe('proofs of records', () => {
  it('verify offline with their opening, for those who may read the record', async () => {
    await withLog(async (world) => {
      await world.admit({ person: world.people.ada, number })
      const id = await add(world, '2020-01-01')
      for (const member of [world.people.ada, world.people.doctorA]) {
        const { value } = await readRecordProof(world.parts, member.actor, { id, purpose: 'treatment', recordAnchor: false })
        const result = await verifyProof(utf8(value), world.trust)
        expect(result.steps.filter(({ outcome }) => outcome === 'fail')).toEqual([])
        expect(result.valid).toBe(true)
        expect(parseProof(utf8(value)).opening).toBeDefined()
      }
      await expect(readRecordProof(world.parts, world.people.doctorB.actor, { id, purpose: 'treatment', recordAnchor: false })).rejects.toMatchObject(refusal)
    })
  })

  it('say that a record is superseded; only a record of the same type and patient, and only once', async () => {
    await withLog(async (world) => {
      const admitted = await world.admit({ number, resources: [observation(number, '2020-01-01')] })
      const other = await world.admit({ number: 'A-2', resources: [observation('A-2', '2020-01-01')] })
      const { clerkA } = world.people
      const amend = async (replaces: string) => commitImport(world.parts, clerkA.actor, { patient: admitted.patient, entries: await signImport(clerkA, { ...admitted, known: true }, [observation(number, '2020-01-02')], { replaces }), wait: 'anchored' })
      const { receipts } = await amend(admitted.records[1]!)
      const { value } = await readRecordProof(world.parts, clerkA.actor, { id: admitted.records[1]!, purpose: 'treatment', recordAnchor: false })
      expect(parseProof(utf8(value)).status?.supersededBy).toMatchObject({ entry: { id: receipts[0]!.id } })
      expect((await readRecord(world.parts, clerkA.actor, { id: admitted.records[1]!, purpose: 'treatment' })).value.item.replacedBy).toBe(receipts[0]!.id)
      await expect(amend(admitted.records[1]!)).rejects.toMatchObject({ code: 'STALE' })
      await expect(amend(admitted.records[0]!)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
      await expect(amend(other.records[1]!)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    })
  })

  it('follow from a ledger record that a grantee found with its epoch key, until the consent ends', async () => {
    await withLog(async (world) => {
      const { ada, doctorB } = world.people
      const admitted = await world.admit({ person: ada, number })
      const first = await add(world, '2020-01-01')
      const consent = await world.give(ada, admitted, { direct: true })
      const [grant] = (await listGrants(world.parts, doctorB.actor, { limit: 10 })).items
      const epoch = await openSealed(grant!.epochs[0]!.sealed, doctorB.privateJwk!)
      const target = world.parts.targets[0]!
      const page = await target.ledger.list(grant!.stream, { key: toHex(ledgerKey(epoch)), limit: 100 })
      const recordId = toHex(ledgerRecordId(epoch, first))
      expect(page.records.map(({ id }) => id)).toContain(recordId)
      for (const ledger of [grant!.ledger, target.name]) {
        const { value } = await readProofByLedgerId(world.parts, doctorB.actor, { ledger, recordId, purpose: 'treatment' })
        const proof = parseProof(utf8(value))
        expect(proof.entry.id).toBe(first)
        expect(proof.anchors).toContainEqual(expect.objectContaining({ for: 'record', id: recordId }))
      }
      await world.withdraw(ada, admitted, consent.id)
      await expect(readProofByLedgerId(world.parts, doctorB.actor, { ledger: grant!.ledger, recordId, purpose: 'treatment' })).rejects.toMatchObject(refusal)
      const later = await add(world, '2021-01-01')
      const shown = await target.ledger.list(grant!.stream, { key: toHex(ledgerKey(epoch)), limit: 100 })
      expect(shown.records.map(({ id }) => id)).not.toContain(toHex(ledgerRecordId(epoch, later)))
    })
  })

  it('are refused for ledgers and records that do not exist, in the same words', async () => {
    await withLog(async (world) => {
      const query = { recordId: '00'.repeat(16), purpose: 'treatment' } as const
      await expect(readProofByLedgerId(world.parts, world.people.doctorA.actor, { ledger: 'memory', ...query })).rejects.toMatchObject(refusal)
      await expect(readProofByLedgerId(world.parts, world.people.doctorA.actor, { ledger: 'elsewhere', ...query })).rejects.toMatchObject(refusal)
    })
  })
})

describe('states of entries', () => {
  it('are told to their author and to readers, and to nobody else', async () => {
    const world = await createHospitalWorld()
    const { records } = await world.admit({ number, resources: [observation(number, '2020-01-01')] })
    const of = async (who: 'clerkA' | 'doctorA' | 'doctorB' | 'ada') => (await readRecordStates(world.parts, world.people[who].actor, records)).map(({ id, state }) => [id, state])
    expect(await of('clerkA')).toEqual(records.map((id) => [id, 'stored']))
    expect(await of('doctorA')).toEqual(records.map((id) => [id, 'stored']))
    expect(await of('doctorB')).toEqual([])
    expect(await of('ada')).toEqual([])
  })
})
