import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { treeHash } from './__fixtures__/second-implementation.ts'
import {
  appendLeaves, consistencyPath, emptyRoot, entryBundle, fromBase64, inclusionPath, isPartialTilePath, leafHash, leafInput, levelWidth, merklePaths, merkleRoot, parseTilePath, partialTilePaths, readStoredTiles, rootFromInclusion, rootOfFrontier, sha256, storedTilePath, tilePath, tilesFor,
  toBase64, toHex, treeRoot, u64, verifyConsistency, verifyInclusion, type TreeState,
} from './index.ts'

const cases = `${process.env['CARELEDGER_CASES'] ?? fileURLToPath(new URL('../../../../shared/cases', import.meta.url))}/merkle-rfc6962/testdata`
const filesOf = (folder: string): string[] =>
  existsSync(cases) ? (readdirSync(`${cases}/${folder}`, { recursive: true }) as string[]).filter((name) => name.endsWith('.json')).sort() : ['cases merkle-rfc6962 are missing']
const hashOf = (text: string | null): Uint8Array => fromBase64(text ?? '')

const inputs = Array.from({ length: 700 }, (_, index) => sha256(u64(index)))
const leaves = inputs.map(leafHash)

/** A store of tile rows that refuses to change a full one, as a real store does. */
const createStore = () => {
  const rows = new Map<string, Uint8Array>()
  let state: TreeState = { size: 0, frontier: [] }
  const append = (leafHashes: readonly Uint8Array[]): void => {
    const known = new Set(partialTilePaths(state.size))
    const partial = (level: number) => (known.has(`partial/${level}`) ? rows.get(`partial/${level}`) : undefined)
    for (const { path, bytes } of tilesFor({ size: state.size, partial, leafHashes })) {
      if (!isPartialTilePath(path) && rows.has(path)) throw new Error('A full tile was written twice.')
      expect(isPartialTilePath(path) ? bytes.length < 8192 : bytes.length === 8192).toBe(true)
      rows.set(path, bytes)
    }
    state = appendLeaves(state, leafHashes)
  }
  const read = (paths: readonly string[]) => Promise.resolve(paths.map((path) => rows.get(path)))
  return { append, state: () => state, rows, tiles: () => readStoredTiles(state.size, read) }
}

describe('the RFC 6962 test data', () => {
  test.skipIf(!existsSync(cases)).each(filesOf('inclusion'))('inclusion %s', (name) => {
    const data = JSON.parse(readFileSync(`${cases}/inclusion/${name}`, 'utf8')) as { leafIdx: number; treeSize: number; root: string; leafHash: string; proof: string[] | null; wantErr: boolean }
    const inclusion = { leafHash: hashOf(data.leafHash), index: data.leafIdx, size: data.treeSize, path: (data.proof ?? []).map(hashOf), root: hashOf(data.root) }
    expect(verifyInclusion(inclusion)).toBe(!data.wantErr)
  })

  test.skipIf(!existsSync(cases)).each(filesOf('consistency'))('consistency %s', (name) => {
    const data = JSON.parse(readFileSync(`${cases}/consistency/${name}`, 'utf8')) as { size1: number; size2: number; root1: string; root2: string; proof: string[] | null; wantErr: boolean; desc: string }
    const path = (data.proof ?? []).map(hashOf)
    const holds = verifyConsistency({ from: data.size1, fromRoot: hashOf(data.root1), to: data.size2, toRoot: hashOf(data.root2), path })
    /** The data refuses whatever starts at size 0; we take the empty path from the empty tree's own root, which every tree extends. */
    const fromEmpty = data.size1 === 0 && path.length === 0 && data.root1 === toBase64(emptyRoot()) && (data.size2 > 0 || data.root2 === data.root1)
    expect(holds).toBe(fromEmpty || !data.wantErr)
  })
})

describe('a tree of every size up to 70', () => {
  const sizes = Array.from({ length: 71 }, (_, size) => size)

  test('has the root of the definition, in memory, by frontier, and by tiles', async () => {
    const store = createStore()
    for (const size of sizes) {
      const expected = toHex(treeHash(inputs.slice(0, size)))
      expect(toHex(merkleRoot(leaves.slice(0, size)))).toBe(expected)
      expect(toHex(rootOfFrontier(store.state()))).toBe(expected)
      if (size > 0) expect(toHex(await treeRoot(size, store.tiles()))).toBe(expected)
      store.append([leaves[size]!])
    }
  })

  test('gives an inclusion path for each leaf that holds there and nowhere else', async () => {
    const store = createStore()
    store.append(leaves.slice(0, 70))
    for (const size of sizes.slice(1)) {
      const root = merkleRoot(leaves.slice(0, size))
      const inMemory = merklePaths(leaves.slice(0, size)).paths
      for (let index = 0; index < size; index++) {
        const path = await inclusionPath(index, size, store.tiles())
        const inclusion = { leafHash: leaves[index]!, index, size, path, root }
        expect(path.map(toHex)).toEqual(inMemory[index]!.map(toHex))
        expect(verifyInclusion(inclusion)).toBe(true)
        expect(verifyInclusion({ ...inclusion, leafHash: leaves[index + 1]! })).toBe(false)
        expect(verifyInclusion({ ...inclusion, index: index === 0 ? size : index - 1 })).toBe(false)
        expect(verifyInclusion({ ...inclusion, path: [...path, root] })).toBe(false)
        if (path.length > 0) expect(verifyInclusion({ ...inclusion, path: path.slice(1) })).toBe(false)
      }
    }
  })

  test('extends every smaller one, provably', async () => {
    const store = createStore()
    store.append(leaves.slice(0, 70))
    const roots = sizes.map((size) => merkleRoot(leaves.slice(0, size)))
    for (const to of sizes) {
      for (const from of sizes.slice(0, to + 1)) {
        const path = await consistencyPath(from, to, store.tiles())
        const consistency = { from, fromRoot: roots[from]!, to, toRoot: roots[to]!, path }
        expect(verifyConsistency(consistency)).toBe(true)
        expect(verifyConsistency({ ...consistency, toRoot: sha256(roots[to]!) })).toBe(from === 0 && to > 0)
        expect(verifyConsistency({ ...consistency, fromRoot: sha256(roots[from]!) })).toBe(false)
        expect(verifyConsistency({ ...consistency, path: [...path, roots[1]!] })).toBe(false)
        if (path.length > 0) expect(verifyConsistency({ ...consistency, path: path.slice(0, -1) })).toBe(false)
      }
    }
  })
})

describe('tiles', () => {
  test('are the same however the leaves arrive, and prove across their edges', async () => {
    const whole = createStore()
    whole.append(leaves)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(1, 255, 256, 257)), { minLength: 3, maxLength: 8 }), fc.nat(), async (steps, at) => {
        const store = createStore()
        let size = 0
        for (const step of steps) {
          const next = Math.min(size + step, leaves.length)
          if (next > size) store.append(leaves.slice(size, next))
          size = next
        }
        const index = at % size
        const smaller = index + 1
        expect(toHex(rootOfFrontier(store.state()))).toBe(toHex(merkleRoot(leaves.slice(0, size))))
        expect(verifyInclusion({ leafHash: leaves[index]!, index, size, path: await inclusionPath(index, size, store.tiles()), root: rootOfFrontier(store.state()) })).toBe(true)
        expect(toHex(await treeRoot(smaller, store.tiles()))).toBe(toHex(merkleRoot(leaves.slice(0, smaller))))
        expect((await inclusionPath(index, size, whole.tiles())).map(toHex)).toEqual((await inclusionPath(index, size, store.tiles())).map(toHex))
      }),
      { numRuns: 40 },
    )
  })

  test('of a tree of 70,000 leaves prove on every level', async () => {
    const many = Array.from({ length: 70_000 }, (_, index) => sha256(u64(index)))
    const store = createStore()
    store.append(many.slice(0, 65_535))
    store.append(many.slice(65_535, 65_537))
    store.append(many.slice(65_537))
    expect(toHex(rootOfFrontier(store.state()))).toBe(toHex(merkleRoot(many)))
    for (const index of [0, 255, 256, 65_534, 65_535, 65_536, 69_999]) {
      for (const size of [65_535, 65_536, 65_537, 70_000].filter((value) => value > index)) {
        expect(verifyInclusion({ leafHash: many[index]!, index, size, path: await inclusionPath(index, size, store.tiles()), root: await treeRoot(size, store.tiles()) })).toBe(true)
      }
    }
    expect(store.rows.get(tilePath(2, 0))).toBeUndefined()
    expect(store.rows.get('partial/2')?.length).toBe(32)
    expect([0, 1, 2, 3].map((level) => levelWidth(level, 70_000))).toEqual([70_000, 273, 1, 0])
  })

  test('are asked for once, together, and no more than a few', async () => {
    const store = createStore()
    store.append(leaves)
    let asked = 0
    let tiles = 0
    await inclusionPath(3, 700, (requests) => {
      asked++
      tiles += requests.length
      return store.tiles()(requests)
    })
    expect([asked, tiles <= 4]).toEqual([1, true])
  })

  test('missing or short are an error, never a wrong path', async () => {
    const store = createStore()
    store.append(leaves.slice(0, 300))
    await expect(inclusionPath(3, 300, () => Promise.resolve([]))).rejects.toThrow(expect.objectContaining({ code: 'TREE_INVALID' }))
    await expect(inclusionPath(3, 300, (requests) => Promise.resolve(requests.map(() => new Uint8Array(32))))).rejects.toThrow(expect.objectContaining({ code: 'TREE_INVALID' }))
    expect(() => tilesFor({ size: 300, partial: () => new Uint8Array(32), leafHashes: [leaves[0]!] })).toThrow(expect.objectContaining({ code: 'TREE_INVALID' }))
  })

  test('have the paths of C2SP tlog-tiles, and only those are read', () => {
    expect([tilePath(0, 0), tilePath(0, 1_234_067), tilePath(1, 7, 5), tilePath('entries', 1000), tilePath(0, 3, 256)]).toEqual(['tile/0/000', 'tile/0/x001/x234/067', 'tile/1/007.p/5', 'tile/entries/x001/000', 'tile/0/003'])
    fc.assert(
      fc.property(fc.constantFrom('entries' as const, 0, 1, 5, 63), fc.nat(), fc.integer({ min: 1, max: 256 }), (level, index, width) => {
        expect(parseTilePath(tilePath(level, index, width))).toEqual({ level, index, width })
      }),
    )
    for (const path of ['tile/0/0', 'tile/00/000', 'tile/0/x000/001', 'tile/0/000.p/0', 'tile/0/000.p/257', 'tile/0/000.p/01', 'tile/0/000.p/256', 'tile/64/000', 'tile/0/000/', '/tile/0/000', 'tile/0/../000', 'tile/0/001/x002']) {
      expect(parseTilePath(path)).toBeUndefined()
    }
    expect([storedTilePath(0, 0, 255), storedTilePath(0, 0, 256), storedTilePath(1, 0, 65_536), storedTilePath(1, 0, 65_535)]).toEqual(['partial/0', 'tile/0/000', 'tile/1/000', 'partial/1'])
  })
})

describe('bad sizes', () => {
  const root = sha256(u64(1))
  test.each([
    [-1, 5],
    [5, 5],
    [0, 0],
    [1.5, 5],
    [NaN, 5],
    [0, 2 ** 53],
  ])('index %d of %d is in no tree', (index, size) => {
    expect(rootFromInclusion({ leafHash: root, index, size, path: [] })).toBeUndefined()
  })

  test('beyond 2^32 the arithmetic still holds', () => {
    const [index, size] = [2 ** 40 + 3, 2 ** 40 + 4]
    const path = [leaves[0]!, leaves[1]!, leaves[2]!]
    const expected = [leaves[0]!, leaves[1]!].reduce((hash, left) => sha256(Uint8Array.of(1), left, hash), leaves[5]!)
    expect(toHex(rootFromInclusion({ leafHash: leaves[5]!, index, size, path })!)).toBe(toHex(sha256(Uint8Array.of(1), leaves[2]!, expected)))
  })

  test('hashes of another length, proofs backwards, and frontiers that do not fit are refused', async () => {
    expect(rootFromInclusion({ leafHash: new Uint8Array(31), index: 0, size: 1, path: [] })).toBeUndefined()
    expect(rootFromInclusion({ leafHash: root, index: 0, size: 2, path: [new Uint8Array(33)] })).toBeUndefined()
    expect(verifyConsistency({ from: 5, fromRoot: root, to: 4, toRoot: root, path: [] })).toBe(false)
    expect(() => rootOfFrontier({ size: 3, frontier: [root] })).toThrow(expect.objectContaining({ code: 'TREE_INVALID' }))
    expect(() => appendLeaves({ size: 3, frontier: [root] }, [root])).toThrow(expect.objectContaining({ code: 'TREE_INVALID' }))
    await expect(inclusionPath(5, 5, () => Promise.resolve([]))).rejects.toThrow(expect.objectContaining({ code: 'TREE_INVALID' }))
    await expect(consistencyPath(6, 5, () => Promise.resolve([]))).rejects.toThrow(expect.objectContaining({ code: 'TREE_INVALID' }))
  })
})

describe('a leaf', () => {
  const parts = { entryHash: leaves[0]!, signatureHash: leaves[1]! }
  test('binds entry, signature and place in the chain', () => {
    const second = { ...parts, chainSequence: 1, chainPrevious: leaves[2]! }
    const all = [{ ...parts, chainSequence: 0 }, second, { ...second, chainSequence: 2 }, { ...second, chainPrevious: leaves[3]! }, { ...second, entryHash: leaves[3]! }, { ...second, signatureHash: leaves[3]! }]
    expect(new Set(all.map((leaf) => toHex(leafInput(leaf)))).size).toBe(6)
  })

  test('has no former leaf exactly when it is the first', () => {
    expect(() => leafInput({ ...parts, chainSequence: 1 })).toThrow(expect.objectContaining({ code: 'TREE_INVALID' }))
    expect(() => leafInput({ ...parts, chainSequence: 0, chainPrevious: leaves[2]! })).toThrow(expect.objectContaining({ code: 'TREE_INVALID' }))
  })

  test('stands in an entry bundle with its length', () => {
    expect(toHex(entryBundle([leaves[0]!, leaves[1]!]))).toBe(`0020${toHex(leaves[0]!)}0020${toHex(leaves[1]!)}`)
  })
})
