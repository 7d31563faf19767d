import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createFabricLedger, createFabricSigner, type FabricLedgerSettings } from '@careledger/ledger-fabric'
import { toBase64url, type ProofAnchor } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnchorVerifier } from '../create-anchor-verifier.ts'

// On real peers of two organisations with certificates of Fabric's own cryptogen. Needs FABRIC_BIN, a folder with Fabric's binaries.
const here = process.env['FABRIC_BIN'] !== undefined && existsSync(join(process.env['FABRIC_BIN'], 'peer'))
const folder = mkdtempSync(join(tmpdir(), 'careledger-evidence-'))
const tool = join(import.meta.dirname, '../../../../tools/fabric.ts')
const run = (...args: readonly string[]) => promisify(execFile)(process.execPath, ['--conditions=@careledger/source', tool, ...args, '--folder', folder])
const hex = (bytes: number): string => randomBytes(bytes).toString('hex')

interface SettingsFile {
  readonly settings: Omit<FabricLedgerSettings, 'client'>
  readonly signers: Readonly<Record<string, { readonly mspId: string; readonly certificateFile: string; readonly privateKeyFile: string }>>
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(!here)('evidence of a real Fabric network (FABRIC_BIN)', () => {
  beforeAll(async () => { await run('up', '--batch-timeout', '50') }, 180_000)
  afterAll(async () => { await run('down', '--purge') })

  it.each(['gateway', 'network'] as const)('by the client %s passes for two pinned organisations, and for no other authority', async (client) => {
    const { settings, signers } = JSON.parse(readFileSync(join(folder, 'settings-hospital.json'), 'utf8')) as SettingsFile
    const { mspId = '', certificateFile = '', privateKeyFile = '' } = signers['Admin'] ?? {}
    const signer = createFabricSigner({ mspId, certificate: readFileSync(certificateFile, 'utf8'), privateKey: readFileSync(privateKeyFile, 'utf8') })
    const ledger = await createFabricLedger({ settings: { ...settings, client, space: `t${hex(8)}`, pollMs: 50 }, signer })
    try {
      await ledger.membership.grant('labs', 'HospitalMSP/Admin@hospital.example', 'write')
      const record = { id: hex(16), digest: hex(32) }
      await ledger.append('labs', [record], { until: 'final' })
      const evidence = await ledger.evidence.evidence('labs', record.id)
      const { ledgerId, kind } = ledger.describe()
      const anchor: ProofAnchor = { ledgerId, kind, stream: 'labs', ...record, for: 'record', evidence: `${evidence?.format ?? ''} ${toBase64url(evidence?.bytes ?? new Uint8Array())}` }
      const [HospitalMSP, LaboratoryMSP] = ['hospital', 'laboratory'].map((name) => authorityOf(name)) as [string, string]
      const verify = async (organisations: Readonly<Record<string, string>>, changed: Partial<ProofAnchor> = {}) =>
        (await createAnchorVerifier([{ ledgerId, organisations, organisationsMin: 2 }])({ ...anchor, ...changed })).outcome
      expect(await verify({ HospitalMSP, LaboratoryMSP })).toBe('pass')
      expect(await verify({ HospitalMSP, LaboratoryMSP: HospitalMSP })).toBe('fail')
      expect(await verify({ HospitalMSP, LaboratoryMSP }, { digest: hex(32) })).toBe('fail')
      expect(await createAnchorVerifier([])(anchor)).toMatchObject({ outcome: 'unchecked' })
    } finally {
      await ledger.close()
    }
  }, 60_000)
})

function authorityOf(name: string): string {
  return readFileSync(join(folder, `certificates/peerOrganizations/${name}.example/ca/ca.${name}.example-cert.pem`), 'utf8')
}
