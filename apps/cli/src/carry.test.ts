import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCareLedgerClient, signerFromJwk, toNumericCard } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { careledger, startDemo } from './testing/careledger.ts'

let directory: string
let env: NodeJS.ProcessEnv
let instance: Awaited<ReturnType<typeof startDemo>>
const patient = ['--as', 'patient-4f7a20']

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'careledger-carry-'))
  instance = await startDemo(join(directory, 'data'))
  env = { CARELEDGER_URL: instance.url, CARELEDGER_DATA: join(directory, 'data') }
}, 120_000)
afterAll(async () => {
  await instance.stop()
  rmSync(directory, { recursive: true, force: true })
})

describe('careledger carry and open', () => {
  it('make a file that opens with its passphrase alone, prove every record offline, and refuse one that was changed', async () => {
    const file = join(directory, 'records.careledger')
    const made = await careledger(['--json', ...patient, 'carry', 'export', '--out', file, '--type', 'Condition', 'Immunization'], env)
    const { passphrase, records } = JSON.parse(made.stdout) as { passphrase: string; records: number }
    expect([made.code, records, statSync(file).mode & 0o777]).toEqual([0, 5, 0o600])
    const offline = { CARELEDGER_URL: 'http://127.0.0.1:9', CARELEDGER_DATA: join(directory, 'data'), CARELEDGER_PASSPHRASE: passphrase }
    const opened = await careledger(['open', file, '--steps'], offline)
    expect([opened.code, opened.stdout]).toEqual([0, expect.stringMatching(/5 records from Seoul General Hospital[^]*– superseded[^]*Every proof holds/)])
    writeFileSync(`${file}.changed`, readFileSync(file, 'utf8').replace(/.{8}$/, 'AAAAAAAA'))
    expect((await careledger(['open', `${file}.changed`], offline)).code).toBe(1)
    expect((await careledger(['open', file], { ...offline, CARELEDGER_PASSPHRASE: 'another passphrase' })).code).toBe(1)
    expect((await careledger(['open', file], { ...offline, CARELEDGER_PASSPHRASE: undefined })).code).toBe(2)
    expect((await careledger(['carry', 'open', join(directory, 'data/trust.json')], offline)).code).toBe(1)
  }, 60_000)

  it('make a file for one person\'s key, who brings it in at the other hospital', async () => {
    const file = join(directory, 'for-park.careledger')
    const key = (JSON.parse(readFileSync(join(directory, 'data/demo-keys.json'), 'utf8')) as Record<string, object>)['staff-e04b7f']
    writeFileSync(join(directory, 'park.json'), JSON.stringify(key))
    expect((await careledger([...patient, 'carry', 'export', '--out', file, '--type', 'Condition', '--recipient', join(directory, 'park.json')], env)).code).toBe(0)
    const opened = await careledger(['--json', '--key', join(directory, 'park.json'), 'open', file, '--import'], env)
    expect([opened.code, JSON.parse(opened.stdout)]).toMatchObject([0, { valid: true, imported: { records: 4, alreadyThere: 0 } }])
    expect((await careledger([...patient, 'open', file], env)).code).toBe(1)
  }, 60_000)
})

describe('attachments in a carried file', () => {
  it('come along with their proofs, are refused when changed, and are brought in once at the other hospital', async () => {
    const bytes = randomBytes(70_000)
    writeFileSync(join(directory, 'scan.png'), bytes)
    const doctor = ['--json', '--as', 'staff-5d81c6']
    const { items } = JSON.parse((await careledger([...doctor, 'records', 'patients'], env)).stdout) as { items: readonly { patient: string }[] }
    expect((await careledger([...doctor, 'attachments', 'add', items[0]!.patient, join(directory, 'scan.png'), '--title', 'Chest X-ray'], env)).code).toBe(0)
    const file = join(directory, 'with-scan.careledger')
    const key = (JSON.parse(readFileSync(join(directory, 'data/demo-keys.json'), 'utf8')) as Record<string, object>)['staff-e04b7f']
    writeFileSync(join(directory, 'park.json'), JSON.stringify(key))
    const park = ['--json', '--key', join(directory, 'park.json')]
    expect(JSON.parse((await careledger(['--json', ...patient, 'carry', 'export', '--out', file, '--type', 'DocumentReference', '--recipient', join(directory, 'park.json')], env)).stdout)).toMatchObject({ documents: 1, left: [] })
    const bring = async () => JSON.parse((await careledger([...park, 'open', file, '--import'], env)).stdout) as { valid: boolean; imported: { patient: string; documents: number } }
    const first = await bring()
    expect(first).toMatchObject({ valid: true, documents: 1, imported: { documents: 1 } })
    expect((await bring()).imported.documents).toBe(0)
    const { items: there } = JSON.parse((await careledger([...park, 'attachments', 'list', first.imported.patient], env)).stdout) as { items: readonly { id: string }[] }
    expect(there.length).toBe(1)
    expect((await careledger([...park, 'attachments', 'get', there[0]!.id, '--out', join(directory, 'back.png')], env)).code).toBe(0)
    expect(Buffer.compare(readFileSync(join(directory, 'back.png')), bytes)).toBe(0)
  }, 90_000)
})

describe('careledger card verify', () => {
  it('takes a file or a scanned code, against pinned issuers without a network, and says no to a changed one', async () => {
    const client = createCareLedgerClient({ url: instance.url })
    await client.signIn(await signerFromJwk((JSON.parse(readFileSync(join(directory, 'data/demo-keys.json'), 'utf8')) as Record<string, never>)['patient-4f7a20'] as never))
    const { items: [own] } = await client.hospital.patients.list.query({})
    const { items } = await client.hospital.cards.choices.query({ patient: own?.patient ?? '' })
    const { jws } = await client.hospital.cards.issue.mutate({ patient: own?.patient ?? '', records: [items[0]?.id ?? ''] })
    const issuers = join(directory, 'issuers.json')
    writeFileSync(issuers, (await careledger(['card', 'issuers'], env)).stdout)
    const file = join(directory, 'card.smart-health-card')
    writeFileSync(file, JSON.stringify({ verifiableCredential: [jws] }))
    for (const card of [file, toNumericCard(jws)]) expect(await careledger(['card', 'verify', card, '--issuers', issuers])).toMatchObject({ code: 0, stdout: expect.stringContaining('The card holds') })
    expect(await careledger(['--json', 'card', 'verify', `${jws.slice(0, -4)}AAAA`], env)).toMatchObject({ code: 1, stdout: expect.stringContaining('"signature"') })
    expect((await careledger(['card', 'verify', file, '--issuers', file])).code).toBe(2)
    // Its organisation rotates the key, and the card holds on; then it revokes the former one, and the card says since when it does not.
    writeFileSync(join(directory, 'organisation.jwk'), JSON.stringify((JSON.parse(readFileSync(join(directory, 'data/demo-keys.json'), 'utf8')) as Record<string, object>)['seoul-general']))
    const organisation = ['--json', '--key', join(directory, 'organisation.jwk'), 'card']
    const { kid } = JSON.parse((await careledger([...organisation, 'key'], env)).stdout) as { kid: string }
    const rotated = JSON.parse((await careledger([...organisation, 'rotate'], env)).stdout) as { kid: string }
    expect([rotated.kid === kid, (await careledger(['card', 'verify', file], env)).code]).toEqual([false, 0])
    expect((await careledger([...organisation, 'revoke-key', kid], env)).code).toBe(0)
    expect(await careledger(['card', 'verify', file], env)).toMatchObject({ code: 1, stdout: expect.stringContaining('The issuer revoked the key of this card on') })
  }, 60_000)
})
