import { parseProof, utf8, verifyConsistency, verifyProof, fromBase64url, parseCheckpoint } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, draft, hospitalId, note, settled, sign, signBatch, type World } from '../__fixtures__/world.ts'
import { isLogicError } from '../logic-error.ts'
import { buildProof } from './build-proof.ts'
import { newestCheckpoint, readConsistency, readTile } from './read-log.ts'
import { createSequencer } from './sequencer.ts'
import { startLog } from './start-log.ts'

const outcomes = async (world: World, text: string): Promise<Readonly<Record<string, string>>> => Object.fromEntries((await verifyProof(utf8(text), world.trust)).steps.map(({ name, outcome }) => [name, outcome]))
const codeOf = (attempt: Promise<unknown>): Promise<unknown> => attempt.then(() => 'built', (error: unknown) => (isLogicError(error) ? error.code : error))
async function run(world: World): Promise<void> {
  const log = await startLog(world.restart())
  await settled(world.parts)
  await log.stop()
}

describe('buildProof', () => {
  it('shows the payload and the entry\'s own records only when asked', async () => {
    const world = await createWorld()
    const { subject } = await world.patient()
    const [receipt] = await accept(world.parts, world.doctor, await note(world.doctor, subject))
    await run(world)
    const bare = parseProof(utf8((await buildProof(world.parts, receipt!.id))!))
    expect(bare.opening).toBeUndefined()
    expect(bare.anchors.map((anchor) => anchor.for)).toEqual(['checkpoint'])
    const full = parseProof(utf8((await buildProof(world.parts, receipt!.id, { opening: true, recordAnchor: true }))!))
    expect(full.opening).toMatchObject({ mediaType: 'text/plain' })
    const record = full.anchors.find((anchor) => anchor.for === 'record')!
    expect(record.blind).toBeDefined()
    const [onLedger] = await world.ledger.getMany('ward', [record.id])
    expect(onLedger?.digest).toBe(record.digest)
  })

  it('proves entries of a signed batch, of every place in a larger log, and the credentials themselves', async () => {
    const world = await createWorld({ settings: { sequenceMax: 150 } })
    const receipts = await accept(world.parts, world.hospital, await signBatch(world.hospital.signer, Array.from({ length: 700 }, () => ({ entry: draft({ type: 'item-stocked', author: world.hospital.author }) }))))
    await run(world)
    const ids = [receipts[0]!, receipts[299]!, receipts[699]!].map(({ id }) => id)
    for (const id of [...ids, world.doctor.author.credential!, world.root.author.credential!]) {
      const text = await buildProof(world.parts, id, { opening: true })
      expect(await outcomes(world, text!)).toMatchObject({ signature: 'pass', leaf: 'pass', inclusion: 'pass', checkpoint: 'pass', witnesses: 'pass', credentials: 'pass' })
    }
  })

  it('keeps an entry valid that was signed before its key was revoked, and carries the revocation', async () => {
    const world = await createWorld()
    const { subject } = await world.patient()
    const [receipt] = await accept(world.parts, world.doctor, await note(world.doctor, subject))
    await run(world)
    await accept(world.parts, world.hospital, await sign(world.hospital.signer, draft({ network: 'identity', type: 'key-revoked', custodian: hospitalId, author: world.hospital.author }), { mediaType: 'application/careledger-revocation+json', payload: utf8(`{"key":"${world.doctor.signer.key}","v":1}`) }))
    await run(world)
    const text = (await buildProof(world.parts, receipt!.id, { opening: true }))!
    expect(parseProof(utf8(text)).status?.revocations).toHaveLength(1)
    expect((await verifyProof(utf8(text), world.trust)).valid).toBe(true)
  })

  it('says that an entry has no place in the log yet, or no signed checkpoint, and nothing of one that is not there', async () => {
    let unsigned = true
    const world = await createWorld({ store: (store) => ({ ...store, sequencer: { ...store.sequencer, putCheckpoint: async (...given) => { if (unsigned) throw new Error('later'); return store.sequencer.putCheckpoint(...given) } } }) })
    expect(await codeOf(buildProof(world.parts, world.doctor.author.credential!))).toBe('UNAVAILABLE')
    const sequencer = createSequencer(world.parts)
    await sequencer.round().catch(() => undefined)
    expect(await codeOf(buildProof(world.parts, world.doctor.author.credential!))).toBe('UNAVAILABLE')
    unsigned = false
    await sequencer.round()
    expect(await codeOf(buildProof(world.parts, world.doctor.author.credential!))).toBe('built')
    expect(await buildProof(world.parts, '01890a5d-ac96-774b-bcce-b302099a8057')).toBeUndefined()
  })

  it('proves with the newest checkpoint that is final on a ledger, and with the newest signed one where none is', async () => {
    const world = await createWorld()
    const sequencer = createSequencer(world.parts)
    await sequencer.round()
    const text = (await buildProof(world.parts, world.doctor.author.credential!))!
    expect(parseProof(utf8(text))).toMatchObject({ log: { size: 4 }, anchors: [] })
    expect((await outcomes(world, text))['anchor']).toBe('unchecked')
  })
})

describe('the public log', () => {
  it('gives consistency paths between any two of its states, and tiles of any width', async () => {
    const world = await createWorld({ settings: { sequenceMax: 100 } })
    await run(world)
    const first = (await newestCheckpoint(world.parts))!
    await accept(world.parts, world.hospital, await signBatch(world.hospital.signer, Array.from({ length: 600 }, () => ({ entry: draft({ type: 'item-stocked', author: world.hospital.author }) }))))
    await run(world)
    const second = (await newestCheckpoint(world.parts))!
    const path = (await readConsistency(world.parts, first.size, second.size)).map(fromBase64url)
    expect(verifyConsistency({ from: first.size, fromRoot: parseCheckpoint(first.note).root, to: second.size, toRoot: parseCheckpoint(second.note).root, path })).toBe(true)
    expect(await codeOf(readConsistency(world.parts, 5, 100_000))).toBe('INPUT_MALFORMED')
    expect((await readTile(world.parts, { level: 0, index: 0, width: 256 }))?.length).toBe(8192)
    expect((await readTile(world.parts, { level: 0, index: 2, width: 10 }))?.length).toBe(320)
    expect(await readTile(world.parts, { level: 0, index: 2, width: 256 })).toBeUndefined()
    expect(await readTile(world.parts, { level: 0, index: 9, width: 1 })).toBeUndefined()
  })
})
