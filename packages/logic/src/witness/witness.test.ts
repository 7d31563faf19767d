import { appendLeaves, checkpointBody, consistencyPath, createSigner, emptyRoot, generateSigningKey, rootOfFrontier, sha256, signCheckpoint, tilesFor, u64, verifyCosignatures, type Signer, type TreeState } from '@careledger/proof'
import { beforeAll, describe, expect, it } from 'vitest'
import { createWitness, type SplitView } from './witness.ts'
import { witnessRequestBody } from './witness-request.ts'

const origin = 'careledger.test/log/0'
const leaves = (count: number, salt = 0) => Array.from({ length: count }, (_, index) => sha256(u64(index), u64(salt)))
const treeOf = (count: number, salt = 0): TreeState => appendLeaves({ size: 0, frontier: [] }, leaves(count, salt))

let log: Signer
let stranger: Signer
let own: Signer
beforeAll(async () => {
  const make = async () => generateSigningKey('EdDSA').then(({ privateKey, publicJwk }) => createSigner(privateKey, publicJwk));
  [log, stranger, own] = [await make(), await make(), await make()]
})

const noteOf = (tree: TreeState, signer = log, name = origin): Promise<string> => signCheckpoint(checkpointBody({ origin: name, size: tree.size, root: tree.size === 0 ? emptyRoot() : rootOfFrontier(tree) }), signer)

/** Path between two sizes of the log whose leaves have this salt. */
async function pathBetween(from: number, to: number, salt = 0): Promise<readonly Uint8Array[]> {
  const tiles = new Map(tilesFor({ size: 0, partial: () => new Uint8Array(0), leafHashes: leaves(to, salt) }).map(({ path, bytes }) => [path, bytes]))
  return consistencyPath(from, to, (wanted) => Promise.resolve(wanted.map(({ level }) => tiles.get(`partial/${level}`))))
}

function createSubject() {
  const notes = new Map<string, string>()
  const found: SplitView[] = []
  const witness = createWitness({
    name: 'witness.test', signer: own, logs: [{ origin, key: log.publicJwk }], now: () => new Date('2026-11-26T12:00:00Z'),
    state: { read: (of) => Promise.resolve(notes.get(of)), write: (of, note) => Promise.resolve(void notes.set(of, note)) },
    onSplitView: (view) => Promise.resolve(void found.push(view)),
  })
  const ask = async (from: number, to: number, options: { readonly salt?: number; readonly path?: readonly Uint8Array[]; readonly signer?: Signer; readonly name?: string } = {}) =>
    witness.addCheckpoint(witnessRequestBody({ from, path: options.path ?? (await pathBetween(from, to, options.salt)), note: await noteOf(treeOf(to, options.salt), options.signer, options.name) }))
  return { witness, notes, found, ask }
}

describe('a witness', () => {
  it('cosigns a first state and each that extends the one before, and keeps the newest', async () => {
    const { ask, notes } = createSubject()
    for (const [from, to] of [[0, 5], [5, 5], [5, 8], [8, 100]] as const) {
      const answer = await ask(from, to)
      expect(answer.status).toBe(200)
      expect(await verifyCosignatures((await noteOf(treeOf(to))) + answer.body, [{ name: 'witness.test', key: own.publicJwk }])).toEqual([{ name: 'witness.test', time: new Date('2026-11-26T12:00:00Z') }])
      expect(notes.get(origin)).toContain(`\n${to}\n`)
    }
  })

  it('says its own size when the log is mistaken about it', async () => {
    const { ask } = createSubject()
    await ask(0, 5)
    expect(await ask(0, 8)).toEqual({ status: 409, body: '5\n' })
    expect(await ask(3, 8)).toEqual({ status: 409, body: '5\n' })
  })

  it('refuses another root for a size that it has cosigned, and keeps both notes', async () => {
    const { ask, found, notes } = createSubject()
    await ask(0, 5)
    const before = notes.get(origin)
    expect((await ask(5, 5, { salt: 1, path: [] })).status).toBe(409)
    expect(found).toEqual([{ kind: 'same-size', origin, first: before, second: await noteOf(treeOf(5, 1)) }])
    expect(notes.get(origin)).toBe(before)
  })

  it.each([
    ['a fork with its own consistent path', 8, { salt: 1 }, 422],
    ['a path that is cut off', 8, { path: [] }, 422],
    ['another key', 8, { get signer() { return stranger } }, 403],
    ['another log', 8, { name: 'other.test/log/0' }, 404],
    ['a smaller state', 3, { path: [] }, 400],
  ] as const)('refuses %s, and goes on from where it was', async (_, to, options, status) => {
    const { ask } = createSubject()
    await ask(0, 5)
    expect((await ask(5, to, options)).status).toBe(status)
    expect((await ask(5, 8)).status).toBe(200)
  })

  it.each(['', 'old 0\n', 'old -1\n\nx', 'old 0\nAAAA\n\nx', `old 0\n${'A'.repeat(43)}=\n`.repeat(2), 'new 0\n\nx\n'])('refuses what is no request: %j', async (body) => {
    expect([400, 403]).toContain((await createSubject().witness.addCheckpoint(body)).status)
  })

  it('gives no cosignature that it could not keep', async () => {
    const witness = createWitness({
      name: 'witness.test', signer: own, logs: [{ origin, key: log.publicJwk }], onSplitView: () => Promise.resolve(),
      state: { read: () => Promise.resolve(undefined), write: () => Promise.reject(new Error('disk full')) },
    })
    await expect(witness.addCheckpoint(witnessRequestBody({ from: 0, path: [], note: await noteOf(treeOf(5)) }))).rejects.toThrow('disk full')
  })

  it('answers one request at a time: of two forks at once one is cosigned', async () => {
    const { ask } = createSubject()
    const answers = await Promise.all([ask(0, 5), ask(0, 5, { salt: 1 })])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  })
})

describe('what a witness sees elsewhere', () => {
  it('is the same, consistent, split, unchecked without a path, or nothing of this log', async () => {
    const { witness, ask, found } = createSubject()
    expect(await witness.observe(await noteOf(treeOf(5)), pathBetween)).toBe('unchecked')
    await ask(0, 8)
    expect(await witness.observe(await noteOf(treeOf(8)), pathBetween)).toBe('same')
    expect(await witness.observe(await noteOf(treeOf(5)), pathBetween)).toBe('consistent')
    expect(await witness.observe(await noteOf(treeOf(9)), pathBetween)).toBe('consistent')
    expect(await witness.observe(await noteOf(treeOf(9)), () => Promise.reject(new Error('away')))).toBe('unchecked')
    expect(await witness.observe(await noteOf(treeOf(9), stranger), pathBetween)).toBe('ignored')
    expect(await witness.observe('no note', pathBetween)).toBe('ignored')
    expect(found).toEqual([])
    expect(await witness.observe(await noteOf(treeOf(8, 1)), pathBetween)).toBe('split')
    expect(await witness.observe(await noteOf(treeOf(9, 1)), (from, to) => pathBetween(from, to, 1))).toBe('split')
    expect(found.map(({ kind }) => kind)).toEqual(['same-size', 'not-consistent'])
  })
})
