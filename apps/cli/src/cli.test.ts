import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { careledger, careledgerProcess, startDemo } from './testing/careledger.ts'

// A process of its own for some commands of each kind: offline, over the network, on a data directory. The others run in this one.

let directory: string
let env: NodeJS.ProcessEnv
let instance: Awaited<ReturnType<typeof startDemo>>

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'careledger-cli-'))
  instance = await startDemo(join(directory, 'data'))
  env = { CARELEDGER_URL: instance.url, CARELEDGER_DATA: join(directory, 'data') }
}, 120_000)
afterAll(async () => {
  await instance.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** One JSON document on standard output. */
async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await careledger(['--json', ...args], env)
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout) as T
}
interface Page { readonly items: readonly { readonly id: string; readonly patient: string }[] }

describe('careledger --help', () => {
  it('names every command and what the exit status means', async () => {
    const { code, stdout } = await careledgerProcess(['--help'])
    expect(code).toBe(0)
    for (const name of ['init', 'start', 'status', 'outbox', 'import', 'records', 'attachments', 'consent', 'access', 'proof', 'verify', 'pin', 'trust', 'audit', 'audit-events', 'rebuild', 'upgrade', 'backup', 'restore', 'rehearse', 'ledger', 'witness', 'retention', 'carry', 'open', 'card']) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
    expect(stdout).toContain('Exit status: 0 done')
  })

  it('ends with 2 for a command or option that does not exist', async () => {
    expect((await careledgerProcess(['nonsense'])).code).toBe(2)
    expect((await careledger(['verify', '--nonsense', 'x'])).code).toBe(2)
    expect((await careledger(['verify'])).code).toBe(2)
    expect((await careledger(['records', 'list'])).code).toBe(2)
    expect((await careledger(['--url', 'nonsense', 'trust'])).code).toBe(2)
    expect((await careledgerProcess(['--json', '--data', join(directory, 'nowhere'), 'audit']))).toMatchObject({ code: 2, stdout: expect.stringContaining('NO_INSTANCE') })
  })
})

describe('careledger attachments', () => {
  it('add a file and give it back byte for byte, with a proof that holds for it and for no other', async () => {
    const { items: patients } = await json<Page>('--as', 'staff-5d81c6', 'records', 'patients')
    const [file, out, proof] = ['scan.png', 'copy.png', 'scan-proof.json'].map((name) => join(directory, name)) as [string, string, string]
    writeFileSync(file, randomBytes(1_500_000))
    const { id, record } = await json<{ readonly id: string; readonly record: string }>('--as', 'staff-5d81c6', 'attachments', 'add', patients[0]?.patient ?? '', file, '--title', 'A scan')
    const { items } = await json<Page>('--as', 'staff-5d81c6', 'attachments', 'list', patients[0]?.patient ?? '')
    expect([items[0], record.length]).toMatchObject([{ id, mediaType: 'image/png', size: 1_500_000 }, 36])
    await json('--as', 'staff-5d81c6', 'attachments', 'get', id, '--out', out)
    expect(Buffer.compare(readFileSync(out), readFileSync(file))).toBe(0)
    await json('--as', 'staff-5d81c6', 'proof', id, '--out', proof)
    expect(await careledger(['verify', proof, '--document', file], env)).toMatchObject({ code: 0, stdout: expect.stringContaining('The document beside the file is, byte for byte') })
    expect(await careledger(['verify', proof, '--document', proof], env)).toMatchObject({ code: 1, stdout: expect.stringContaining('✗ commitment') })
    expect((await careledger(['--as', 'staff-e04b7f', 'attachments', 'get', id, '--out', join(directory, 'not-theirs')], env)).code).toBe(1)
    expect(existsSync(join(directory, 'not-theirs'))).toBe(false)
  })
})

describe('careledger proof and verify', () => {
  it('write a proof that holds, and name the step at which an altered one fails', async () => {
    const { items: patients } = await json<Page>('--as', 'staff-5d81c6', 'records', 'patients')
    const { items: records } = await json<Page>('--as', 'staff-5d81c6', 'records', 'list', patients[0]?.patient ?? '', '--limit', '1')
    const proof = join(directory, 'proof.json')
    await json('--as', 'staff-5d81c6', 'proof', records[0]?.id ?? '', '--out', proof)

    const holds = await careledgerProcess(['verify', proof], env)
    expect([holds.code, holds.stdout]).toEqual([0, expect.stringContaining('The proof holds')])
    const text = readFileSync(proof, 'utf8')
    const altered = join(directory, 'altered.json')
    writeFileSync(altered, text.replace('"type":"record-created"', '"type":"record-creates"'))
    const fails = await careledgerProcess(['--json', 'verify', altered], env)
    expect(fails.code).toBe(1)
    expect(JSON.parse(fails.stdout)).toMatchObject({ valid: false, failed: expect.arrayContaining(['signature']) })
  })

  it('end with 2 when the file or the pinned keys cannot be read', async () => {
    expect((await careledger(['verify', join(directory, 'no-such-file')], env)).code).toBe(2)
    expect((await careledger(['verify', join(directory, 'data/trust.json')], { CARELEDGER_DATA: directory })).code).toBe(2)
  })

  it('end with 1 for a file that is no proof', async () => {
    expect((await careledger(['verify', join(directory, 'data/trust.json')], env)).code).toBe(1)
  })
})

describe('careledger import', () => {
  const bundle = (id: string) => JSON.stringify({
    resourceType: 'Bundle', type: 'collection',
    entry: [
      { fullUrl: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a11', resource: { resourceType: 'Patient', id: 'p', identifier: [{ system: 'urn:test', value: id }], name: [{ family: 'Test' }] } },
      { fullUrl: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a12', resource: { resourceType: 'Condition', id: 'c', subject: { reference: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a11' }, code: { text: 'Headache' } } },
    ],
  })

  it('checks without importing on --dry-run, then imports whole', async () => {
    const file = join(directory, 'good.json')
    writeFileSync(file, bundle('T-1'))
    expect(await json('--as', 'staff-5d81c6', 'import', '--dry-run', file)).toMatchObject({ files: [{ ok: true, records: 2, counts: { Patient: 1, Condition: 1 } }] })
    expect(await careledgerProcess(['--as', 'staff-5d81c6', 'import', file], env)).toMatchObject({ code: 0, stdout: expect.stringContaining('2 records of a new patient') })
    expect(await json('--as', 'staff-5d81c6', 'import', file)).toMatchObject({ files: [{ ok: true, known: true, records: 0, alreadyThere: 2 }] })
  })

  it('imports nothing of a bundle with a problem, and names its path', async () => {
    const file = join(directory, 'bad.json')
    writeFileSync(file, bundle('T-2').replace('"code":{"text":"Headache"}', '"code":{"text":7}'))
    const { code, stdout } = await careledger(['--json', '--as', 'staff-5d81c6', 'import', file], env)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ files: [{ ok: false, code: 'FHIR_INVALID', problems: [{ path: expect.stringContaining('code.text') }] }] })
  })
})

describe('careledger consent and access', () => {
  it('open a record to a doctor elsewhere, close it again, and show both', async () => {
    const { items } = await json<Page>('--as', 'patient-4f7a20', 'records', 'patients')
    const patient = items[0]?.patient ?? ''
    const asPark = ['--as', 'staff-e04b7f', 'records', 'list', patient] as const
    expect((await careledger(asPark, env)).code).toBe(1)
    const { id } = await json<{ id: string }>('--as', 'patient-4f7a20', 'consent', 'give', '--to', 'staff-e04b7f', '--days', '7', '--direct', '--sensitive', 'GDIS', 'HIV', 'PSY', 'R', 'SDV', 'SEX', 'STD', 'SUD')
    expect((await json<Page>(...asPark)).items.length).toBeGreaterThan(40)

    const direct = await json<{ records: { outcome: string }[] }>('--as', 'staff-e04b7f', 'ledger', 'records')
    expect(direct.records.filter(({ outcome }) => outcome === 'verified').length).toBeGreaterThan(40)
    // The patient's registration, link and consent stand on the ledger too, and are no records.
    expect(new Set(direct.records.map(({ outcome }) => outcome))).toEqual(new Set(['verified', 'not-shared']))
    const { stdout } = await careledger(['--as', 'Park Ji-woo', 'ledger', 'records'], env)
    expect(stdout).not.toContain('not-shared')
    expect(stdout).toMatch(/^\d more on the ledger are not records shared with you/m)

    const { items: [opened] } = await json<{ items: { id: string; decision: { rule: string } }[] }>('--as', 'patient-4f7a20', 'access', '--limit', '1')
    const why = await careledger(['--as', 'patient-4f7a20', 'explain', opened?.id ?? ''], env)
    expect(why.stdout).toContain(`It was allowed by the consent ${id}, which you gave to Dr Park Ji-woo`)
    expect(JSON.parse(JSON.stringify(await json('--as', 'patient-4f7a20', 'consent', 'fhir', id)))).toMatchObject({ resourceType: 'Consent', id, status: 'active' })

    await json('--as', 'patient-4f7a20', 'consent', 'withdraw', id)
    for (const [entry, said] of [[id, 'given'], [(await json<{ items: { withdrawnBy?: string }[] }>('--as', 'patient-4f7a20', 'consent', 'list')).items[0]?.withdrawnBy ?? '', 'withdrawn']] as const) {
      const file = join(directory, `receipt-${said}.json`)
      await expect.poll(async () => (await careledger(['--as', 'patient-4f7a20', 'consent', 'receipt', entry, '--out', file], env)).code, { timeout: 20_000 }).toBe(0)
      const checked = await careledger(['--json', 'verify', file], env)
      expect(JSON.parse(checked.stdout)).toMatchObject({ valid: true, credential: { credentialSubject: { record_id: id, event: { event_state: said } } } })
    }
    expect((await careledger(asPark, env)).code).toBe(1)
    const seen = await json<{ items: { party: string; decision: { outcome: string } }[] }>('--as', 'patient-4f7a20', 'access', '--limit', '100')
    expect(seen.items.filter(({ party }) => party === 'staff-e04b7f').map(({ decision }) => decision.outcome)).toEqual(expect.arrayContaining(['permitted', 'refused']))
  }, 120_000)
})

describe('careledger emergency', () => {
  it('opens a record for a doctor who signs why, tells the patient, and is closed by the privacy officer', async () => {
    const { items } = await json<Page>('--as', 'patient-4f7a20', 'records', 'patients')
    const asPark = ['--as', 'staff-e04b7f', 'records', 'list', items[0]?.patient ?? ''] as const
    expect((await careledger(asPark, env)).code).toBe(1)
    const { opened: [one] } = await json<{ opened: { id: string }[] }>('--as', 'staff-e04b7f', 'emergency', 'open', '--number', 'SG-204117', '--birth-date', '1965-07-14', '--reason', 'unconscious', '--text', 'Found after an accident')
    expect((await json<Page>(...asPark)).items.length).toBeGreaterThan(40)
    expect(await json('--as', 'patient-4f7a20', 'emergency', 'list')).toMatchObject({ items: [{ id: one?.id, open: true, text: 'Found after an accident' }] })
    await json('--as', 'staff-8c05b9', 'emergency', 'review', one?.id ?? '', '--outcome', 'misuse', '--note', 'No accident was reported.')
    expect((await careledger(asPark, env)).code).toBe(1)
    expect(await json('--as', 'patient-4f7a20', 'emergency', 'list')).toMatchObject({ items: [{ open: false, reviewed: { outcome: 'misuse' } }] })
  }, 60_000)
})

describe('careledger without an instance', () => {
  it('ends with 3 when the address does not answer, and changes nothing', async () => {
    expect((await careledgerProcess(['trust', '--url', 'http://127.0.0.1:9'])).code).toBe(3)
  })

  it('names the places of an input that is refused', async () => {
    const { code, stderr } = await careledgerProcess(['--as', 'Kim Min-jun', 'records', 'read', 'nonsense'], env)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/INPUT_MALFORMED[^]*^ {2}id: /m)])
  })

  it('ends with 2 when nobody says who they are', async () => {
    expect((await careledgerProcess(['records', 'patients'], env)).code).toBe(2)
  })

  it('refuses to work on a data directory that a running instance holds', async () => {
    const { code, stderr } = await careledgerProcess(['audit'], env)
    expect([code, stderr]).toEqual([3, expect.stringMatching(/in use by process \d+/)])
  })
})

describe('careledger init', () => {
  it('makes an instance with its keys and first entries, once', async () => {
    const data = join(directory, 'fresh')
    const make = ['init', '--data', data, '--platform', 'moh-test', '--name', 'Ministry of Tests', '--origin', 'log.test.example', '--custodian', 'hospital-a']
    expect((await careledgerProcess(make)).code).toBe(0)
    const trust = readFileSync(join(data, 'trust.json'), 'utf8')
    expect(existsSync(join(data, 'vaults/hospital-a'))).toBe(true)
    expect((await careledgerProcess(make)).code).toBe(0)
    expect(readFileSync(join(data, 'trust.json'), 'utf8')).toBe(trust)
  }, 120_000)
})

describe('careledger audit-events', () => {
  it('export what an organisation may see, as FHIR and as syslog, and prove one of them', async () => {
    const key = join(directory, 'hospital.jwk')
    writeFileSync(key, JSON.stringify((JSON.parse(readFileSync(join(directory, 'data', 'demo-keys.json'), 'utf8')) as Record<string, unknown>)['seoul-general']))
    const hospital = ['--key', key, 'audit-events', 'export', '--since', '2020-01-01']
    const { stdout, stderr } = await careledger(hospital, env)
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line) as { readonly id: string; readonly resourceType: string })
    expect([lines.length > 5, stderr, new Set(lines.map(({ resourceType }) => resourceType))]).toEqual([true, `${lines.length} events.\n`, new Set(['AuditEvent'])])
    const [message] = (await careledger([...hospital, '--format', 'syslog'], env)).stdout.split('\n')
    expect(message).toMatch(/^<8[45]>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ careledger \d+ FHIR\+AuditEvent - \ufeff\{/)
    expect((await careledger([...hospital, '--to', 'siem.example'], env)).code).toBe(2)
    // The log covers a decision half a minute after it was made; these are of the start.
    const proof = join(directory, 'event-proof.json')
    await vi.waitFor(() => json('--key', key, 'audit-events', 'proof', lines[0]?.id ?? '', '--out', proof), { timeout: 50_000, interval: 500 })
    expect(await json('verify', proof)).toMatchObject({ valid: true, failed: [], record: { id: lines[0]?.id } })
    writeFileSync(proof, readFileSync(proof, 'utf8').replace(/"index":\d+,"path"/, '"index":4194303,"path"'))
    expect((await careledger(['verify', proof], env)).code).toBe(1)
  }, 120_000)
})
