import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { careledger, startInstance } from './testing/careledger.ts'

let directory: string
let data: string
let instance: Awaited<ReturnType<typeof startInstance>> | undefined
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'careledger-moving-'))
  data = join(directory, 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'ledgers.json'), JSON.stringify({ ledgers: { embedded: { kind: 'in-memory' }, second: { kind: 'in-memory' } }, networks: { hospital: [{ ledger: 'embedded', way: 'indexed' }] } }))
  instance = await startInstance(data)
  env = { CARELEDGER_URL: instance.url, CARELEDGER_DATA: data }
}, 300_000)
afterAll(async () => {
  await instance?.stop()
  rmSync(directory, { recursive: true, force: true })
})
const move = (...args: readonly string[]) => careledger(['--json', '--as', 'staff-b1f852', 'ledger', 'move', '--network', 'hospital', ...args], env)

describe('careledger ledger move', () => {
  it('plans, moves a running network, and writes a proof that holds; direct readers find their records there', async () => {
    const plan = await move('--to', 'second', '--dry-run')
    expect([plan.code, JSON.parse(plan.stdout)]).toEqual([0, expect.objectContaining({ from: 'embedded', to: 'second', way: 'indexed', entries: 120, toCopy: 120, problems: [] })])
    const refused = await move('--to', 'third')
    expect([refused.code, refused.stderr + refused.stdout]).toEqual([1, expect.stringContaining('There is no ledger third. Ledgers of this instance: embedded, second.')])
    expect((await move('--to', 'embedded')).code).toBe(1)
    expect((await move('--pause')).code).toBe(1)

    const proof = join(directory, 'continuity.json')
    const moved = await move('--to', 'second', '--out', proof)
    expect([moved.code, JSON.parse(moved.stdout)]).toEqual([0, expect.objectContaining({ state: 'done', from: 'embedded', to: 'second', copied: 120, findingsTotal: 0 })])
    const holds = await careledger(['ledger', 'continuity', proof], env)
    expect([holds.code, holds.stdout]).toEqual([0, expect.stringMatching(/^It holds: the log of \d+ entries on second extends the log of \d+ entries on embedded\.\n– not checked here/)])
    const altered = join(directory, 'altered.json')
    writeFileSync(altered, readFileSync(proof, 'utf8').replace('"ledger":"second"', '"ledger":"thirds"').replace(/"id":"(.)/, (_, digit: string) => `"id":"${digit === '0' ? '1' : '0'}`))
    expect((await careledger(['ledger', 'continuity', altered], env)).code).toBe(1)

    const health = await careledger(['--json', 'ledger', 'health'], env)
    expect(JSON.parse(health.stdout)).toMatchObject({ ledgers: [{ name: 'embedded', ok: true }, { name: 'second', ok: true }] })
    expect((JSON.parse((await careledger(['--json', 'ledger', 'health', '--ledger', 'second'], env)).stdout) as { ledgers: unknown[] }).ledgers).toHaveLength(1)
    expect((await careledger(['ledger', 'health', '--ledger', 'third'], env)).code).toBe(2)

    expect((await careledger(['--as', 'patient-4f7a20', 'consent', 'give', '--to', 'staff-e04b7f', '--days', '7', '--direct', '--sensitive', 'GDIS', 'HIV', 'PSY', 'R', 'SDV', 'SEX', 'STD', 'SUD'], env)).code).toBe(0)
    const direct = JSON.parse((await careledger(['--json', '--as', 'staff-e04b7f', 'ledger', 'records'], env)).stdout) as { records: readonly { ledger: string; outcome: string }[] }
    expect(new Set(direct.records.map(({ ledger }) => ledger))).toEqual(new Set(['second']))
    expect(direct.records.filter(({ outcome }) => outcome === 'verified').length).toBeGreaterThan(40)
  }, 120_000)

  it('is for the operator', async () => {
    const { code, stderr } = await careledger(['--as', 'staff-5d81c6', 'ledger', 'move', '--network', 'hospital', '--to', 'embedded'], env)
    expect([code, stderr]).toEqual([1, expect.stringContaining('NOT_ALLOWED')])
  })

  it('beside it, exchanges the keys of the vaults while records are read, says how far it is, and does nothing on --dry-run', async () => {
    const vault = async (...args: readonly string[]) => {
      const { code, stdout } = await careledger(['--json', '--as', 'staff-b1f852', 'vault', ...args], env)
      return { code, ...(JSON.parse(stdout) as { readonly items: readonly { readonly custodian: string; readonly generation: string; readonly rotation: { readonly begun?: string; readonly replaced: number; readonly total: number; readonly underWay: boolean } }[]; readonly dryRun?: boolean }) }
    }
    const before = await vault('status')
    expect(before).toMatchObject({ code: 0, items: expect.arrayContaining([expect.objectContaining({ generation: '1', rotation: { replaced: 0, total: 4096, underWay: false } })]) as unknown })
    expect(await vault('rotate', '--dry-run')).toMatchObject({ code: 0, dryRun: true })
    expect((await vault('status')).items).toEqual(before.items)
    const { custodian } = before.items[0]!
    expect(await vault('rotate', custodian, '--wait')).toMatchObject({ code: 0, items: [{ custodian, generation: '2', rotation: { begun: expect.any(String) as unknown, replaced: 4096, underWay: false } }] })
    expect((await careledger(['--as', 'staff-b1f852', 'vault', 'rotate', 'nobody'], env)).code).toBe(1)
    const refused = await careledger(['--as', 'staff-5d81c6', 'vault', 'rotate'], env)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('NOT_ALLOWED')])
    expect((await careledger(['--as', 'staff-e04b7f', 'ledger', 'records'], env)).code).toBe(0)
  }, 120_000)

  it('moves a stopped instance by itself, which then audits without a finding', async () => {
    await instance?.stop()
    instance = undefined
    const back = await move('--to', 'embedded', '--way', 'checkpointed')
    expect([back.code, JSON.parse(back.stdout)]).toEqual([0, expect.objectContaining({ state: 'done', from: 'second', to: 'embedded', way: 'checkpointed' })])
    const audit = await careledger(['--json', 'audit'], env)
    expect([audit.code, JSON.parse(audit.stdout)]).toEqual([0, expect.objectContaining({ ok: true, findings: [], unchecked: [] })])
    instance = await startInstance(data)
  }, 120_000)
})
