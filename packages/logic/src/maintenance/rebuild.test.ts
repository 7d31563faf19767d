import type { Projection } from '@careledger/data-spec'
import { utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, draft, hospitalId, note, settled, sign, stock, type World } from '../__fixtures__/world.ts'
import { openEntry } from '../entries/open-entry.ts'
import { openRow } from '../entries/rows.ts'
import { isLogicError } from '../logic-error.ts'
import { startLog } from '../log/start-log.ts'
import { audit } from './audit/audit.ts'
import { erasePatient } from './erase-patient.ts'
import { rebuild } from './rebuild.ts'
import { dropErasedPayloads, sweepDocuments } from './sweep-documents.ts'

/** Every row of every table, sealed ones opened, without versions. */
async function tables(world: World): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {}
  for (const table of [...world.parts.networks.values()].flatMap((network) => Object.keys(network.tables))) {
    const { rows } = await world.parts.store.read((view) => view.find({ table, limit: 1000 }))
    for (const row of rows) found[`${table}/${row.key}`] = { indexes: row.indexes, value: await plain(world, row) }
  }
  return found
}
async function plain(world: World, row: Projection): Promise<unknown> {
  if (row.table !== 'note') return Buffer.from(row.value).toString()
  for (const patient of await patients(world)) {
    const value = await openRow(world.parts, row, { custodian: hospitalId, patient }).catch(() => undefined)
    if (value !== undefined) return value
  }
  return 'shut'
}
async function patients(world: World): Promise<readonly string[]> {
  const { rows } = await world.parts.store.read((view) => view.find({ table: 'subject', limit: 1000 }))
  return rows.flatMap((row) => (JSON.parse(Buffer.from(row.value).toString()) as { patient?: string }).patient ?? [])
}

async function createRunningWorld() {
  const world = await createWorld()
  const [one, two] = [await world.patient(), await world.patient()]
  const notes: string[] = []
  for (const { subject } of [one, two, one]) notes.push((await accept(world.parts, world.doctor, await note(world.doctor, subject)))[0]!.id)
  const [large] = await accept(world.parts, world.doctor, await sign(world.doctor.signer, draft({ type: 'note-written', author: world.doctor.author, subject: one.subject }), new Uint8Array(300_000).fill(66)))
  await accept(world.parts, world.doctor, await sign(world.doctor.signer, draft({ type: 'epoch-raised', author: world.doctor.author, subject: one.subject })))
  for (const item of ['gauze', 'gauze', 'drug', 'gone']) await accept(world.parts, world.doctor, await stock(world.doctor, item))
  const log = await startLog(world.parts)
  await settled(world.parts)
  await log.stop()
  await accept(world.parts, world.doctor, await stock(world.doctor, 'waiting for its index'))
  const erase = () => erasePatient(world.parts, { custodian: hospitalId, patient: one.patient, subjects: [one.subject], signer: world.hospital.signer, author: world.hospital.author })
  return { ...world, one, two, notes, large: large!.id, erase }
}

describe('rebuild', () => {
  it('makes every row again as it was, entries without an index included', async () => {
    const world = await createRunningWorld()
    const before = await tables(world)
    const progress: number[] = []
    const report = await rebuild(world.parts, ({ done }) => progress.push(done))
    expect(report).toEqual({ entries: 16, erased: 0 })
    expect(progress.at(-1)).toBe(16)
    expect(await tables(world)).toEqual(before)
    expect(Object.keys(before)).toContain('stock/waiting for its index')
  })

  it('mends rows that were changed, taken away or added', async () => {
    const world = await createRunningWorld()
    const before = await tables(world)
    await world.parts.store.write({ projections: [{ table: 'stock', key: 'stray', next: utf8('1') }, { table: 'note', key: world.notes[0]!, expected: 1, next: null }, { table: 'stock', key: 'gauze', expected: 2, next: utf8('77') }] })
    await rebuild(world.parts)
    expect(await tables(world)).toEqual(before)
    expect((await audit(world.parts)).findings).toEqual([])
  })

  it('names the first entry that does not open although no erasure covers it, and replays the others', async () => {
    const world = await createRunningWorld()
    await world.parts.vaults.get(hospitalId)!.destroy(world.one.patient)
    const error = await rebuild(world.parts).catch((reason: unknown) => reason)
    expect(isLogicError(error, 'CORRUPTION')).toBe(true)
    expect(await world.parts.store.read((view) => view.projection('stock', 'gauze'))).toMatchObject({ value: utf8('2') })
    expect((await audit(world.parts)).findings.filter(({ what }) => what === 'unreadable').map(({ id }) => id)).toContain(world.notes[0])
  })
})

describe('erasePatient', () => {
  it('takes rows and keys, leaves a signed certificate, and everybody else\'s data', async () => {
    const world = await createRunningWorld()
    const certificate = await world.erase()
    if (certificate.outcome !== 'erased') throw new TypeError('It was refused.')
    expect(certificate).toMatchObject({ generationBefore: 1, generationAfter: 2, entries: [{ state: 'stored', duplicate: false }] })
    const stored = await world.parts.store.read((view) => view.entries([...world.notes, certificate.entries[0]!.id]))
    const opened = await Promise.all(stored.map((one) => openEntry(world.parts, one!)))
    expect(opened.map((one) => (one === 'erased' ? one : 'open'))).toEqual(['erased', 'open', 'erased', 'open'])
    expect(Buffer.from((opened[3] as { payload: Uint8Array }).payload).toString()).toBe('{"generationAfter":2,"generationBefore":1,"v":1}')
    expect(Object.keys(await tables(world)).filter((name) => name.startsWith('note/'))).toEqual([`note/${world.notes[1]}`])
  })

  it('is no corruption: rebuild gives the same rows and audit finds nothing', async () => {
    const world = await createRunningWorld()
    await world.erase()
    const before = await tables(world)
    expect(await rebuild(world.parts)).toMatchObject({ erased: 5 })
    expect(await tables(world)).toEqual(before)
    const log = await startLog(world.restart())
    await settled(world.parts)
    await log.stop()
    expect(await audit(world.parts)).toMatchObject({ findings: [], erased: 5 })
  })

  it('refuses further entries of the patient, and can be called again', async () => {
    const world = await createRunningWorld()
    await world.erase()
    expect(await world.erase()).toMatchObject({ generationBefore: 1, generationAfter: 2, entries: [] })
    expect(await accept(world.parts, world.doctor, await note(world.doctor, world.one.subject)).catch((error: unknown) => (error as { code: string }).code)).toBe('NOT_ALLOWED')
  })

  it('frees the space of what nobody can open any more, and audit still finds nothing', async () => {
    const world = await createRunningWorld()
    await world.erase()
    expect(await dropErasedPayloads(world.parts)).toBe(4)
    expect(world.documents.size).toBe(0)
    expect(await dropErasedPayloads(world.parts)).toBe(0)
    expect((await audit(world.parts)).findings).toEqual([])
  })
})

describe('sweepDocuments', () => {
  it('deletes what no entry names and keeps the rest', async () => {
    const world = await createRunningWorld()
    world.documents.set('stray', new Uint8Array(1))
    expect(await sweepDocuments(world.parts)).toBe(1)
    expect(world.documents.size).toBe(1)
  })
})
