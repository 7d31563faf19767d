import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createCareLedgerClient, signerFromJwk, type CareLedgerClient, type PrivateJwk } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { careledger, startDemo } from './testing/careledger.ts'

let directory: string
let instance: Awaited<ReturnType<typeof startDemo>>
let clerk: CareLedgerClient
let port = 0
const env: NodeJS.ProcessEnv = {}
const as = ['--as', 'staff-2a96d3']

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'careledger-interchange-'))
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  port = (probe.address() as AddressInfo).port
  probe.close()
  instance = await startDemo(join(directory, 'data'), { CARELEDGER_HL7_PORT: String(port) })
  env['CARELEDGER_URL'] = instance.url
  clerk = createCareLedgerClient({ url: instance.url })
  await clerk.signIn(await signerFromJwk((JSON.parse(readFileSync(join(directory, 'data/demo-keys.json'), 'utf8')) as Record<string, PrivateJwk>)['staff-2a96d3'] as PrivateJwk))
}, 120_000)
afterAll(async () => {
  await instance.stop()
  rmSync(directory, { recursive: true, force: true })
})

const bundle = (number: string, status = 'final'): string => JSON.stringify({
  resourceType: 'Bundle', type: 'collection',
  entry: [
    { fullUrl: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a11', resource: { resourceType: 'Patient', id: 'p', identifier: [{ system: 'urn:test', value: number }], name: [{ family: 'Test' }] } },
    { fullUrl: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a12', resource: { resourceType: 'Observation', id: 'o', status, subject: { reference: 'urn:uuid:6f6b3a52-4c8a-4d0e-9d62-6f2f8f0f1a11' }, code: { text: 'Body Weight' } } },
  ],
}, null, 1)

describe('careledger import <folder>', () => {
  it('previews by cause, is killed half-way, goes on where it was, and parks the bad one with path and line', async () => {
    const folder = join(directory, 'export')
    mkdirSync(join(folder, 'deep'), { recursive: true })
    for (let n = 0; n < 15; n++) writeFileSync(join(folder, `${String(n).padStart(2, '0')}.json`), bundle(`F-${n}`))
    writeFileSync(join(folder, 'deep/bad.json'), bundle('F-bad', 'finished'))
    const preview = await careledger(['--json', ...as, 'import', '--preview', folder], env)
    expect([preview.code, JSON.parse(preview.stdout)]).toEqual([1, expect.objectContaining({ good: 15, bad: 1, newPatients: 15, counts: { Patient: 15, Observation: 15 } })])
    expect((JSON.parse(preview.stdout) as { readonly groups: readonly unknown[] }).groups[0]).toMatchObject({ files: 1, places: [{ name: 'deep/bad.json', path: 'Bundle.entry[1].resource.status', line: expect.any(Number) as number }] })

    const child = spawn(process.execPath, ['--conditions=@careledger/source', fileURLToPath(new URL('main.ts', import.meta.url)), ...as, 'import', folder], { env: { ...process.env, ...env }, stdio: 'ignore' })
    const done = async (): Promise<number> => {
      const [job] = (await clerk.hospital.imports.jobs.list.query({})).items
      return job === undefined ? 0 : (await clerk.hospital.imports.jobs.read.query({ id: job.id, limit: 100 })).items.filter(({ state }) => state === 'done').length
    }
    await expect.poll(done, { timeout: 60_000, interval: 10 }).toBeGreaterThan(0)
    child.kill('SIGKILL')
    await once(child, 'close')
    const half = await done()
    expect(half).toBeLessThan(15)

    const again = await careledger(['--json', ...as, 'import', folder], env)
    const { items } = JSON.parse(again.stdout) as { readonly items: readonly { readonly name: string; readonly state: string; readonly reason?: string }[] }
    expect([again.code, items.filter(({ state }) => state === 'done').length, items.filter(({ state }) => state === 'parked').map(({ name, reason }) => [name, reason])]).toEqual([1, 15, [['deep/bad.json', 'FHIR_INVALID']]])
    expect((await careledger([...as, 'import', folder], env)).stdout).toMatch(/^15 of 16 bundles are in: 30 records, 0 were there already\.\n✗ deep\/bad\.json: not imported \(FHIR_INVALID\)\n {4}Bundle\.entry\[1\]\.resource\.status \(line \d+\): /)
  })
})

describe('careledger messages', () => {
  const send = async (message: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(`\x0b${message}\x1c\r`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    return /\rMSA\|([^\r\x1c]*)/.exec(answer.toString('latin1'))?.[1] ?? ''
  }
  const adt = (trigger: string, control: string): string => [`MSH|^~\\&|HIS|SGH|CL|SG|20261120101500||ADT^${trigger}|${control}|P|2.5.1||||||UNICODE UTF-8`, 'PID|1||H-77^^^HIS&1.2.410.1&ISO^MR||Hidden^Name||19650714|F', `PV1|1|I|W3^301^1${'|'.repeat(16)}V-77`].join('\r')

  it('lists what waits, shows it to its hospital only, follows it when it can be, and sets aside what cannot', async () => {
    expect([await send(adt('A13', 'M1')), await send(adt('A01', 'M2'))]).toEqual(['AE|M1|visit-unknown', 'AE|M2|order'])
    const listed = JSON.parse((await careledger(['--json', '--as', 'staff-b1f852', 'messages', 'list'], env)).stdout) as { readonly items: readonly { readonly id: string; readonly controlId: string; readonly reason: string }[] }
    expect(listed.items.map(({ controlId, reason }) => [controlId, reason])).toEqual([['M1', 'visit-unknown'], ['M2', 'order']])
    const [first, second] = listed.items
    expect((await careledger(['--as', 'staff-b1f852', 'messages', 'show', first!.id], env)).code).toBe(1)
    expect((await careledger([...as, 'messages', 'show', first!.id], env)).stdout).toContain('PID|1||H-77')
    expect(await careledger([...as, 'messages', 'replay', first!.id], env)).toMatchObject({ code: 1, stdout: '0 followed.\nThe next one still cannot be: visit-unknown\n' })
    expect((await careledger([...as, 'messages', 'set-aside', first!.id], env)).code).toBe(0)
    expect(await careledger([...as, 'messages', 'replay', second!.id], env)).toMatchObject({ code: 0, stdout: '1 followed.\n' })
    expect((await careledger([...as, 'messages', 'list'], env)).stdout).toBe('No message waits.\n')
  })
})

describe('careledger gateway', () => {
  it('says who holds a key and since when, revokes it, and enrols the next', async () => {
    const file = join(directory, 'seoul-general.jwk')
    writeFileSync(file, JSON.stringify((JSON.parse(readFileSync(join(directory, 'data/demo-keys.json'), 'utf8')) as Record<string, PrivateJwk>)['seoul-general']))
    const organisation = ['--key', file]
    const keys = async (who: readonly string[]) => (JSON.parse((await careledger(['--json', ...who, 'gateway', 'list'], env)).stdout) as { readonly items: readonly { readonly custodian: string; readonly key: string; readonly state: string; readonly party?: string; readonly since?: string }[] }).items
    const [first] = await keys(as)
    expect(first).toMatchObject({ state: 'enrolled', party: 'seoul-general-gateway', since: expect.any(String) as string })
    expect((await careledger([...as, 'gateway', 'revoke', first!.key], env)).code).not.toBe(0)
    expect(await careledger([...organisation, 'gateway', 'revoke'], env)).toMatchObject({ code: 0, stdout: `Revoked ${first!.key}.\n` })
    expect((await careledger([...organisation, 'gateway', 'enrol'], env)).stdout).toMatch(/^Enrolled seoul-general-gateway with the key /)
    expect((await keys(organisation)).map(({ state }) => state)).toEqual(['enrolled', 'revoked'])
  })
})
