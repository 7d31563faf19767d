import { instantText, newEntryId, REVOCATION_MEDIA_TYPE, revocationBytes, type Entry } from '@careledger/proof'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFaults, faultWays, type FaultWay } from '../__fixtures__/faulty.ts'
import { settled, sign } from '../__fixtures__/world.ts'
import { createAnchorWorker } from '../anchor/anchor-worker.ts'
import { acceptEntries } from '../entries/accept-entries.ts'
import { createSequencer } from '../log/sequencer.ts'
import { startLog } from '../log/start-log.ts'
import { audit } from '../maintenance/audit/audit.ts'
import { createHospitalWorld, dayMs, observation, patientResource, signImport, type Admitted, type HospitalWorld } from './__fixtures__/hospital-world.ts'
import { memberOf, newModel, readable, type PatientName, type PersonName, type PlatformModel } from './__fixtures__/platform-model.ts'
import { commitImport } from './commit-import.ts'
import { EMERGENCY_MEDIA_TYPE, EMERGENCY_MS, emergencyBytes } from './emergency/emergency-row.ts'
import { openEmergency } from './emergency/open-emergency.ts'
import { prepareImport } from './prepare-import.ts'
import { listRecords, readRecord } from './records.ts'

/** `pnpm faults --only 52 --full` runs 200 sequences. */
const RUNS = Number(process.env['CARELEDGER_MODEL_RUNS'] ?? 12)
const hourMs = 3_600_000

interface Real {
  readonly world: HospitalWorld
  readonly admitted: Readonly<Record<PatientName, Admitted>>
  /** Lets the k-th call of the store from now on be the last one of this process. */
  readonly killAt: (k: number, way: FaultWay) => void
}
type Command = fc.AsyncCommand<PlatformModel, Real>

const numbers = { ada: 'M-ADA', bob: 'M-BOB' } as const
const patients = fc.constantFrom<PatientName>('ada', 'bob')
const people = fc.constantFrom<PersonName>('doctorA', 'clerkA', 'privacyA', 'systemA', 'doctorB', 'doctorB2', 'ada', 'bob')
const command = (name: string, run: (model: PlatformModel, real: Real) => Promise<void>, check: (model: Readonly<PlatformModel>) => boolean = () => true): Command => ({ check, run, toString: () => name })
const codeOf = (error: unknown): string => (error as { readonly code?: string }).code ?? String(error)

/** An import of one patient's facts and one observation: sent, killed at some call of the store where a way is given, and repeated by its author. */
const write = fc.record({ patient: patients, by: fc.constantFrom<PersonName>('clerkA', 'doctorA'), kilograms: fc.integer({ min: 40, max: 150 }), killed: fc.option(fc.record({ k: fc.integer({ min: 1, max: 4 }), way: fc.constantFrom(...faultWays) })) })
  .map(({ patient, by, kilograms, killed }) => command(`write ${patient} by ${by}${killed === null ? '' : `, ${killed.way} at call ${killed.k}`}`, async (model, { world, killAt }) => {
    const { actor } = memberOf(world, by)
    const resources = [patientResource(numbers[patient]), observation(numbers[patient], '2024-03-05', kilograms)]
    const prepared = await prepareImport(world.parts, actor, [{ system: 'urn:test:mrn', value: numbers[patient] }])
    const entries = await signImport(memberOf(world, by), prepared, resources, { now: world.clock.now })
    const send = () => commitImport(world.parts, actor, { patient: prepared.patient, entries })
    if (killed !== null) {
      killAt(killed.k, killed.way)
      const acknowledged = await send().then(() => true, () => false)
      world.restart()
      if (acknowledged) expect(model.revoked.has(by)).toBe(false)
    }
    if (model.revoked.has(by)) return void expect(codeOf(await send().catch((error: unknown) => error))).toBe('KEY_REVOKED')
    const { receipts } = await send()
    model.patients[patient].records.push(...receipts.map(({ id }, at) => ({ id, type: at === 0 ? 'Patient' : 'Observation', bytes: entries[at]?.opening?.payload as Uint8Array })))
    expect((await send()).receipts.map(({ duplicate }) => duplicate)).toEqual([true, true])
  }))

const read = fc.record({ patient: patients, who: people, nth: fc.nat() }).map(({ patient, who, nth }) => command(`${who} reads ${patient}`, async (model, { world, admitted }) => {
  const { actor } = memberOf(world, who)
  const expected = readable(model, who, patient)
  const listed = await listRecords(world.parts, actor, { patient: admitted[patient].patient, purpose: 'treatment', limit: 100 }).catch((error: unknown) => codeOf(error))
  if (expected === undefined) expect(listed).toBe('NOT_ALLOWED')
  else expect(typeof listed === 'string' ? listed : listed.value.items.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort())
  const all = model.patients[patient].records
  const one = all[nth % all.length]
  if (one === undefined) return
  const found = await readRecord(world.parts, actor, { id: one.id, purpose: 'treatment' }).catch((error: unknown) => codeOf(error))
  if (expected?.includes(one) !== true) expect(found).toBe('NOT_ALLOWED')
  else expect(typeof found === 'string' ? found : found.value.opening.payload).toEqual(one.bytes)
}))

const consent = fc.record({ patient: patients, grantee: fc.constantFrom('hospital-b' as const, 'doctor-b' as const), types: fc.constantFrom(undefined, ['Observation'], ['Patient']), days: fc.integer({ min: 1, max: 3 }) })
  .map(({ patient, grantee, types, days }) => command(`${patient} consents to ${grantee} for ${days} days`, async (model, { world, admitted }) => {
    const expires = model.now + days * dayMs
    const { id } = await world.give(world.people[patient], admitted[patient], { grantee, expires: instantText(new Date(expires)), ...(types === undefined ? {} : { types }) })
    model.patients[patient].consents.push({ id, grantee, types, expires, withdrawn: false })
  }))

const withdraw = fc.record({ patient: patients, nth: fc.nat() }).map(({ patient, nth }) => command(`${patient} withdraws`, async (model, { world, admitted }) => {
  const standing = model.patients[patient].consents.filter(({ withdrawn, expires }) => !withdrawn && model.now < expires)
  const one = standing[nth % standing.length]
  if (one === undefined) return
  await world.withdraw(world.people[patient], admitted[patient], one.id)
  one.withdrawn = true
}))

const breakGlass = patients.map((patient) => command(`doctorB breaks the glass of ${patient}`, async (model, { world, admitted }) => {
  const { signer, author, actor } = world.people.doctorB
  const until = model.now + EMERGENCY_MS
  const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'hospital', type: 'emergency-opened', custodian: 'hospital-a', subject: admitted[patient].subject, issuedAt: instantText(world.clock.now), author }
  const payload = emergencyBytes({ v: 1, test: 'vital-interests/1', opens: 'record', reason: 'unconscious', text: 'Found after an accident', until: instantText(new Date(until)) })
  await openEmergency(world.parts, actor, [await sign(signer, entry, { mediaType: EMERGENCY_MEDIA_TYPE, payload })])
  model.patients[patient].emergencies.push({ by: 'doctorB', until })
}))

const revoke = fc.constantFrom<PersonName>('clerkA', 'doctorA').map((who) => command(`the key of ${who} is revoked`, async (model, { world }) => {
  const { signer, author } = world.platform
  const entry: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'identity', type: 'key-revoked', custodian: 'platform', issuedAt: instantText(world.clock.now), author }
  await acceptEntries(world.parts, [await sign(signer, entry, { mediaType: REVOCATION_MEDIA_TYPE, payload: revocationBytes(memberOf(world, who).signer.key) })], { actor: author })
  model.revoked.add(who)
}, (model) => !model.revoked.has(who)))

/** A round of the sequencer and one of the ledger's worker, perhaps the process's last ones. */
const work = fc.option(fc.record({ k: fc.integer({ min: 1, max: 8 }), way: fc.constantFrom(...faultWays) })).map((killed) => command(`the log works${killed === null ? '' : `, ${killed.way} at call ${killed.k}`}`, async (_model, { world, killAt }) => {
  if (killed !== null) killAt(killed.k, killed.way)
  await createSequencer(world.parts).round().catch(() => undefined)
  await createAnchorWorker(world.parts, world.parts.targets[0]!).round().catch(() => undefined)
  if (killed !== null) world.restart()
}))

const crash = fc.constant(command('the process ends and another begins', async (_model, { world }) => world.restart()))

const tick = fc.integer({ min: 1, max: 30 }).map((hours) => command(`${hours} hours pass`, async (model, { world }) => {
  model.now += hours * hourMs
  world.clock.now = new Date(model.now)
}))

async function setUp(): Promise<{ readonly model: PlatformModel; readonly real: Real }> {
  let arm: { readonly k: number; readonly way: FaultWay } | undefined
  let faults = createFaults(0, 'refused')
  const world = await createHospitalWorld({
    settings: { leaseMs: 10, outboxLeaseMs: 10 },
    // A fresh count for each arming: the calls before are forgotten.
    store: (inner) => new Proxy(inner, { get: (target, name: keyof typeof inner) => (arm === undefined ? target[name] : faults.store(target)[name]) }),
  })
  const real: Real = {
    world,
    admitted: { ada: await world.admit({ person: world.people.ada, number: numbers.ada }), bob: await world.admit({ person: world.people.bob, number: numbers.bob }) },
    killAt(k, way) {
      arm = { k, way }
      faults = createFaults(k, way)
    },
  }
  const { restart } = world
  world.restart = () => {
    arm = undefined
    restart()
  }
  const model = newModel(world.clock.now)
  for (const patient of ['ada', 'bob'] as const) {
    const { records, entries } = real.admitted[patient]
    model.patients[patient].records.push({ id: records[0] as string, type: 'Patient', bytes: entries.at(-1)?.opening?.payload as Uint8Array })
  }
  return { model, real }
}

/** I1 to I4: everything acknowledged is there once and byte for byte, the log is whole, and the ledger holds each once. */
async function assertWorld({ patients: own }: PlatformModel, { world, admitted }: Real): Promise<void> {
  world.restart()
  const log = await startLog(world.parts)
  await settled(world.parts)
  await log.stop()
  for (const patient of ['ada', 'bob'] as const) {
    const { actor } = world.people[patient]
    const { value } = await listRecords(world.parts, actor, { patient: admitted[patient].patient, purpose: 'treatment', limit: 100 })
    expect(value.items.map(({ id }) => id).sort()).toEqual(own[patient].records.map(({ id }) => id).sort())
    for (const { id, bytes } of own[patient].records) expect((await readRecord(world.parts, actor, { id, purpose: 'treatment' })).value.opening.payload).toEqual(bytes)
  }
  expect((await audit(world.parts)).findings).toEqual([])
  const onLedger = (await world.parts.targets[0]!.ledger.list('hospital', { limit: 1000 })).records.map(({ id }) => id)
  expect(new Set(onLedger).size).toBe(onLedger.length)
}

describe('any order of writes, reads, consents, emergencies, revocations, kills and hours', () => {
  it('is what a model of a few lines says', async () => {
    await fc.assert(fc.asyncProperty(fc.commands([write, read, read, consent, withdraw, breakGlass, revoke, work, crash, tick], { maxCommands: 30, size: 'max' }), async (commands) => {
      const { model, real } = await setUp()
      await fc.asyncModelRun(() => ({ model, real }), commands)
      await assertWorld(model, real)
    }), { numRuns: RUNS, ...(process.env['CARELEDGER_MODEL_SEED'] === undefined ? {} : { seed: Number(process.env['CARELEDGER_MODEL_SEED']) }) })
  }, 3_600_000)
})
