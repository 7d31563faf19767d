import { createHash, randomBytes } from 'node:crypto'
import { toBase64url, type ProofAnchor } from '@careledger/proof'
import { createWorld, findAnvil, jsonRpc, startAnvil, type DevelopmentChain, type EthereumWorld } from '@careledger/ledger-ethereum/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnchorVerifier } from '../create-anchor-verifier.ts'
import { evidenceBlocks } from '../evidence-blocks.ts'
import { decodeRlp, encodeRlp, type Rlp } from './rlp.ts'

const hex = (bytes: number): string => randomBytes(bytes).toString('hex')

describe.skipIf(findAnvil() === undefined)('evidence of Ethereum, on anvil (skipped where npm has no anvil for the platform)', () => {
  let chain: DevelopmentChain
  let world: EthereumWorld
  let anchor: ProofAnchor & { readonly evidence: string }
  let bytes: Uint8Array
  beforeAll(async () => {
    chain = await startAnvil()
    world = await createWorld(chain)
    const ledger = await world.open(world.owner)
    await ledger.membership.grant('checkpoints', world.owner.address, 'write')
    const data = randomBytes(200)
    const records = [{ id: hex(16), key: hex(32), digest: hex(32) }, { id: hex(16), digest: createHash('sha256').update(data).digest('hex'), data: new Uint8Array(data) }, { id: hex(16), digest: hex(32) }]
    await ledger.append('checkpoints', records, { until: 'final' })
    const [, record] = records
    const { ledgerId, kind } = ledger.describe()
    bytes = (await ledger.evidence.evidence('checkpoints', record!.id))!.bytes
    anchor = { ledgerId, kind, stream: 'checkpoints', id: record!.id, digest: record!.digest, for: 'checkpoint', evidence: `ethereum-receipt/1 ${toBase64url(bytes)}` }
  }, 60_000)
  afterAll(async () => {
    await world.closeAll()
    await chain.stop()
  })

  const pinsOf = async (height: number) => [{ ledgerId: anchor.ledgerId, blocks: { [height]: ((await jsonRpc(chain.url)('eth_getBlockByNumber', `0x${height.toString(16)}`, false)) as { readonly hash: string }).hash } }]

  it('passes against a pinned block, and needs the pin', async () => {
    const block = evidenceBlocks(anchor)![0]!
    const pins = await pinsOf(block.height)
    expect(pins[0]?.blocks[block.height]).toBe(block.id)
    expect(await createAnchorVerifier(pins)(anchor)).toMatchObject({ outcome: 'pass' })
    expect(await createAnchorVerifier([])(anchor)).toMatchObject({ outcome: 'unchecked' })
    expect(await createAnchorVerifier([{ ledgerId: 'another', blocks: pins[0]!.blocks }])(anchor)).toMatchObject({ outcome: 'unchecked' })
    expect(await createAnchorVerifier([{ ledgerId: anchor.ledgerId, blocks: { [block.height]: `0x${hex(32)}` } }])(anchor)).toMatchObject({ outcome: 'fail' })
  })

  it.each([
    ['digest', () => ({ digest: hex(32) })],
    ['id', () => ({ id: hex(16) })],
    ['stream', () => ({ stream: 'checkpoint' })],
    ['contract', () => ({ ledgerId: anchor.ledgerId.replace(/.{40}$/, hex(20)) })],
  ] as const)('fails for another %s', async (_, change) => {
    expect(await createAnchorVerifier([])({ ...anchor, ...change() })).toMatchObject({ outcome: 'fail' })
  })

  it('fails, or leads to another block, whichever byte is changed', () => {
    const block = evidenceBlocks(anchor)![0]!
    let led = 0
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      try {
        const [other] = evidenceBlocks({ ...anchor, evidence: `ethereum-receipt/1 ${toBase64url(changed)}` }) ?? []
        expect(other?.id, `byte ${at}`).not.toBe(block.id)
        led += 1
      } catch (error) {
        expect((error as Error).name, `byte ${at}`).toBe('EvidenceError')
      }
    }
    expect(led).toBeGreaterThan(100)
  })

  it('fails for a log of its receipt that is not the record\'s, and for nodes that are too many or too few', async () => {
    const [header, index, nodes, place] = decodeRlp(bytes) as readonly [Uint8Array, Uint8Array, readonly Rlp[], Uint8Array]
    expect(place).toEqual(Uint8Array.of(2))
    const verify = (...parts: readonly Rlp[]) => createAnchorVerifier([])({ ...anchor, evidence: `ethereum-receipt/1 ${toBase64url(encodeRlp(parts))}` })
    expect(await verify(header, index, nodes, place)).toMatchObject({ outcome: 'unchecked' })
    for (const parts of [[header, index, nodes, Uint8Array.of(1)], [header, index, nodes, Uint8Array.of(3)], [header, index, nodes, Uint8Array.of(9)], [header, index, [...nodes, Uint8Array.of(1)], place], [header, index, [], place], [header, Uint8Array.of(1), nodes, place], [header, index, nodes], [header, index, nodes, place, place]]) {
      expect(await verify(...parts)).toMatchObject({ outcome: 'fail' })
    }
  })

  it('finds the record in a block of many transactions', async () => {
    const rpc = jsonRpc(chain.url)
    const [from] = (await rpc('eth_accounts')) as readonly string[]
    const ledger = await world.open(world.owner)
    const record = { id: hex(16), digest: hex(32) }
    await rpc('evm_setAutomine', false)
    for (let count = 0; count < 140; count++) await rpc('eth_sendTransaction', { from, to: from, value: '0x1' })
    const appended = ledger.append('checkpoints', [record], { until: 'final' })
    while (Number(((await rpc('txpool_status')) as { readonly pending: string }).pending) < 141) await new Promise((resolve) => setTimeout(resolve, 5))
    await rpc('evm_mine')
    await rpc('evm_setAutomine', true)
    await appended
    const found = (await ledger.evidence.evidence('checkpoints', record.id))!
    const many = { ...anchor, ...record, evidence: `${found.format} ${toBase64url(found.bytes)}` }
    expect(await createAnchorVerifier(await pinsOf(evidenceBlocks(many)![0]!.height))(many)).toMatchObject({ outcome: 'pass' })
    expect(found.bytes.length).toBeLessThan(4_000)
  }, 60_000)

  it('is undefined for what is not there', async () => {
    const ledger = await world.open(world.owner)
    expect(await ledger.evidence.evidence('checkpoints', hex(16))).toBeUndefined()
  })
})

describe('evidence that is none', () => {
  const anchor = { ledgerId: 'x', kind: 'ethereum', stream: 's', id: hex(16), digest: hex(32), for: 'record' as const }
  it.each([
    ['absent', undefined, 'unchecked'], ['of another form', 'other/1 AA', 'unchecked'], ['without bytes', 'ethereum-receipt/1', 'fail'], ['not base64url', 'ethereum-receipt/1 %', 'fail'],
    ['an empty list', 'ethereum-receipt/1 wA', 'fail'], ['long', `ethereum-receipt/1 ${'_'.repeat(60_000)}`, 'fail'], ['nested without end', `ethereum-receipt/1 ${toBase64url(new Uint8Array(9_000).fill(0xc1))}`, 'fail'],
  ] as const)('which is %s', async (_, evidence, outcome) => {
    expect(await createAnchorVerifier([])({ ...anchor, ...(evidence === undefined ? {} : { evidence }) })).toMatchObject({ outcome })
  })
})
