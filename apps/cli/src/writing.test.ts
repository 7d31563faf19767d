import { randomBytes } from 'node:crypto'
import { mkdtempSync, openAsBlob, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCareLedgerClient, signerFromJwk, uploadAttachment, type PrivateJwk } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { careledger, startDemo, startInstance } from './testing/careledger.ts'

let directory: string
let env: NodeJS.ProcessEnv
let instance: Awaited<ReturnType<typeof startDemo>>
let patient: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'careledger-cli-writing-'))
  instance = await startDemo(join(directory, 'data'))
  env = { CARELEDGER_URL: instance.url, CARELEDGER_DATA: join(directory, 'data') }
  patient = ((await json('doctor', 'records', 'patients')) as { items: readonly { patient: string }[] }).items[0]!.patient
}, 120_000)
afterAll(async () => {
  await instance.stop()
  rmSync(directory, { recursive: true, force: true })
})

const people = { doctor: 'staff-5d81c6', clerk: 'staff-2a96d3' } as const
const as = (who: keyof typeof people, ...args: string[]) => careledger(['--json', '--as', people[who], ...args], env)
async function json(who: keyof typeof people, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await as(who, ...args)
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}
const file = (name: string, content: string): string => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}
const weight = (value: string, status: string) => `{"resourceType":"Observation","id":"cli-weight","status":"${status}","code":{"text":"Body weight"},"subject":{"reference":"Patient/patient-4f7a20"},"effectiveDateTime":"2026-11-26","valueQuantity":{"value":${value},"unit":"kg"}}`

describe('careledger records write, amend and withdraw', () => {
  it('check without writing, write, and tell the second of two who was first', async () => {
    const first = file('weight.json', weight('82.40', 'final'))
    expect(await json('doctor', 'records', 'write', first, '--patient', patient, '--dry-run')).toMatchObject({ ok: true, dryRun: true })
    const { receipts } = (await json('doctor', 'records', 'write', first, '--patient', patient)) as { receipts: readonly { id: string }[] }
    const id = receipts[0]!.id
    const next = file('next.json', weight('84.20', 'corrected'))
    const { replacedBy } = (await json('doctor', 'records', 'amend', id, next, '--reason', 'wrong-value', '--because', 'Mistyped')) as { replacedBy: string }
    const again = await as('clerk', 'records', 'amend', id, next, '--reason', 'wrong-value')
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([1, { error: { code: 'STALE', message: expect.stringContaining(`records read ${replacedBy}`) } }])
    expect(await json('doctor', 'records', 'withdraw', replacedBy, '--reason', 'wrong-patient')).toMatchObject({ record: replacedBy })
  }, 60_000)

  it('refuse what is wrong, in three parts: usage, FHIR, role', async () => {
    expect((await as('doctor', 'records', 'write', file('cut.json', '{"a":'), '--patient', patient)).code).toBe(2)
    const invalid = await as('doctor', 'records', 'write', file('bad.json', weight('1', 'sometimes')), '--patient', patient)
    expect([invalid.code, JSON.parse(invalid.stdout)]).toMatchObject([1, { error: { code: 'FHIR_INVALID', problems: [{ path: 'resources[0].status' }] } }])
    const order = '{"resourceType":"ServiceRequest","status":"active","intent":"order","subject":{"reference":"Patient/patient-4f7a20"},"code":{"text":"X-ray"}}'
    const clerk = await as('clerk', 'records', 'write', file('order.json', order), '--patient', patient)
    expect([clerk.code, clerk.stdout]).toEqual([1, expect.stringContaining('does not write ServiceRequest')])
  }, 60_000)
})

describe('careledger write', () => {
  it('builds, checks and signs as the forms do: a warning asks for a reason, what cannot be is refused, a clerk does not prescribe', async () => {
    const rx = ['write', 'prescription', '--patient', patient, '--medicine', 'Amoxicillin 500 mg', '--dose', '1', '--unit', '{tablet}', '--frequency', '3', '--days', '7']
    const warned = await as('doctor', ...rx)
    expect([warned.code, JSON.parse(warned.stdout)]).toEqual([1, { error: expect.objectContaining({ code: 'SAFETY_CHECK', problems: [{ path: 'resources[0]', message: expect.stringMatching(/^A recorded allergy speaks against this medicine\..*On record: Allergy to penicillin\.$/) }] }) }])
    expect(await json('doctor', ...rx, '--acknowledge', 'Tested negative in 2024', '--dry-run')).toMatchObject({ ok: true, records: 1, resources: [{ contained: [{ resourceType: 'DetectedIssue', mitigation: [{ action: { text: 'Tested negative in 2024' } }] }] }] })
    const written = (await json('doctor', ...rx, '--acknowledge', 'Tested negative in 2024')) as { receipts: readonly { id: string }[] }
    const stopped = (await json('doctor', 'records', 'stop', written.receipts[0]!.id, '--status', 'stopped', '--because', 'Rash')) as { replacedBy: string }
    expect(JSON.parse((await as('doctor', 'records', 'read', stopped.replacedBy)).stdout)).toMatchObject({ item: { status: 'stopped' } })
    const vitals = ['write', 'vitals', '--patient', patient, '--temperature']
    const hot = await as('doctor', ...vitals, '365', '--acknowledge', 'I insist')
    expect([hot.code, hot.stdout]).toEqual([1, expect.stringContaining('No living person has this value.')])
    expect(await json('clerk', ...vitals, '36.50')).toMatchObject({ receipts: [{ duplicate: false }] })
    const clerk = await as('clerk', ...rx, '--acknowledge', 'x')
    expect([clerk.code, clerk.stdout]).toEqual([1, expect.stringContaining('does not write MedicationRequest')])
  }, 90_000)

  it('offers codes from a list that the hospital brings, while the instance runs', async () => {
    const list = file('Our Problems.csv', 'system,code,display,also\nurn:ours,P1,Iron deficiency anaemia,철결핍빈혈')
    expect(await json('doctor', 'codes', 'find', 'iron', '--for', 'condition')).toEqual({ items: [], lists: [] })
    expect(await json('doctor', 'codes', 'add', list, '--for', 'condition', '--organisation', 'seoul-general')).toMatchObject({ name: 'our-problems', codes: 1 })
    expect(await json('doctor', 'codes', 'find', 'def iron', '--for', 'condition')).toEqual({ items: [{ system: 'urn:ours', code: 'P1', display: 'Iron deficiency anaemia', list: 'our-problems' }], lists: ['our-problems'] })
    const wrong = await as('doctor', 'codes', 'add', file('wrong.csv', 'a,b\n1,2'), '--for', 'condition')
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('column code and display')])
  }, 60_000)
})

describe('careledger retention', () => {
  it('sets periods with the organisation\'s key, holds, tells why an erasure is refused, and releases', async () => {
    const keys = JSON.parse(readFileSync(join(directory, 'data/demo-keys.json'), 'utf8')) as Record<string, unknown>
    const key = file('organisation.jwk', JSON.stringify(keys['seoul-general']))
    const organisation = (...args: string[]) => careledger(['--json', '--key', key, ...args], env)
    expect(JSON.parse((await organisation('retention', 'set', '--preset', 'KR', '--dry-run')).stdout)).toMatchObject({ custodian: 'seoul-general', dryRun: true })
    expect((await organisation('retention', 'set', '--preset', 'KR')).code).toBe(0)
    expect((await as('clerk', 'retention', 'set', '--preset', 'KR')).code).toBe(1)
    const wrong = await organisation('retention', 'set', '--file', file('rules.json', '[{"jurisdiction":"Korea","years":10,"from":"record","basis":"x","source":"https://law.example"}]'))
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('rules.0.jurisdiction')])
    const placed = (await json('clerk', 'retention', 'hold', patient, '--basis', 'Seoul Central District Court 2026-1')) as { id: string }
    const refused = await as('clerk', 'retention', 'check', patient)
    expect([refused.code, JSON.parse(refused.stdout)]).toEqual([1, expect.objectContaining({ erasable: false, reasons: expect.arrayContaining([expect.objectContaining({ kind: 'hold' }), expect.objectContaining({ kind: 'period', until: expect.stringMatching(/^20\d\d-/) })]) })])
    expect((await as('clerk', 'retention', 'release', patient, placed.id)).code).toBe(0)
    expect(await json('clerk', 'retention', 'due')).toMatchObject({ items: [{ patient, state: 'kept' }] })
  }, 60_000)
})

describe('careledger attachments add', () => {
  it('goes on where it stood after the instance was killed and started again, from another process', async () => {
    const path = join(directory, 'scan.dcm')
    writeFileSync(path, randomBytes(20_000_000))
    const signedIn = async () => {
      const client = createCareLedgerClient({ url: instance.url })
      const keys = JSON.parse(readFileSync(join(directory, 'data/demo-keys.json'), 'utf8')) as Record<string, PrivateJwk>
      await client.signIn(await signerFromJwk(keys[people.doctor] as PrivateJwk))
      return client
    }
    const cut = new AbortController()
    let killed: Promise<unknown> | undefined
    const onProgress = ({ step, done }: { readonly step: string; readonly done: number }): void => {
      if (step !== 'sending' || done < 8_388_608 || killed !== undefined) return
      killed = instance.stop('SIGKILL')
      cut.abort(new Error('gone'))
    }
    await expect(uploadAttachment(await signedIn(), await openAsBlob(path, { type: 'application/dicom' }), { patient, title: 'scan.dcm', signal: cut.signal, onProgress })).rejects.toThrow('gone')
    await killed
    instance = await startInstance(join(directory, 'data'))
    env = { ...env, CARELEDGER_URL: instance.url }
    const { items: [kept] } = await (await signedIn()).hospital.attachments.uploads.query({ patient })
    expect(kept?.offset).toBe(8_388_608)
    expect(await json('doctor', 'attachments', 'add', patient, path)).toMatchObject({ id: kept?.id })
  }, 120_000)
})

describe('careledger custody and erase', () => {
  it('hands a record over under a confirmed order, against a receipt, then erases it by two people and verifies the certificate', async () => {
    const keys = JSON.parse(readFileSync(join(directory, 'data/demo-keys.json'), 'utf8')) as Record<string, unknown>
    const busan = file('busan.jwk', JSON.stringify(keys['busan-medical']))
    const run = async (args: readonly string[], expected = 0): Promise<Record<string, unknown>> => {
      const { code, stdout, stderr } = await careledger(['--json', ...args], env)
      expect(code, `${args.join(' ')}: ${stdout}${stderr}`).toBe(expected)
      return JSON.parse(stdout) as Record<string, unknown>
    }
    const [clerk, admin, root] = [['--as', people.clerk], ['--as', 'staff-c40e19'], ['--key', join(directory, 'data/keys/root.json')]]
    const terms = ['custody', 'order', 'seoul-general', '--to', 'busan-medical', '--basis', 'Medical Service Act, article 40']
    const { id: order } = await run([...terms, ...admin]) as { id: string }
    await run(['custody', 'confirm', 'seoul-general', ...root])
    const offer = ['custody', 'offer', patient, '--to', 'busan-medical', '--order', order, ...clerk]
    expect(await run([...offer, '--dry-run'])).toMatchObject({ dryRun: true })
    await run(offer)
    expect(await run(['custody', 'refuse', patient, '--reason', 'no-capacity', '--dry-run', '--as', 'Park'])).toMatchObject({ dryRun: true, offer: { state: 'open', direction: 'received' } })
    await run(['custody', 'refuse', patient, '--reason', 'no-capacity', '--words', 'Full until May', '--as', 'Park'])
    expect(await run(['custody', 'offers', ...clerk])).toMatchObject({ items: [{ state: 'refused', direction: 'made', answer: { reason: 'no-capacity', words: 'Full until May' } }] })
    await run(['custody', 'take-back', patient, '--reason', 'sent-in-error', ...clerk], 1)
    await run(offer)
    await run(['custody', 'take-back', patient, '--reason', 'sent-in-error', ...clerk])
    const out = join(directory, 'handed-over')
    expect(await run(['custody', 'pack', out, '--recipient', busan, ...clerk])).toMatchObject({ packed: 1, left: [] })
    const { results: [first] } = await run(['custody', 'unpack', out, '--recipient', busan, '--receipts', join(directory, 'receipts'), '--as', 'Park']) as { results: readonly { total: number; written: number; receipt: string }[] }
    expect(first).toMatchObject({ total: first?.written, receipt: expect.stringContaining('.receipt') })
    await run(['custody', 'close', patient, '--to', 'busan-medical', '--order', order, '--receipt', file('false.receipt', '{}'), ...clerk], 1)
    await run(['custody', 'close', patient, '--to', 'busan-medical', '--order', order, '--receipt', first?.receipt ?? '', ...clerk])
    expect(await run(['custody', 'where', patient, ...clerk])).toMatchObject({ moved: { to: 'busan-medical', basis: 'Medical Service Act, article 40', receipt: expect.any(String) } })

    expect(await run(['erase', 'propose', patient, ...clerk], 1)).toMatchObject({ error: { code: 'ENTRY_CONFLICT', problems: expect.arrayContaining([expect.objectContaining({ path: 'retention' })]) } })
    await run(['retention', 'set', '--file', file('none.json', '[]'), ...admin])
    expect(await run(['erase', 'propose', patient, '--dry-run', ...clerk])).toMatchObject({ erasable: true, dryRun: true })
    await run(['erase', 'propose', patient, ...clerk])
    await run(['erase', 'approve', patient, ...clerk], 1)
    const { certificate } = await run(['erase', 'approve', patient, ...admin]) as { certificate: string }
    const proof = join(directory, 'certificate.proof')
    await vi.waitFor(() => run(['erase', 'certificate', certificate, '--out', proof, ...clerk]), { timeout: 30_000 })
    expect(await run(['verify', proof])).toMatchObject({ valid: true, erasure: { custodian: 'seoul-general', by: [people.clerk, 'staff-c40e19'] } })
    expect(await run(['erase', 'notices', '--as', 'Park'])).toEqual({ items: [] })
    expect(await run(['peers', 'list', ...root])).toEqual({ items: [] })
  }, 240_000)
})

/** Last, for the clerk has another key behind it. */
describe('careledger identity', () => {
  it('shows keys, sessions and the chain of trust, and changes a key by a file that can be given again', async () => {
    const { chains } = (await json('doctor', 'identity', 'chain', people.clerk)) as { readonly chains: readonly { readonly inForce: boolean; readonly links: readonly { readonly kind: string }[] }[] }
    expect(chains.map(({ inForce, links }) => [inForce, links.map(({ kind }) => kind)])).toEqual([[true, ['person', 'organisation', 'platform']]])
    const next = join(directory, 'clerk.json')
    const changed = (await json('clerk', 'identity', 'rotate', next)) as { readonly key: string }
    const withNext = async (...args: string[]) => JSON.parse((await careledger(['--json', '--key', next, 'identity', ...args], env)).stdout) as never
    expect((await withNext('rotate', next) as { readonly key: string }).key).toBe(changed.key)
    const { items } = await withNext('keys') as { readonly items: readonly { readonly revoked: boolean; readonly current: boolean }[] }
    expect(items.map(({ revoked, current }) => [revoked, current]).sort()).toEqual([[false, true], [true, false]])
    expect((await as('clerk', 'identity', 'sessions')).code).not.toBe(0)
    expect((await withNext('sessions', '--end-others') as { readonly items: readonly object[] }).items).toHaveLength(1)
  }, 60_000)
})
