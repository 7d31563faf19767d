import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCareLedgerClient, giveConsent, importBundle, signerFromJwk, withdrawConsent, type CareLedgerClient, type PrivateJwk } from '@careledger/client'
import { startPostgres, type PostgresServer } from '@careledger/data-prisma/testing'
import { audit } from '@careledger/logic'
import { sha256, toBase64url, utf8 } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { backupInstance } from './instance/backup.ts'
import { inspectInstance, openInstance } from './instance/open-instance.ts'
import { rehearseRestore } from './instance/rehearse.ts'
import { readSettings } from './settings.ts'
import { canaryBundle } from './testing/canary-bundle.ts'
import { createRawCaller, rawCall } from './testing/raw-caller.ts'
import { runApp, type RunningApp } from './testing/running-app.ts'

const doctor = 'staff-5d81c6'
const elsewhere = 'staff-e04b7f'
const patientParty = 'patient-4f7a20'

describe('two API processes and two workers on one PostgreSQL', () => {
  let postgres: PostgresServer
  let databaseUrl: string
  let directory: string
  const running: { api: RunningApp[]; worker: RunningApp[] } = { api: [], worker: [] }
  const start = (role: 'api' | 'worker') => runApp(directory, { DATABASE_URL: databaseUrl, CARELEDGER_ROLE: role, CARELEDGER_NOTIFY: `seoul-general=${endpoint}` })
  /** Where the hospital is told of its entries: their ids, in the order in which they came. */
  const told: string[] = []
  let endpoint = ''
  const ear = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      told.push(...Array.from(Buffer.concat(chunks).toString().matchAll(/"focus","valueReference":\{"identifier":\{"system":"urn:ietf:rfc:3986","value":"urn:uuid:([0-9a-f-]{36})"/g), ([, id]) => id as string))
      response.writeHead(200).end()
    })
  })
  const key = (party: string) => (JSON.parse(readFileSync(join(directory, 'demo-keys.json'), 'utf8')) as Record<string, PrivateJwk>)[party] as PrivateJwk
  const as = async (party: string, url: string): Promise<CareLedgerClient> => {
    const client = createCareLedgerClient({ url })
    await client.signIn(await signerFromJwk(key(party)))
    return client
  }
  const api = (n: number) => running.api[n] as RunningApp

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'careledger-many-'))
    endpoint = await new Promise((resolve) => ear.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(ear.address() as AddressInfo).port}`)))
    postgres = await startPostgres({ fsync: false })
    databaseUrl = await postgres.createDatabase()
    // All at once, on nothing: schema, keys, vaults, first entries and demo are made once.
    const [one, two, three, four] = await Promise.all([start('api'), start('worker'), start('api'), start('worker')])
    running.api.push(one, three)
    running.worker.push(two, four)
  }, 240_000)
  afterAll(async () => {
    for (const app of [...running.api, ...running.worker]) await app.end('SIGKILL')
    ear.close()
    await postgres?.stop()
    rmSync(directory, { recursive: true, force: true })
  }, 60_000)

  it('take each other\'s sessions, and end them together', async () => {
    const one = await createRawCaller(api(0).url, key(doctor))
    const at = async (url: string) => {
      const header = { typ: 'dpop+jwt', alg: one.signer.algorithm, jwk: one.signer.publicJwk }
      const payload = { jti: crypto.randomUUID(), htm: 'POST', htu: `${url}/trpc/session.me`, iat: Math.floor(Date.now() / 1000), ath: toBase64url(sha256(utf8(one.token))) }
      const input = `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(JSON.stringify(payload)))}`
      const { code } = await rawCall(`${url}/trpc/session.me`, '{}', { authorization: `DPoP ${one.token}`, dpop: `${input}.${toBase64url(await one.signer.sign(utf8(input)))}` })
      return code
    }
    expect([await at(api(0).url), await at(api(1).url)]).toEqual(['OK', 'OK'])
    await one.call('session.end', '{}')
    expect([await at(api(0).url), await at(api(1).url)]).toEqual(['NOT_SIGNED_IN', 'NOT_SIGNED_IN'])
  }, 60_000)

  it('name each other to the operator, with role and last sign of life', async () => {
    const { processes, mixed, backup } = await (await as('staff-b1f852', api(1).url)).platform.running.query({})
    expect(processes.map(({ role, alive, sequencer }) => `${role} ${String(alive)} ${sequencer === 'leading' || sequencer === 'standby' ? 'works' : String(sequencer)}`).sort()).toEqual(['api true elsewhere', 'api true elsewhere', 'worker true works', 'worker true works'])
    expect(new Set(processes.map(({ pid }) => pid))).toEqual(new Set([...running.api, ...running.worker].map(({ process: { pid } }) => pid)))
    expect([mixed, backup]).toEqual([false, undefined])
  }, 60_000)

  it('hold a withdrawal at one from its commit at the other', async () => {
    const [patient, reader] = [await as(patientParty, api(0).url), await as(elsewhere, api(1).url)]
    const { items: [subject] } = await patient.hospital.consents.subjects.query({})
    const { items: [own] } = await patient.hospital.patients.list.query({})
    if (subject === undefined || own === undefined) throw new Error('The demo patient has no records.')
    const read = () => reader.hospital.records.list.query({ patient: own.patient, limit: 1 }).then(() => 'read', (error: { code?: string }) => error.code)
    // Readers at both processes never stop: whichever read lies wholly between two commits has only one right answer.
    const readers = [reader, await as(elsewhere, api(0).url), reader]
    const seen: { readonly from: number; readonly to: number; readonly outcome: string | undefined }[] = []
    let reading = true
    const load = readers.map(async (one) => {
      while (reading) {
        const from = performance.now()
        const outcome = await one.hospital.records.list.query({ patient: own.patient, limit: 1 }).then(() => 'read', (error: { code?: string }) => error.code)
        seen.push({ from, to: performance.now(), outcome })
      }
    })
    const spans: { readonly from: number; readonly to: number; readonly right: string }[] = []
    let since = performance.now()
    for (let round = 0; round < 8; round++) {
      expect(await read()).toBe('NOT_ALLOWED')
      spans.push({ from: since, to: performance.now(), right: 'NOT_ALLOWED' })
      const { id } = await giveConsent(patient, subject, { grantee: elsewhere, purpose: 'treatment', expires: new Date(Date.now() + 3_600_000).toISOString(), direct: false }, { wait: round === 0 ? 'anchored' : 'stored' })
      since = performance.now()
      expect(await read()).toBe('read')
      spans.push({ from: since, to: performance.now(), right: 'read' })
      await withdrawConsent(patient, subject, id)
      since = performance.now()
    }
    reading = false
    await Promise.all(load)
    const judged = seen.flatMap((one) => spans.filter(({ from, to }) => from <= one.from && one.to <= to).map(({ right }) => [one.outcome, right]))
    expect(judged.filter(([outcome, right]) => outcome !== right)).toEqual([])
    expect(seen.filter(({ outcome }) => outcome !== 'read' && outcome !== 'NOT_ALLOWED')).toEqual([])
    expect(await read()).toBe('NOT_ALLOWED')
  }, 60_000)

  it('end a consent by itself at its instant, in both', async () => {
    const patient = await as(patientParty, api(0).url)
    const readers = [await as(elsewhere, api(0).url), await as(elsewhere, api(1).url)]
    const { items: [subject] } = await patient.hospital.consents.subjects.query({})
    const { items: [own] } = await patient.hospital.patients.list.query({})
    if (subject === undefined || own === undefined) throw new Error('The demo patient has no records.')
    const read = () => Promise.all(readers.map((one) => one.hospital.records.list.query({ patient: own.patient, limit: 1 }).then(() => 'read', (error: { code?: string }) => error.code)))
    const expires = new Date(Date.now() + 4_000).toISOString()
    await giveConsent(patient, subject, { grantee: elsewhere, purpose: 'treatment', expires, direct: false })
    const before = await read()
    if (Date.now() < Date.parse(expires)) expect(before).toEqual(['read', 'read'])
    await vi.waitUntil(() => Date.now() >= Date.parse(expires), { timeout: 10_000, interval: 50 })
    expect(await read()).toEqual(['NOT_ALLOWED', 'NOT_ALLOWED'])
  }, 60_000)

  it('carry an export and notifications on at another process when the one that works on them is killed', async () => {
    const [clerk, administration] = [await as('staff-2a96d3', api(0).url), await as('seoul-general', api(1).url)]
    await administration.hospital.subscriptions.create.mutate({ endpoint: `${endpoint}/hook` })
    // So many that an export of them has several saved places, and so few that nobody's allowance of calls is used up.
    const patients = Array.from({ length: 56 }, (_, index) => `MRN-export-${index}`)
    const written: string[] = []
    await Promise.all([0, 1, 2, 3].map(async (lane) => {
      const client = await as(lane < 2 ? doctor : 'staff-2a96d3', api(lane % 2).url)
      for (const identifier of patients.filter((_, index) => index % 4 === lane)) written.push(...(await importBundle(client, utf8(canaryBundle({ identifier, observations: 1 })), { wait: 'stored' })).ids)
    }))
    expect(await (running.worker[1] as RunningApp).end('SIGTERM')).toBe(0)
    const [first] = running.worker as [RunningApp, RunningApp]
    const status = (id: string) => clerk.hospital.exports.status.query({ id })
    const begin = async () => (await clerk.hospital.exports.start.mutate({ scope: 'custodian', types: ['Patient'], url: `${api(0).url}/fhir/r4/$export` })).id
    /** Frozen in the middle of an export, after its first saved place. */
    const frozen = async (): Promise<string> => {
      const id = await begin()
      await vi.waitFor(async () => expect((await status(id)).patients).toBeGreaterThan(0), { timeout: 60_000, interval: 20 })
      first.process.kill('SIGSTOP')
      if ((await status(id)).state === 'running') return id
      first.process.kill('SIGCONT')
      return frozen()
    }
    const id = await frozen()
    const half = await status(id)
    running.worker[1] = await start('worker')
    await first.end('SIGKILL')
    const late = await importBundle(await as(doctor, api(1).url), utf8(canaryBundle({ identifier: 'MRN-export-late', observations: 1 })), { wait: 'stored' })
    await vi.waitFor(async () => expect((await status(id)).state).toBe('done'), { timeout: 60_000, interval: 100 })
    const whole = await status(id)
    const lines: string[] = []
    for (const { type, parts } of whole.files) {
      for (let part = 0; part < parts; part++) lines.push(...Buffer.from((await clerk.hospital.exports.part.query({ id, type, part })).lines, 'base64url').toString().trim().split('\n'))
    }
    const found = lines.flatMap((line) => /"value":"(MRN-export-\d+)"/.exec(line)?.[1] ?? [])
    expect([half.patients < whole.patients, found.length, new Set(found).size]).toEqual([true, patients.length, patients.length])
    await vi.waitFor(() => expect(told).toEqual(expect.arrayContaining([...written, ...late.ids])), { timeout: 60_000, interval: 100 })
    // At least once each, and in the order of the log: what is told again follows what it was told behind.
    expect(told.indexOf(late.ids.at(-1) as string)).toBeGreaterThan(Math.max(...written.map((entry) => told.indexOf(entry))))
    running.worker[0] = await start('worker')
  }, 180_000)

  it('go on at the others while each is killed in turn: reads are served meanwhile, nothing acknowledged is lost, nothing doubled, and the log is whole', async () => {
    const acknowledged = new Map<string, readonly string[]>()
    let writing = true
    let made = 0
    /** Writes until told to stop, at its own process first and at the other when that does not answer, as a browser behind a proxy would. */
    const writer = async (first: number): Promise<void> => {
      const clients = new Map<string, CareLedgerClient>()
      const at = async (n: number) => {
        const { url } = api(n)
        const known = clients.get(url) ?? (await as(doctor, url))
        clients.set(url, known)
        return known
      }
      while (writing) {
        const identifier = `MRN-${first}-${made++}`
        const bundle = utf8(canaryBundle({ identifier, observations: 2 }))
        for (let attempt = 0; ; attempt++) {
          try {
            const wait = made % 3 === 0 ? 'anchored' : 'sequenced'
            const { ids, receipts } = await importBundle(await at((first + attempt) % 2), bundle, { wait })
            // Sequenced and anchored by another process than the one that was asked.
            for (const { state } of receipts) expect(wait === 'anchored' ? ['anchored'] : ['sequenced', 'anchored']).toContain(state)
            acknowledged.set(identifier, ids)
            break
          } catch (error) {
            if (!['UNAVAILABLE', 'OUTCOME_UNKNOWN', 'BUSY', 'CONFLICT'].includes(String((error as { code?: string }).code)) || attempt > 40) throw error
          }
        }
      }
    }
    const writers = [writer(0), writer(1)]
    const progress = async () => {
      const before = acknowledged.size
      await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(before + 2), { timeout: 60_000, interval: 20 })
    }
    /** What was acknowledged last is read, whole, at each process named. */
    const served = async (places: readonly number[]) => {
      const [identifier] = [...acknowledged].at(-1) ?? []
      for (const n of places) {
        const clerk = await as('staff-2a96d3', api(n).url)
        const { items: [found] } = await clerk.hospital.patients.find.query({ identifier: { system: 'urn:example:mrn', value: identifier ?? '' } })
        expect((await clerk.hospital.records.list.query({ patient: found?.patient ?? '', limit: 1 })).counts, `process ${n}`).toEqual({ Patient: 1, Observation: 2 })
      }
    }
    await progress()
    for (const [role, place] of [['worker', 0], ['worker', 1], ['api', 0], ['api', 1]] as const) {
      await (running[role][place] as RunningApp).end('SIGKILL')
      await served(role === 'api' ? [1 - place] : [0, 1])
      await progress()
      running[role][place] = await start(role)
    }
    await progress()
    writing = false
    await Promise.all(writers)

    const [one, two] = [await as(doctor, api(0).url), await as(doctor, api(1).url)]
    for (const [identifier, ids] of acknowledged) {
      expect(ids, identifier).toHaveLength(3)
      const { items } = await one.hospital.patients.find.query({ identifier: { system: 'urn:example:mrn', value: identifier } })
      expect(items, identifier).toHaveLength(1)
      const { counts } = await two.hospital.records.list.query({ patient: items[0]?.patient ?? '', limit: 1 })
      expect(counts, identifier).toEqual({ Patient: 1, Observation: 2 })
    }

    // A backup beside running processes: not while a worker writes the embedded ledger, but while the others serve.
    const own = readSettings({ CARELEDGER_DATA: directory, DATABASE_URL: databaseUrl })
    const backup = async () => {
      const instance = await openInstance(own, { address: 'http://127.0.0.1', shared: true })
      try {
        return await backupInstance(instance, own, join(directory, 'backups', 'online'))
      } finally {
        await instance.close()
      }
    }
    await expect(backup()).rejects.toThrow(/A worker writes the embedded ledger embedded/)
    for (const app of running.worker.splice(0)) expect(await app.end('SIGTERM'), app.output()).toBe(0)
    await importBundle(one, utf8(canaryBundle({ identifier: 'MRN-waiting', observations: 1 })))
    await backup()
    await importBundle(two, utf8(canaryBundle({ identifier: 'MRN-after', observations: 1 })))
    expect(await rehearseRestore(own, join(directory, 'backups'))).toMatchObject({ ok: true, findings: [], log: { waiting: 3 } })

    for (const app of running.api.splice(0)) expect(await app.end('SIGTERM'), app.output()).toBe(0)
    const instance = await inspectInstance(own)
    try {
      const report = await audit(instance.parts, { shutVaults: instance.shutVaults })
      expect(report.findings).toEqual([])
      expect(report.ok).toBe(true)
    } finally {
      await instance.close()
    }
  }, 240_000)
})
