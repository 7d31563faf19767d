import { createHash, randomBytes } from 'node:crypto'
import { createMultiChainLedger } from '@careledger/ledger-multichain'
import { callNode, type NodeAccess } from '@careledger/ledger-multichain/testing'
import { toBase64url, type ProofAnchor } from '@careledger/proof'
import { evidenceBlocks } from '../../evidence-blocks.ts'
import type { BlockTrust } from '../../ledger-trust.ts'

export interface MadeEvidence {
  readonly anchor: ProofAnchor & { readonly evidence: string }
  readonly pins: BlockTrust
}

export interface MadeEvidences {
  /** In a stream whose name begins with the prefix; the record has data and stands in the middle of an item. */
  readonly prefixed: MadeEvidence
  /** In a stream that the settings name otherwise. */
  readonly named: MadeEvidence
}

const hex = (bytes: number): string => randomBytes(bytes).toString('hex')

/** Makes streams on the chain of a node, writes records, and takes the evidence of two; pins are what the node says. */
export async function makeEvidence(node: NodeAccess, chainName: string, confirmationsMin: number): Promise<MadeEvidences> {
  const prefix = `${hex(4)}-`
  const names = { checkpoints: `${prefix}the-others` }
  const [address] = (await callNode(node, 'getaddresses')) as string[]
  await callNode(node, 'create', ['stream', `${prefix}labs`, { restrict: 'write' }])
  await callNode(node, 'create', ['stream', names.checkpoints, { restrict: 'write,offchain' }])
  const { url, user, password } = node
  const ledger = await createMultiChainLedger({ settings: { url, credentials: { user, password }, chain: { name: chainName }, address, streams: { prefix, names }, confirmationsMin, pollMs: 20 } })
  const take = async (stream: string): Promise<MadeEvidence> => {
    const data = randomBytes(300)
    const records = [{ id: hex(16), key: hex(32), digest: hex(32) }, { id: hex(16), key: hex(32), digest: createHash('sha256').update(data).digest('hex'), data: new Uint8Array(data) }, { id: hex(16), digest: hex(32) }]
    const [, record = { id: '', digest: '' }] = records
    await Promise.all(Array.from({ length: 5 }, () => ledger.append(stream, [{ id: hex(16), digest: hex(32) }])))
    await ledger.append(stream, records, { until: 'final' })
    const evidence = await ledger.evidence.evidence(stream, record.id)
    if (evidence === undefined) throw new Error('The ledger gives no evidence')
    const { ledgerId, kind } = ledger.describe()
    const anchor = { ledgerId, kind, stream, id: record.id, digest: record.digest, for: 'record' as const, evidence: `${evidence.format} ${toBase64url(evidence.bytes)}` }
    const heights = (evidenceBlocks(anchor) ?? []).map(({ height }) => height)
    const blocks = await Promise.all(heights.map(async (height) => [String(height), (await callNode(node, 'getblockhash', [height])) as string] as const))
    return { anchor, pins: { ledgerId, blocks: Object.fromEntries(blocks) } }
  }
  try {
    return { prefixed: await take('labs'), named: await take('checkpoints') }
  } finally {
    await ledger.close()
  }
}
