import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createCareLedgerClient, giveConsent, importBundle, isProblem, signerFromJwk, withdrawConsent, type CareLedgerClient, type PrivateJwk } from '@careledger/client'
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
  /** Whether the bundle was known, at the first import and at the second. */
  readonly imported: readonly boolean[]
  readonly refusedBefore: unknown
  readonly refusedAfter: unknown
  readonly shared: number
  readonly openedDirectly: number
  readonly outcomes: readonly string[]
  readonly proof: { readonly valid: boolean; readonly failed: readonly string[]; readonly anchors: readonly string[] }
  readonly audit: { readonly ok: boolean; readonly findings: readonly unknown[]; readonly unchecked: readonly string[] }
}

/** What people see of the hospital's network; equal on every ledger. */
const seen: Answers = {
  imported: [false, true],
  refusedBefore: 'NOT_ALLOWED',
  shared: 57,
  openedDirectly: 57,
  refusedAfter: 'NOT_ALLOWED',
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
    const keys = JSON.parse(readFileSync(join(data, 'demo-keys.json'), 'utf8')) as Readonly<Record<string, PrivateJwk>>
    const as = async (party: string) => {
      const client = createCareLedgerClient({ url: instance.url })
      await client.signIn(await signerFromJwk(keys[party] as PrivateJwk))
      return client
    }
    const [clerk, patient, doctor] = await Promise.all([as('staff-2a96d3'), as('patient-4f7a20'), as('staff-e04b7f')])
    const importing = async () => (await importBundle(clerk, new TextEncoder().encode(bundle), { wait: 'anchored' })).known
    const imported = [await importing(), await importing()]

    const own = (await patient.hospital.patients.list.query({})).items[0]
    const at = (await patient.hospital.consents.subjects.query({})).items[0]
    if (own === undefined || at === undefined) throw new Error('The patient has no record.')
    const reading = () => doctor.hospital.records.list.query({ patient: own.patient, limit: 100 }).then(({ items }) => items, codeOf)
    const refusedBefore = await reading()
    const consent = await giveConsent(patient, at, { grantee: 'staff-e04b7f', purpose: 'treatment', expires: new Date(Date.now() + 7 * 86_400_000).toISOString(), direct: true, sensitive: ['GDIS', 'HIV', 'PSY', 'R', 'SDV', 'SEX', 'STD', 'SUD'] })
    const shared = await reading()
    if (typeof shared === 'string') throw new Error(`The doctor could not read: ${shared}.`)

    const { records } = await json<{ records: readonly { outcome: string }[] }>('--as', 'staff-e04b7f', 'ledger', 'records')
    const proofFile = join(directory, 'proof.json')
    const { proof, anchors } = await anchoredProof(doctor, shared[0]?.id ?? '')
    writeFileSync(proofFile, proof)
    const { valid, failed } = await json<{ valid: boolean; failed: readonly string[] }>('verify', proofFile)
    for (const anchor of anchors) expect(anchor.kind).toBe(kind)

    await withdrawConsent(patient, at, consent.id)
    const refusedAfter = await reading()
    const seenByPatient = await patient.hospital.access.list.query({ limit: 100 })
    answers = {
      imported, refusedBefore, shared: shared.length, openedDirectly: records.filter(({ outcome }) => outcome === 'verified').length, refusedAfter,
      outcomes: [...new Set(seenByPatient.items.filter(({ party }) => party === 'staff-e04b7f').map(({ decision }) => decision.outcome))].sort(),
      proof: { valid, failed, anchors: anchors.map((anchor) => anchor.for) },
    }
  } finally {
    await instance.stop()
  }
  const { ok, findings, unchecked } = await json<Answers['audit']>('audit')
  return { ...answers, audit: { ok, findings, unchecked } }
}

/** A checkpoint gets to the ledger a little after the records: asks again until the proof names both, at most 100 times. */
async function anchoredProof(doctor: CareLedgerClient, id: string): Promise<{ readonly proof: string; readonly anchors: readonly Anchor[] }> {
  for (let turn = 1; ; turn += 1) {
    const { proof } = await doctor.hospital.records.proof.query({ id, recordAnchor: true })
    const { anchors } = JSON.parse(proof) as { anchors: readonly Anchor[] }
    if (anchors.length === 2 || turn === 100) return { proof, anchors }
    await pause(100)
  }
}

/** What a refused caller is told: the stable code. */
function codeOf(error: unknown): string {
  if (isProblem(error)) return error.code
  throw error
}
