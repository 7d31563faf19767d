import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CONFORMANCE_STREAMS, ledgerConformance, type LedgerUnderTest } from '@careledger/ledger-conformance'
import type { Ledger } from '@careledger/ledger-spec'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createFabricLedger, createFabricSigner, type FabricLedgerSettings } from './index.ts'

// The whole suite on real peers, by both clients. Needs FABRIC_BIN, a folder with Fabric's binaries; the network is one of its own.
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
    ledgerConformance({ describe, it }, { name: `fabric by ${client}, real peers`, create: () => createSubject(client) })
  }
})

/** A space of its own on the one chaincode: the administrator of the hospital, a user of the laboratory, and one who may only read. */
async function createSubject(client: FabricLedgerSettings['client']): Promise<LedgerUnderTest> {
  const space = `t${randomBytes(8).toString('hex')}`
  const ledgers: Ledger[] = []
  const open = async (organisation: string, person: string): Promise<Ledger> => {
    const { settings, signers } = JSON.parse(readFileSync(join(folder, `settings-${organisation}.json`), 'utf8')) as SettingsFile
    const { mspId = '', certificateFile = '', privateKeyFile = '' } = signers[person] ?? {}
    const signer = createFabricSigner({ mspId, certificate: readFileSync(certificateFile, 'utf8'), privateKey: readFileSync(privateKeyFile, 'utf8') })
    const ledger = await createFabricLedger({ settings: { ...settings, client, space, pollMs: 50 }, signer })
    ledgers.push(ledger)
    return ledger
  }
  const ledger = await open('hospital', 'Admin')
  for (const stream of CONFORMANCE_STREAMS.slice(0, 2)) {
    for (const member of ['HospitalMSP/Admin@hospital.example', 'LaboratoryMSP/User1@laboratory.example']) await ledger.membership.grant(stream, member, 'write')
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
