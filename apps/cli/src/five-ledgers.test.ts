import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAnvilNode, startFabricNode, startFolderLedger, startHydraChainNode, startJournal, startMultiChainNode, type LedgerNode, type LedgerNodeOptions } from '@careledger/reference/testing'
import { describe, expect, it } from 'vitest'
import { careledger, startInstance } from './testing/careledger.ts'

const ledgers: readonly (readonly [string, string, (options: LedgerNodeOptions) => Promise<LedgerNode>])[] = [
  ['in-memory, in its journal', 'in-memory', startJournal],
  ['Ethereum, on anvil', 'ethereum', startAnvilNode],
  ['HydraChain, on its double', 'hydrachain', startHydraChainNode],
  ['MultiChain, on its double', 'multichain', startMultiChainNode],
  ['Fabric, on the test peer', 'fabric', startFabricNode],
  ['a stranger\'s, in a folder', 'folder', startFolderLedger],
]

interface Answers {
  readonly imported: { readonly records: number; readonly again: number }
  /** Exit statuses. */
  readonly refusedBefore: number
  readonly refusedAfter: number
  readonly shared: number
  readonly openedDirectly: number
  readonly outcomes: readonly string[]
  readonly proof: { readonly valid: boolean; readonly failed: readonly string[]; readonly anchors: readonly string[] }
  readonly audit: { readonly ok: boolean; readonly findings: readonly unknown[]; readonly unchecked: readonly string[] }
}

/** What people see of the hospital's network; equal on every ledger. */
const seen: Answers = {
  imported: { records: 2, again: 0 },
  refusedBefore: 1,
  shared: 57,
  openedDirectly: 57,
  refusedAfter: 1,
  outcomes: ['permitted', 'refused'],
  proof: { valid: true, failed: [], anchors: ['checkpoint', 'record'] },
  audit: { ok: true, findings: [], unchecked: [] },
}

const bundle = JSON.stringify({
  resourceType: 'Bundle', type: 'collection',
  entry: [
    { fullUrl: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a11', resource: { resourceType: 'Patient', id: 'p', identifier: [{ system: 'urn:test', value: 'T-5' }], name: [{ family: 'Test' }] } },
    { fullUrl: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a12', resource: { resourceType: 'Condition', id: 'c', subject: { reference: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a11' }, code: { text: 'Headache' } } },
  ],
})

interface Page { readonly items: readonly { readonly id: string; readonly patient: string }[] }
interface Anchor { readonly for: string; readonly kind: string }

describe('the hospital slice, the same on every ledger', () => {
  it.each(ledgers)('%s', async (_title, kind, startNode) => {
    const directory = mkdtempSync(join(tmpdir(), 'careledger-five-'))
    const data = join(directory, 'data')
    mkdirSync(data)
    const node = await startNode({ directory: data, streams: ['checkpoints', 'hospital'] })
    try {
      writeFileSync(join(data, 'ledgers.json'), JSON.stringify({ ledgers: { chosen: node.configuration }, networks: { hospital: [{ ledger: 'chosen', way: 'indexed' }] } }))
      expect(await visitHospital(directory, data, kind)).toEqual(seen)
    } finally {
      await node.stop()
      rmSync(directory, { recursive: true, force: true })
    }
  }, 120_000)
})

async function visitHospital(directory: string, data: string, kind: string): Promise<Answers> {
  const instance = await startInstance(data)
  const env = { CARELEDGER_URL: instance.url, CARELEDGER_DATA: data }
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await careledger(['--json', ...args], env)
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
    return JSON.parse(stdout) as T
  }
  let answers: Omit<Answers, 'audit'>
  try {
    const file = join(directory, 'bundle.json')
    writeFileSync(file, bundle)
    const importing = async () => (await json<{ files: readonly { records: number }[] }>('--as', 'staff-5d81c6', 'import', file)).files[0]?.records ?? -1
    const imported = { records: await importing(), again: await importing() }

    const { items: [own] } = await json<Page>('--as', 'patient-4f7a20', 'records', 'patients')
    const asPark = ['--as', 'staff-e04b7f', 'records', 'list', own?.patient ?? '', '--limit', '100']
    const refusedBefore = (await careledger(asPark, env)).code
    const consent = await json<{ id: string }>('--as', 'patient-4f7a20', 'consent', 'give', '--to', 'staff-e04b7f', '--days', '7', '--direct')
    const shared = await json<Page>(...asPark)

    const direct = await untilAnchored(async () => (await json<{ records: readonly { outcome: string }[] }>('--as', 'staff-e04b7f', 'ledger', 'records')).records.filter(({ outcome }) => outcome === 'verified').length, shared.items.length)
    const proofFile = join(directory, 'proof.json')
    await json('--as', 'staff-e04b7f', 'proof', shared.items[0]?.id ?? '', '--record-anchor', '--out', proofFile)
    const { anchors } = JSON.parse(readFileSync(proofFile, 'utf8')) as { anchors: readonly Anchor[] }
    const { valid, failed } = await json<{ valid: boolean; failed: readonly string[] }>('verify', proofFile)
    for (const anchor of anchors) expect(anchor.kind).toBe(kind)

    await json('--as', 'patient-4f7a20', 'consent', 'withdraw', consent.id)
    const refusedAfter = (await careledger(asPark, env)).code
    const access = await json<{ items: readonly { party: string; decision: { outcome: string } }[] }>('--as', 'patient-4f7a20', 'access', '--limit', '100')
    answers = {
      imported, refusedBefore, shared: shared.items.length, openedDirectly: direct, refusedAfter,
      outcomes: [...new Set(access.items.filter(({ party }) => party === 'staff-e04b7f').map(({ decision }) => decision.outcome))].sort(),
      proof: { valid, failed, anchors: anchors.map((anchor) => anchor.for) },
    }
  } finally {
    await instance.stop()
  }
  const { ok, findings, unchecked } = await json<Answers['audit']>('audit')
  return { ...answers, audit: { ok, findings, unchecked } }
}

/** Records are on the ledger a little after they are in the log: asks until there are enough, at most 20 times. */
async function untilAnchored(count: () => Promise<number>, enough: number): Promise<number> {
  for (let turn = 1; ; turn += 1) {
    const found = await count()
    if (found >= enough || turn === 20) return found
  }
}
