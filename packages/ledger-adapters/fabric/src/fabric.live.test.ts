import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CONFORMANCE_STREAMS, ledgerConformance, type LedgerUnderTest } from '@careledger/ledger-conformance'
import { LedgerError } from '@careledger/ledger-spec'
import type { Ledger, NewRecord } from '@careledger/ledger-spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFabricLedger, createFabricSigner, type FabricLedgerSettings } from './index.ts'

// The whole suite on real peers, by both clients, and then processes killed under a writer and a watcher. Needs FABRIC_BIN, a folder with Fabric's binaries; the
// network is one of its own. Nothing is cut between one client and its peer here (the test peer does that): discovery goes around whatever stands in between.
const here = process.env['FABRIC_BIN'] !== undefined && existsSync(join(process.env['FABRIC_BIN'], 'peer'))
const folder = mkdtempSync(join(tmpdir(), 'careledger-fabric-'))
const tool = join(import.meta.dirname, '../../../../tools/fabric.ts')
const run = (...args: readonly string[]) => promisify(execFile)(process.execPath, ['--conditions=@careledger/source', tool, ...args, '--folder', folder])

interface SettingsFile {
  readonly settings: Omit<FabricLedgerSettings, 'client'>
  readonly signers: Readonly<Record<string, { readonly mspId: string; readonly certificateFile: string; readonly privateKeyFile: string }>>
}

describe.skipIf(!here)('a real Fabric network (FABRIC_BIN)', () => {
  beforeAll(async () => { await run('up', '--batch-timeout', '50') }, 180_000)
  afterAll(async () => {
    await run('down', '--purge')
    rmSync(folder, { recursive: true, force: true })
  })
  for (const client of ['gateway', 'network'] as const) {
    ledgerConformance({ describe, it }, { name: `fabric by ${client} on real peers`, create: () => createSubject(client) })
  }

  it.each((['gateway', 'network'] as const).flatMap((client) => (['hospital', 'orderer', 'chaincode'] as const).map((victim) => [client, victim] as const)))(
    'by %s: %s is killed and started again, and no record is lost, doubled or unseen', async (client, victim) => {
      const subject = await createSubject(client)
      const records = Array.from({ length: 12 }, (): NewRecord => ({ id: randomBytes(16).toString('hex'), digest: randomBytes(32).toString('hex') }))
      const ending = new AbortController()
      const seen: string[] = []
      const watching = (async () => { for await (const record of subject.ledger.watch(STREAM, { signal: ending.signal })) seen.push(record.id) })().catch((error: unknown) => error)
      let restarting: Promise<unknown> | undefined
      for (const [index, record] of records.entries()) {
        if (index === 3) restarting = run('kill', victim).then(() => run('start', victim))
        await expect.poll(() => appendOnce(subject.ledger, record), { timeout: 60_000 }).toBe('final')
      }
      await restarting
      const ids = records.map((record) => record.id)
      expect((await (await subject.second()).list(STREAM, { limit: 100 })).records.map((record) => record.id)).toEqual(ids)
      await expect.poll(() => seen, { timeout: 30_000 }).toEqual(ids)
      ending.abort()
      expect(LedgerError.is(await watching, 'LEDGER_ABORTED')).toBe(true)
      await subject.dispose()
    }, 180_000)
})

const [STREAM] = CONFORMANCE_STREAMS

/** The state of the receipt, or the code of an error that allows to call again. */
async function appendOnce(ledger: Ledger, record: NewRecord): Promise<string> {
  try {
    return (await ledger.append(STREAM, [record], { until: 'final' }))[0]?.state ?? 'none'
  } catch (error) {
    if (LedgerError.is(error, 'LEDGER_UNAVAILABLE', 'LEDGER_OUTCOME_UNKNOWN')) return error.code
    throw error
  }
}

/** Again while the peers have not met since the last test killed one of them, for at most a minute. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const end = Date.now() + 60_000
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!LedgerError.is(error, 'LEDGER_UNAVAILABLE') || Date.now() > end) throw error
      await pause(200)
    }
  }
}

/** A space of its own on the one chaincode: the administrator of the hospital, a user of the laboratory, and one who may only read. */
async function createSubject(client: FabricLedgerSettings['client']): Promise<LedgerUnderTest> {
  const space = `t${randomBytes(8).toString('hex')}`
  const ledgers: Ledger[] = []
  const open = async (organisation: string, person: string): Promise<Ledger> => {
    const { settings, signers } = JSON.parse(readFileSync(join(folder, `settings-${organisation}.json`), 'utf8')) as SettingsFile
    const { mspId = '', certificateFile = '', privateKeyFile = '' } = signers[person] ?? {}
    const signer = createFabricSigner({ mspId, certificate: readFileSync(certificateFile, 'utf8'), privateKey: readFileSync(privateKeyFile, 'utf8') })
    const ledger = await patiently(() => createFabricLedger({ settings: { ...settings, client, space, pollMs: 50 }, signer }))
    ledgers.push(ledger)
    return ledger
  }
  const ledger = await open('hospital', 'Admin')
  for (const stream of CONFORMANCE_STREAMS.slice(0, 2)) {
    for (const member of ['HospitalMSP/Admin@hospital.example', 'LaboratoryMSP/User1@laboratory.example']) await patiently(() => ledger.membership.grant(stream, member, 'write'))
  }
  return {
    ledger,
    second: () => open('laboratory', 'User1'),
    reader: () => open('laboratory', 'User2'),
    async reopen() {
      for (const each of ledgers) await each.close()
      return await open('hospital', 'Admin')
    },
    async dispose() { for (const each of ledgers) await each.close() },
  }
}
