import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createDoubleNetwork } from '@careledger/ledger-multichain/testing'
import { concat, fromBase64url, sha256, toBase64url } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { createAnchorVerifier } from '../create-anchor-verifier.ts'
import { evidenceBlocks } from '../evidence-blocks.ts'
import { createByteReader } from './byte-reader.ts'
import recorded from './__fixtures__/evidence.json' with { type: 'json' }
import { makeEvidence, type MadeEvidence, type MadeEvidences } from './__fixtures__/make-evidence.ts'
import { rootOf } from './merkle-path.ts'
import { readPlacedTransaction } from './placed-transaction.ts'

const { MULTICHAIN_URL, MULTICHAIN_CHAIN = 'careledger', MULTICHAIN_CONFIRMATIONS = '8', MULTICHAIN_RECORD } = process.env
const FORM = 'multichain-transaction/1'
const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
const bytesOf = ({ anchor }: MadeEvidence): Uint8Array => fromBase64url(anchor.evidence.split(' ')[1] ?? '')

async function onDouble(): Promise<MadeEvidences> {
  const network = await createDoubleNetwork({ callsPerBlock: 8 })
  try {
    return await makeEvidence(network.servers[0].access, network.chainName, 8)
  } finally {
    await network.close()
  }
}

async function onNode(): Promise<MadeEvidences> {
  const { username, password, origin } = new URL(MULTICHAIN_URL ?? '')
  return await makeEvidence({ url: origin, user: decodeURIComponent(username), password: decodeURIComponent(password) }, MULTICHAIN_CHAIN, Number(MULTICHAIN_CONFIRMATIONS))
}

const worlds: readonly (readonly [string, () => MadeEvidences | Promise<MadeEvidences>])[] = [
  ['recorded from a node of MultiChain 2.3', () => recorded as unknown as MadeEvidences],
  ['of the double', onDouble],
  ...(MULTICHAIN_URL === undefined ? [] : [['of the node of MULTICHAIN_URL', onNode] as const]),
]

/** `MULTICHAIN_URL` with user and password, as in the adapter's live test. */
if (MULTICHAIN_URL !== undefined && MULTICHAIN_RECORD !== undefined) {
  it('records evidence of the node anew', async () => {
    await writeFile(new URL('__fixtures__/evidence.json', import.meta.url), `${JSON.stringify(await onNode(), null, 1)}\n`)
  }, 600_000)
}

describe.each(worlds)('evidence of MultiChain, %s', (_name, make) => {
  let made: Promise<MadeEvidences> | undefined
  const get = async (kind: keyof MadeEvidences): Promise<MadeEvidence> => (await (made ??= Promise.resolve(make())))[kind]

  it.each(['prefixed', 'named'] as const)('passes against pinned blocks, and needs a pin of each (%s)', async (kind) => {
    const { anchor, pins } = await get(kind)
    const blocks = evidenceBlocks(anchor) ?? []
    expect(blocks).toHaveLength(2)
    expect(Object.fromEntries(blocks.map(({ height, id }) => [height, id]))).toEqual(pins.blocks)
    expect(await createAnchorVerifier([pins])(anchor)).toMatchObject({ outcome: 'pass' })
    expect(await createAnchorVerifier([])(anchor)).toMatchObject({ outcome: 'unchecked' })
    expect(await createAnchorVerifier([{ ...pins, ledgerId: 'another' }])(anchor)).toMatchObject({ outcome: 'unchecked' })
    for (const height of Object.keys(pins.blocks)) {
      const { [height]: _left, ...rest } = pins.blocks
      expect(await createAnchorVerifier([{ ...pins, blocks: rest }])(anchor)).toMatchObject({ outcome: 'unchecked' })
      expect(await createAnchorVerifier([{ ...pins, blocks: { ...pins.blocks, [height]: hex(32) } }])(anchor)).toMatchObject({ outcome: 'fail' })
    }
  })

  it('fails for another digest, id, stream, name of the stream and prefix', async () => {
    const { anchor, pins } = await get('named')
    const { ledgerId } = anchor
    for (const change of [{ digest: hex(32) }, { id: hex(16) }, { stream: 'labs' }, { ledgerId: ledgerId.replace('the-others', 'an-other') }, { ledgerId: ledgerId.replace('checkpoints=', 'labs=') }]) {
      expect(await createAnchorVerifier([{ ...pins, ledgerId: change.ledgerId ?? ledgerId }])({ ...anchor, ...change })).toMatchObject({ outcome: 'fail' })
    }
    const { anchor: other } = await get('prefixed')
    expect(await createAnchorVerifier([])({ ...other, evidence: anchor.evidence })).toMatchObject({ outcome: 'fail' })
  })

  it.each(['prefixed', 'named'] as const)('passes for no evidence with a bit changed, cut or made longer (%s)', async (kind) => {
    const one = await get(kind)
    const bytes = bytesOf(one)
    const outcomeOf = async (changed: Uint8Array) => (await createAnchorVerifier([one.pins])({ ...one.anchor, evidence: `${FORM} ${toBase64url(changed)}` })).outcome
    expect(await outcomeOf(bytes)).toBe('pass')
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [1, 0x80]) {
        const changed = bytes.slice()
        changed[at] = (changed[at] ?? 0) ^ bit
        expect(['fail', 'unchecked'], `byte ${at}`).toContain(await outcomeOf(changed))
      }
      expect(await outcomeOf(bytes.slice(0, at)), `cut at ${at}`).toBe('fail')
    }
    expect(await outcomeOf(concat(bytes, Uint8Array.of(0)))).toBe('fail')
  })

  it('does not pass for the record of another stream with the creation of the named one', async () => {
    const [one, other] = [await get('prefixed'), await get('named')]
    const recordOf = (made: MadeEvidence): readonly [Uint8Array, Uint8Array] => {
      const bytes = bytesOf(made)
      const reader = createByteReader(bytes)
      readPlacedTransaction(reader)
      reader.compact()
      const rest: number[] = []
      while (!reader.done) rest.push(reader.number(1))
      return [bytes.slice(0, bytes.length - rest.length), Uint8Array.from(rest)]
    }
    const evidence = `${FORM} ${toBase64url(concat(recordOf(one)[0], recordOf(other)[1]))}`
    const blocks = { ...one.pins.blocks, ...other.pins.blocks }
    for (const { anchor, pins } of [one, other]) expect(await createAnchorVerifier([{ ...pins, blocks }])({ ...anchor, evidence })).toMatchObject({ outcome: 'fail' })
  })
})

describe('a path in Bitcoin\'s tree', () => {
  const twice = (bytes: Uint8Array): Uint8Array => sha256(sha256(bytes))
  const transaction = (script: Uint8Array): Uint8Array => concat(new Uint8Array(4), Uint8Array.of(1), new Uint8Array(36), Uint8Array.of(0), new Uint8Array(4), Uint8Array.of(1), new Uint8Array(8), Uint8Array.of(script.length), script, new Uint8Array(4))
  const headerOf = (root: Uint8Array): Uint8Array => concat(new Uint8Array(36), root, new Uint8Array(12))
  const read = (root: Uint8Array, leaf: Uint8Array, index: number, path: readonly Uint8Array[]) =>
    readPlacedTransaction(createByteReader(concat(headerOf(root), Uint8Array.of(7), Uint8Array.of(leaf.length), leaf, Uint8Array.of(index), Uint8Array.of(path.length), ...path)))
  const [a, b, c] = [1, 2, 3].map((byte) => transaction(Uint8Array.of(byte, byte))) as [Uint8Array, Uint8Array, Uint8Array]

  it('pairs an odd last transaction with itself, and counts it once', () => {
    const [left, right] = [twice(concat(twice(a), twice(b))), twice(concat(twice(c), twice(c)))]
    const root = twice(concat(left, right))
    expect(read(root, c, 2, [twice(c), left]).block.height).toBe(7)
    expect(() => read(root, c, 3, [twice(c), left])).toThrow('twice')
    expect(read(root, b, 1, [twice(a), right]).txid).toEqual(twice(b))
    expect(() => read(root, b, 0, [twice(a), right])).toThrow('root')
    expect(() => read(root, b, 5, [twice(a), right])).toThrow('path')
  })

  it('does not lead through a transaction of 64 bytes, whose halves look like a pair of hashes', () => {
    const pair = transaction(new Uint8Array(4))
    expect(pair).toHaveLength(64)
    expect(() => rootOf(pair.subarray(0, 32), 0, [pair.subarray(32)])).toThrow('through a transaction')
    expect(() => rootOf(pair.subarray(32), 1, [pair.subarray(0, 32)])).toThrow('through a transaction')
    expect(rootOf(twice(pair), 0, [twice(a)])).toEqual(twice(concat(twice(pair), twice(a))))
  })
})
