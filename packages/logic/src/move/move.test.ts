import { LedgerError, type Ledger, type ListedRecord } from '@careledger/ledger-spec'
import { utf8, verifyContinuity, verifyProof } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { accept, draft, note, origin, settled, signBatch, until } from '../__fixtures__/world.ts'
import type { AcceptOptions } from '../entries/signed-entry.ts'
import { buildProof } from '../log/build-proof.ts'
import { entryStates } from '../log/entry-states.ts'
import { readOverview } from '../log/read-overview.ts'
import { startLog } from '../log/start-log.ts'
import { audit } from '../maintenance/audit/audit.ts'
import type { Parts } from '../parts.ts'
import { createMovingWorld, moveIs, moveNow, recordsOn, type MovingWorld } from './__fixtures__/moving-world.ts'
import { cancelMove, pauseMove, resumeMove, startMove } from './control-move.ts'
import { planMove } from './plan-move.ts'

/** Entries of the ward without and with a subject; gives their ids in the order stored. */
async function write(world: MovingWorld, count: number, options: Partial<AcceptOptions> = {}): Promise<readonly string[]> {
  const { subject } = await world.patient()
  const ids: string[] = []
  for (let n = 0; n < count; n += 10) {
    const batch = await signBatch(world.hospital.signer, Array.from({ length: 9 }, () => ({ entry: draft({ type: 'item-stocked', author: world.hospital.author }) })))
    ids.push(...(await accept(world.parts, world.hospital, batch, options)).map(({ id }) => id))
    ids.push(...(await accept(world.parts, world.doctor, await note(world.doctor, subject), options)).map(({ id }) => id))
  }
  return ids
}
const plain = (records: readonly ListedRecord[]): readonly string[] => records.map(({ id, key, digest }) => `${id} ${key} ${digest}`).sort()
const states = async (parts: Parts, ids: readonly string[]): Promise<ReadonlySet<string | undefined>> => new Set((await entryStates(parts, ids)).map((progress) => progress?.state))

describe('moving a running network', () => {
  it('puts every record on the new ledger exactly once while writes go on, then leaves the old one alone', async () => {
    const world = await createMovingWorld()
    const { parts, old, fresh } = world
    const log = await startLog(parts)
    const before = await write(world, 300)
    await settled(parts)
    const oldProof = await buildProof(parts, before[9]!, { opening: true, recordAnchor: true })

    const written = [...before]
    const started = await startMove(parts, { network: 'ward', to: 'new' })
    while (!['done', 'halted'].includes((await moveNow(parts, started.id)).state)) written.push(...(await write(world, 10, { wait: 'sequenced' })))
    const move = await moveIs(parts, 'done')
    const left = (await recordsOn(old, 'ward')).length
    const leftCheckpoints = (await recordsOn(old, 'checkpoints')).length
    written.push(...(await write(world, 50)))
    await settled(parts)

    expect([(await recordsOn(old, 'ward')).length, (await recordsOn(old, 'checkpoints')).length]).toEqual([left, leftCheckpoints])
    const records = await recordsOn(fresh, 'ward')
    const patients = records.length - written.length
    expect(patients).toBeGreaterThan(2)
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length)
    expect(plain(records)).toEqual(expect.arrayContaining([...plain(await recordsOn(old, 'ward'))]))
    expect(await states(parts, written.slice(0, 1000))).toEqual(new Set(['anchored']))
    expect(move).toMatchObject({ from: 'old', to: 'new', way: 'indexed', findings: [], findingsTotal: 0 })

    const { file, fromSize, toSize } = await verifyContinuity(utf8(move.continuity!), world.trust)
    expect([file.network, file.from.ledgerId, file.to.ledgerId]).toEqual(['ward', old.describe().ledgerId, fresh.describe().ledgerId])
    expect(toSize).toBeGreaterThanOrEqual(fromSize)
    expect((await recordsOn(old, 'checkpoints')).map(({ id }) => id)).toContain(file.from.id)
    expect((await recordsOn(fresh, 'checkpoints')).map(({ id }) => id)).toContain(file.to.id)

    for (const proof of [oldProof, await buildProof(parts, before[9]!, { opening: true, recordAnchor: true })]) expect((await verifyProof(utf8(proof!), world.trust)).valid).toBe(true)
    expect(await readOverview(parts)).toMatchObject({ networks: [{ name: 'ward', ledgers: [{ ledger: 'new', way: 'indexed', whole: true }] }], ledgers: [{ name: 'old', networks: [] }, { name: 'new' }] })
    await log.stop()
    expect(await audit(parts)).toMatchObject({ ok: true, findings: [], unchecked: [] })
  }, 30_000)

  it('moves back: what was there is not written again, what came since is', async () => {
    const world = await createMovingWorld()
    const { parts, old, fresh } = world
    const log = await startLog(parts)
    const ids = [...(await write(world, 30))]
    await startMove(parts, { network: 'ward', to: 'new' })
    await moveIs(parts, 'done')
    ids.push(...(await write(world, 30)))
    await settled(parts)
    await startMove(parts, { network: 'ward', to: 'old' })
    const back = await moveIs(parts, 'done')
    await settled(parts)
    expect(plain(await recordsOn(old, 'ward'))).toEqual(plain(await recordsOn(fresh, 'ward')))
    expect((await verifyContinuity(utf8(back.continuity!), world.trust)).file.to.ledger).toBe('old')
    expect(await states(parts, ids)).toEqual(new Set(['anchored']))
    await log.stop()
    expect((await audit(parts)).findings).toEqual([])
  })

  it.each([['checkpointed', 'checkpointed', 0], ['checkpointed', 'indexed', 62], ['indexed', 'checkpointed', 0]] as const)('takes a network that is %s to a ledger that is %s', async (from, to, count) => {
    const world = await createMovingWorld({ way: from })
    const { parts, fresh } = world
    const log = await startLog(parts)
    const ids = [...(await write(world, 30))]
    await settled(parts)
    await startMove(parts, { network: 'ward', to: 'new', way: to })
    await moveIs(parts, 'done')
    ids.push(...(await write(world, 30)))
    await settled(parts)
    expect((await recordsOn(fresh, 'ward')).length).toBe(count)
    expect(await states(parts, ids)).toEqual(new Set(['anchored']))
    await log.stop()
    expect((await audit(parts)).findings).toEqual([])
  })

  it('adds a second ledger, drops the first, and changes the way on one and the same ledger', async () => {
    const world = await createMovingWorld()
    const { parts, old, fresh } = world
    const log = await startLog(parts)
    await write(world, 20)
    await startMove(parts, { network: 'ward', to: 'new', keep: true })
    await moveIs(parts, 'done')
    await write(world, 10)
    await settled(parts)
    expect(plain(await recordsOn(fresh, 'ward'))).toEqual(plain(await recordsOn(old, 'ward')))
    await expect(startMove(parts, { network: 'ward', to: 'new' })).rejects.toMatchObject({ code: 'INPUT_MALFORMED', message: expect.stringContaining('Say which') })
    await startMove(parts, { network: 'ward', to: 'new', from: 'old' })
    await moveIs(parts, 'done')
    await startMove(parts, { network: 'ward', to: 'new', way: 'checkpointed' })
    await moveIs(parts, 'done')
    const count = (await recordsOn(fresh, 'ward')).length
    const ids = await write(world, 10)
    await settled(parts)
    expect((await recordsOn(fresh, 'ward')).length).toBe(count)
    expect(await states(parts, ids)).toEqual(new Set(['anchored']))
    await log.stop()
    expect((await audit(parts)).findings).toEqual([])
  })

  it('waits while it is paused, and goes on where it was', async () => {
    const world = await createMovingWorld()
    const { parts, fresh } = world
    await write(world, 30)
    const { id } = await startMove(parts, { network: 'ward', to: 'new' })
    await pauseMove(parts, id)
    const log = await startLog(parts)
    const [during] = await write(world, 10)
    await settled(parts)
    const held = await moveNow(parts, id)
    expect(held).toMatchObject({ state: 'copying', paused: true, copied: 0 })
    expect((await recordsOn(fresh, 'ward')).map((record) => record.id)).toContain(during!.replaceAll('-', ''))
    expect(await states(parts, [during!])).toEqual(new Set(['anchored']))
    await resumeMove(parts, id)
    await moveIs(parts, 'done')
    await log.stop()
    expect((await audit(parts)).findings).toEqual([])
  })

  it('is cancelled without a trace on the old ledger, and can be tried again', async () => {
    const world = await createMovingWorld({ wrap: (ledger) => ({ ...ledger, append: () => Promise.reject(new LedgerError('LEDGER_UNAVAILABLE', 'down')) }) })
    const { parts, old, fresh } = world
    const log = await startLog(parts)
    const ids = [...(await write(world, 30))]
    const { id } = await startMove(parts, { network: 'ward', to: 'new' })
    await moveIs(parts, 'settling')
    await expect(startMove(parts, { network: 'ward', to: 'new' })).rejects.toMatchObject({ message: expect.stringContaining('is moving to new already') })
    await cancelMove(parts, id)
    await expect(cancelMove(parts, id)).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    ids.push(...(await write(world, 20)))
    await until(async () => (await states(parts, ids)).has('anchored') && (await states(parts, ids)).size === 1)
    expect((await recordsOn(old, 'ward')).length).toBe(ids.length + 2)
    expect(await recordsOn(fresh, 'ward')).toEqual([])
    await log.stop()
    const again = world.restart({ targets: [parts.targets[0]!, { name: 'new', ledger: fresh }] })
    const second = await startLog(again)
    await startMove(again, { network: 'ward', to: 'new' })
    await moveIs(again, 'done')
    await second.stop()
    expect(plain(await recordsOn(fresh, 'ward'))).toEqual(plain(await recordsOn(old, 'ward')))
    expect((await audit(again)).findings).toEqual([])
  })

  it('names a record that the new ledger altered and one that it lost, and stays on the old one', async () => {
    let wrong = true
    let [altered, lost] = ['', '']
    const lie = (ledger: Ledger): Ledger => ({
      ...ledger,
      async list(stream, query, options) {
        const page = await ledger.list(stream, query, options)
        if (!wrong || stream !== 'ward') return page
        return { ...page, records: page.records.filter(({ id }) => id !== lost).map((record) => (record.id === altered ? { ...record, digest: 'ab'.repeat(32) } : record)) }
      },
    })
    const world = await createMovingWorld({ wrap: lie })
    const { parts } = world
    const log = await startLog(parts)
    const ids = await write(world, 30)
    await settled(parts)
    ;[altered, lost] = [ids[3]!.replaceAll('-', ''), ids[12]!.replaceAll('-', '')]
    const { id } = await startMove(parts, { network: 'ward', to: 'new' })
    const halted = await moveIs(parts, 'halted')
    expect([...halted.findings].sort((a, b) => (a.item < b.item ? -1 : 1))).toEqual([{ what: 'altered', item: ids[3]! }, { what: 'lost', item: ids[12]! }])
    expect(await readOverview(parts)).toMatchObject({ networks: [{ ledgers: [{ ledger: 'old', whole: true }, { ledger: 'new', whole: false }] }] })
    wrong = false
    await resumeMove(parts, id)
    expect(await moveIs(parts, 'done')).toMatchObject({ findings: [], findingsTotal: 0 })
    await log.stop()
  })

  it('refuses a new ledger that holds another history of this log', async () => {
    const world = await createMovingWorld()
    const { parts, fresh } = world
    const { signCheckpoint, checkpointBody, checkpointLedgerData, checkpointRecordId, toHex, sha256 } = await import('@careledger/proof')
    const log = await startLog(parts)
    await write(world, 10)
    await settled(parts)
    const data = checkpointLedgerData(await signCheckpoint(checkpointBody({ origin, size: 3, root: new Uint8Array(32) }), world.signer.log), world.signer.log.publicJwk)
    await fresh.append('checkpoints', [{ id: toHex(checkpointRecordId(origin, 3)), data, digest: toHex(sha256(data)) }])
    await startMove(parts, { network: 'ward', to: 'new' })
    expect(await moveIs(parts, 'halted')).toMatchObject({ problem: expect.stringContaining('another history') })
    await log.stop()
  })

  it('says why it does not go on when the new ledger refuses records, and goes on once they were sent again', async () => {
    let refuse = true
    const world = await createMovingWorld({ wrap: (ledger) => ({ ...ledger, append: async (stream, records, options) => {
      if (refuse && stream === 'ward' && records.some(({ id }) => id === bad)) throw new LedgerError('LEDGER_INVALID_RECORD', 'no')
      return ledger.append(stream, records, options)
    } }) })
    const { parts } = world
    let bad = ''
    const log = await startLog(parts)
    const ids = await write(world, 20)
    bad = ids[4]!.replaceAll('-', '')
    const { id } = await startMove(parts, { network: 'ward', to: 'new' })
    await until(async () => (await moveNow(parts, id)).problem !== undefined)
    expect(await moveNow(parts, id)).toMatchObject({ state: 'settling', problem: expect.stringContaining('refused records') })
    expect(await states(parts, [ids[4]!])).toEqual(new Set(['anchored']))
    refuse = false
    await parts.store.outbox.settle('new', [{ item: ids[4]!, state: 'waiting' }])
    expect(await moveIs(parts, 'done')).toMatchObject({ findings: [] })
    await log.stop()
  })

  it('plans without doing anything, and says what is wrong with a request', async () => {
    const world = await createMovingWorld()
    const { parts } = world
    const log = await startLog(parts)
    await write(world, 30)
    await settled(parts)
    expect(await planMove(parts, { network: 'ward', to: 'new' })).toMatchObject({ from: 'old', way: 'indexed', entries: 31, toCopy: 31, appends: 1, problems: [] })
    await log.stop()
    const refusals: readonly (readonly [Parameters<typeof startMove>[1], RegExp])[] = [
      [{ network: 'nothing', to: 'new' }, /written to no ledger.*ward/], [{ network: 'ward', to: 'nothing' }, /no ledger nothing.*old, new/], [{ network: 'ward', to: 'old' }, /indexed on old already/], [{ network: 'ward', to: 'new', from: 'new' }, /not on new; it is on old/],
    ]
    for (const [request, words] of refusals) await expect(startMove(parts, request)).rejects.toMatchObject({ code: 'INPUT_MALFORMED', message: expect.stringMatching(words) })
  })
})
