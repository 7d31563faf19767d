import { createInMemoryDatabase, createInMemoryStore } from '@careledger/data-in-memory'
import { signCheckpoint, checkpointBody, checkpointLedgerData, checkpointRecordId, toHex, sha256 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, newSigner, note, origin, settled, stock, until } from '../__fixtures__/world.ts'
import { isLogicError } from '../logic-error.ts'
import { startLog } from './start-log.ts'

const codeOf = (attempt: Promise<unknown>): Promise<string> => attempt.then(() => 'started', (error: unknown) => (isLogicError(error) ? error.code : String(error)))

describe('startLog', () => {
  it('refuses a store that is behind its newest checkpoint on a ledger: it was rolled back', async () => {
    const world = await createWorld()
    const log = await startLog(world.parts)
    await settled(world.parts)
    await log.stop()
    const empty = createInMemoryStore({ database: createInMemoryDatabase() })
    expect(await codeOf(startLog(world.restart({ store: empty })))).toBe('ROLLED_BACK')
  })

  it('refuses a ledger with another history of this log', async () => {
    const world = await createWorld()
    const log = await startLog(world.parts)
    await settled(world.parts)
    await log.stop()
    const forged = checkpointLedgerData(await signCheckpoint(checkpointBody({ origin, size: 3, root: new Uint8Array(32) }), world.signer.log), world.signer.log.publicJwk)
    await world.ledger.append('checkpoints', [{ id: toHex(checkpointRecordId(origin, 3)), data: forged, digest: toHex(sha256(forged)) }])
    expect(await codeOf(startLog(world.restart()))).toBe('CORRUPTION')
  })

  it('takes no notice of checkpoints that another key signed in this log\'s name', async () => {
    const world = await createWorld()
    const stranger = newSigner('ed25519')
    const forged = checkpointLedgerData(await signCheckpoint(checkpointBody({ origin, size: 9000, root: new Uint8Array(32) }), stranger), stranger.publicJwk)
    await world.ledger.append('checkpoints', [{ id: toHex(checkpointRecordId(origin, 9000)), data: forged, digest: toHex(sha256(forged)) }])
    const log = await startLog(world.parts)
    await log.stop()
  })

  it('refuses a log whose frontier, tile or newest checkpoint was changed', async () => {
    const changes: readonly ((world: Awaited<ReturnType<typeof createWorld>>) => void)[] = [
      ({ database }) => database.trees.set(origin, { ...database.trees.get(origin)!, frontier: [new Uint8Array(32)] }),
      ({ database }) => database.tiles.set(`${origin}\0partial/0`, new Uint8Array(128)),
      ({ database }) => database.tiles.set(`${origin}\0partial/0`, new Uint8Array(64)),
      ({ database }) => { const key = `${origin}\0${'4'.padStart(16, '0')}`; const row = database.checkpoints.get(key)!; database.checkpoints.set(key, { ...row, note: row.note.replace('\n4\n', '\n3\n') }) },
    ]
    for (const change of changes) {
      const world = await createWorld()
      const log = await startLog(world.parts)
      await settled(world.parts)
      await log.stop()
      change(world)
      world.database.clock.finish()
      expect(await codeOf(startLog(world.restart()))).toBe('CORRUPTION')
    }
  })

  it('starts while a ledger is down, checks it when it is back, and stops if the store turns out rolled back', async () => {
    const world = await createWorld()
    const log = await startLog(world.parts)
    await settled(world.parts)
    await log.stop()
    let down = true
    const list: typeof world.ledger.list = (...given) => (down ? Promise.reject(Object.assign(new Error('down'), { name: 'LedgerError', code: 'LEDGER_UNAVAILABLE', details: {} })) : world.ledger.list(...given))
    const targets = [{ name: 'memory', ledger: { ...world.ledger, list }, networks: ['ward'], way: 'indexed' as const }]
    const empty = createInMemoryStore({ database: createInMemoryDatabase() })
    const service = await startLog(world.restart({ store: empty, targets }))
    await until(() => service.status().anchors[0]!.problem === 'LEDGER_UNAVAILABLE: down')
    down = false
    expect((await service.failed).code).toBe('ROLLED_BACK')
    await until(() => service.status().sequencer === 'stopped')
  })

  it('goes on where it stopped, and a stored entry needs no second call', async () => {
    const world = await createWorld()
    const signed = await stock(world.doctor)
    await accept(world.parts, world.doctor, signed)
    for (let restart = 0; restart < 3; restart++) {
      const log = await startLog(world.restart())
      await settled(world.parts)
      await log.stop()
    }
    expect(await accept(world.parts, world.doctor, signed, { wait: 'anchored' })).toMatchObject([{ state: 'anchored', duplicate: true }])
  })

  it('answers those who wait in a process that does not sequence', async () => {
    const world = await createWorld()
    const log = await startLog(world.restart())
    const { subject } = await world.patient()
    const [receipt] = await accept(world.parts, world.doctor, await note(world.doctor, subject), { wait: 'anchored' })
    expect(receipt!.state).toBe('anchored')
    await log.stop()
  })

  it('says how far an entry has come when the time to wait is over', async () => {
    const world = await createWorld({ settings: { waitMaxMs: 20 } })
    expect(await accept(world.parts, world.doctor, await stock(world.doctor), { wait: 'sequenced' })).toMatchObject([{ state: 'stored' }])
  })

  it('lets 500 wait at once with few looks at the store', async () => {
    let reads = 0
    const world = await createWorld({ store: (store) => ({ ...store, read: (body) => { reads++; return store.read(body) } }) })
    const log = await startLog(world.restart())
    const signed = await Promise.all(Array.from({ length: 500 }, () => stock(world.doctor, `item ${Math.random()}`)))
    reads = 0
    const receipts = await Promise.all(signed.map((one) => accept(world.parts, world.doctor, one, { wait: 'sequenced' })))
    expect(receipts.flat().every(({ state }) => state !== 'stored')).toBe(true)
    // One look at the row that each writes, one for each receipt; waiting itself adds a handful.
    expect(reads).toBeLessThan(1100)
    await log.stop()
  })
})
