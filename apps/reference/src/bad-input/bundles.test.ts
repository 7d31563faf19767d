import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importBundle, type CareLedgerClient } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { canaryBundle, canaryIn } from '../testing/canary-bundle.ts'
import { expectRefusal, startDemoWorld, type DemoWorld } from '../testing/demo-world.ts'
import type { RawCaller } from '../testing/raw-caller.ts'

const MIB = 1024 * 1024
const commandLine = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url))
let world: DemoWorld
let doctor: CareLedgerClient
let raw: RawCaller
let before: Awaited<ReturnType<DemoWorld['records']>>
beforeAll(async () => {
  world = await startDemoWorld()
  doctor = await world.as('staff-5d81c6')
  raw = await world.raw('staff-5d81c6')
  await world.importCanary({ identifier: 'MRN-CANARY-0' })
  before = await world.records()
}, 180_000)
afterAll(async () => world?.stop(), 60_000)

const base = canaryBundle({ identifier: 'MRN-CANARY-1' })
const bytes = (text: string) => new TextEncoder().encode(text)
const check = (text: string) => raw.call('hospital.imports.check', JSON.stringify({ bundle: Buffer.from(text).toString('base64url') }))

/** Nothing of a refused bundle stands: its patient is not found, everybody else's records are as they were, and the app takes the next call. */
async function expectNothingWritten(): Promise<void> {
  expect((await doctor.hospital.patients.find.query({ identifier: { system: 'urn:example:mrn', value: 'MRN-CANARY-1' } })).items).toEqual([])
  expect(await world.records()).toEqual(before)
  expect(await world.ready()).toBe(200)
}

describe('a request that is no proper JSON', () => {
  it.each([
    ['malformed JSON', '{"patient":'],
    ['nothing at all', ''],
    ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['a member name given twice', '{"limit":1,"limit":2}'],
    ['a member name given twice in two spellings', String.raw`{"limit":1,"l\u0069mit":2}`],
    ['a member that does not exist', '{"Canarowski":1}'],
  ])('%s: 400 INPUT_MALFORMED', async (_title, body) => {
    expectRefusal(await raw.call('hospital.records.list', body), 400, 'INPUT_MALFORMED')
  })

  it('nests too deep: 413 INPUT_TOO_LARGE', async () => {
    expectRefusal(await raw.call('hospital.records.list', `${'['.repeat(10_000)}${']'.repeat(10_000)}`), 413, 'INPUT_TOO_LARGE', /Send less/)
  })
})

describe('a bad bundle is refused with its place, and nothing of it is kept', () => {
  const cases: readonly (readonly [title: string, text: string, code: string, place: RegExp])[] = [
    ['malformed JSON', base.slice(0, -9), 'INPUT_MALFORMED', /"offset":\d+/],
    ['a member name given twice in a resource', base.replace('"status": "final"', '"status": "final", "status": "amended"'), 'INPUT_MALFORMED', /"offset":\d+/],
    ['a member name given twice in the bundle', base.replace('"type": "collection"', '"type": "collection", "type": "collection"'), 'INPUT_MALFORMED', /"offset":\d+/],
    ['another resource than a Bundle', '{"resourceType":"Patient","name":[{"family":"Canarowski"}]}', 'FHIR_INVALID', /"path":"Bundle"/],
    ['a bundle of another type', base.replace('"collection"', '"searchset"'), 'FHIR_INVALID', /"path":"Bundle.type"/],
    ['a resource type that does not exist', base.replace('"Observation"', '"Observatory"'), 'FHIR_INVALID', /"path":"Bundle.entry\[1\].resource/],
    ['a code that is not in its value set', base.replace('"status": "final"', '"status": "Canary-itis"'), 'FHIR_INVALID', /"path":"Bundle.entry\[1\].resource.status"/],
    ['a missing required member', base.replace('"status": "final",', ''), 'FHIR_INVALID', /"path":"Bundle.entry\[1\].resource/],
    ['a date that does not exist', base.replace('"2024-01-05"', '"2024-13-45"'), 'FHIR_INVALID', /"path":"Bundle.entry\[1\].resource.effective\[x\]"/],
    ['a number in place of text', base.replace('"text": "Canary-itis"', '"text": 7'), 'FHIR_INVALID', /"path":"Bundle.entry\[1\].resource.code.text"/],
    ['no patient', base.replace('"resourceType": "Patient"', '"resourceType": "Basic"'), 'FHIR_INVALID', /"path":"Bundle.entry/],
  ]

  it.each(cases)('%s', async (_title, text, code, place) => {
    const thrown: unknown = await importBundle(doctor, bytes(text)).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ name: 'Problem', code, message: expect.stringMatching(/\.$/) as string })
    expect(JSON.stringify((thrown as { details: unknown }).details)).toMatch(place)
    const answer = await check(text)
    expect(canaryIn(answer.text.replace(/"patient":\{[^}]*\}/, ''))).toBeUndefined()
    if (answer.code === 'OK') expect(answer.data).toMatchObject({ ok: false, problems: [expect.objectContaining({ path: expect.stringMatching(/^Bundle/) as string }), ...(answer.data as { problems: unknown[] }).problems.slice(1)] })
    else expectRefusal(answer, code === 'FHIR_INVALID' ? 422 : 400, code)
    await expectNothingWritten()
  })
})

describe('a bundle of 50 MB', () => {
  const stringOf = (length: number) => `{"bundle":"${'A'.repeat(length)}"}`

  it('is refused from its length, before a byte of it is sent', async () => {
    const memory = residentBytes()
    const call = request(`${world.url}/trpc/hospital.imports.check`, {
      method: 'POST', headers: { 'content-type': 'application/json', 'content-length': String(50 * MIB), authorization: `DPoP ${raw.token}`, dpop: await raw.proof('hospital.imports.check') },
    })
    call.flushHeaders()
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(413)
    call.on('error', () => undefined).destroy()
    expect(residentBytes() - memory).toBeLessThan(30 * MIB)
    await expectNothingWritten()
  })

  it('is refused with a sentence when it is sent whole', async () => {
    expectRefusal(await raw.call('hospital.imports.check', stringOf(50 * MIB)), 413, 'INPUT_TOO_LARGE', /Send less/)
    expectRefusal(await raw.call('hospital.patients.find', stringOf(2 * MIB)), 413, 'INPUT_TOO_LARGE', /Send less/)
    await expectNothingWritten()
  })

  it('is refused while it comes in pieces of unknown length', async () => {
    const call = request(`${world.url}/trpc/hospital.imports.check`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `DPoP ${raw.token}`, dpop: await raw.proof('hospital.imports.check') } })
    const answered = once(call, 'response')
    call.on('error', () => undefined)
    for (let sent = 0; sent < 50; sent++) call.write(Buffer.alloc(MIB, 0x20))
    const [answer] = (await answered) as [IncomingMessage]
    expect(answer.statusCode).toBe(413)
    call.destroy()
    await expectNothingWritten()
  })

  it.each([['import', []], ['import --dry-run', ['--dry-run']]] as const)('is refused by careledger %s with a clear sentence', async (_title, options) => {
    const file = join(mkdtempSync(join(tmpdir(), 'careledger-bundle-')), 'fifty-megabytes.json')
    onTestFinished(() => rmSync(dirname(file), { recursive: true }))
    writeFileSync(file, base)
    truncateSync(file, 50 * MIB)
    const child = spawn(process.execPath, ['--conditions=@careledger/source', commandLine, '--url', world.url, '--as', 'staff-5d81c6', 'import', ...options, file], { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
    const [code] = (await once(child, 'close')) as [number]
    expect([code, text]).toEqual([1, expect.stringMatching(/nothing was imported\. A bundle has at most 32 MiB\. Split it\. \(INPUT_TOO_LARGE\)/)])
    expect(canaryIn(text)).toBeUndefined()
    await expectNothingWritten()
  })
})

/** Memory of the app's process (proc(5)); 0 where there is no /proc. */
function residentBytes(): number {
  try {
    const status = readFileSync(`/proc/${world.app.process.pid ?? 0}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
