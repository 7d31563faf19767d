import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { approveErasure, proposeErasure, readTrust, runImportJob, uploadAttachment, verifyProofText } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { backupInstance } from './instance/backup.ts'
import { openInstance } from './instance/open-instance.ts'
import { rehearseRestore } from './instance/rehearse.ts'
import { readSettings } from './settings.ts'
import { canaries, canaryBundle } from './testing/canary-bundle.ts'
import { startDemoWorld } from './testing/demo-world.ts'

const [doctorId, clerkId, adminId, strangerId] = ['staff-5d81c6', 'staff-2a96d3', 'staff-c40e19', 'staff-e04b7f'] as const
const number = 'MRN-CANARY-77'

let folder: string
let data: string
const settings = () => readSettings({ PORT: '0', CARELEDGER_DATA: data, CARELEDGER_LOG_LEVEL: 'silent' })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careledger-erased-'))
  data = join(folder, 'data')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The ways in which a text may stand in a file or row. */
const formsOf = (text: string): readonly Buffer[] => {
  const plain = Buffer.from(text)
  // Base64 of a text inside a longer one begins at one of three places; what does not depend on its neighbours is searched for.
  const shifted = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), plain]).toString('base64').slice(Math.ceil((shift * 4) / 3) + 1, -4))
  return [plain, Buffer.from(plain.toString('hex')), Buffer.from(text, 'utf16le'), ...shifted.flatMap((form) => [Buffer.from(form), Buffer.from(form.replaceAll('+', '-').replaceAll('/', '_'))])]
}
const holds = (bytes: Buffer, forms: readonly Buffer[]): boolean => forms.some((form) => bytes.includes(form))
const filesOf = (directory: string): readonly string[] => readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))

/** Every row of every table, as `table[/projection table]` with its cells as they are stored. */
async function rowsOf(): Promise<readonly { readonly where: string; readonly bytes: Buffer }[]> {
  const instance = await openInstance(settings(), { address: 'http://127.0.0.1' })
  const chunks: Uint8Array[] = []
  for await (const chunk of instance.parts.store.maintenance.backup()) chunks.push(chunk)
  await instance.close()
  let table = ''
  return Buffer.concat(chunks).toString('utf8').trim().split('\n').flatMap((line) => {
    const value = JSON.parse(line) as { readonly table?: string } | readonly unknown[]
    if (!Array.isArray(value)) { table = (value as { table?: string }).table ?? table; return [] }
    const cells = (value as readonly unknown[]).map((cell) => (typeof cell === 'string' && /^[A-Za-z0-9+/]{16,}={0,2}$/.test(cell) ? Buffer.concat([Buffer.from(cell), Buffer.from(cell, 'base64')]) : Buffer.from(JSON.stringify(cell) ?? '')))
    return [{ where: table.startsWith('projection') ? `${table}/${String(value[0])}` : table, bytes: Buffer.concat(cells) }]
  })
}

describe('the search', () => {
  it.each(['', 'x', 'xy'])('finds a word in base64 behind %j', (lead) => {
    for (const encoding of ['base64', 'base64url'] as const) expect(holds(Buffer.from(Buffer.from(`${lead}abcCanarowski of`).toString(encoding)), formsOf('Canarowski'))).toBe(true)
  })
})

describe('an erased patient', () => {
  it('stands in no table and no file any more, and no backup brings them back; the handle is left in three places where it leads to nobody', async () => {
    const before = await startDemoWorld({ directory: data })
    const [doctor, stranger] = [await before.as(doctorId), await before.as(strangerId)]
    const job = await runImportJob(doctor, [{ name: 'Canarowski-Quillfeather.json', open: () => Promise.resolve(new TextEncoder().encode(canaryBundle({ identifier: number }))) }])
    const patient = job.items[0]?.patient as string
    expect(patient).toMatch(/^[0-9a-f-]{36}$/)
    await uploadAttachment(doctor, new Blob([`Canary-itis, drawn ${'.'.repeat(5000)}`]), { patient, mediaType: 'text/plain', title: 'Canary-itis scan', wait: 'sequenced' })
    await stranger.hospital.requests.ask.mutate({ identifier: { value: number }, birthDate: '1931-12-29', purpose: 'treatment', days: 30, direct: false })
    await doctor.hospital.chart.summary.query({ patient })
    const { id: exported } = await doctor.hospital.exports.start.mutate({ scope: 'custodian', url: 'http://127.0.0.1/fhir/$export' })
    await vi.waitFor(async () => expect((await doctor.hospital.exports.status.query({ id: exported })).state).toBe('done'), { timeout: 60_000, interval: 100 })
    await before.stop()
    const old = join(folder, 'backups', 'before')
    const instance = await openInstance(settings(), { address: 'http://127.0.0.1' })
    await backupInstance(instance, settings(), old)
    await instance.close()
    const handle = [...formsOf(patient), Buffer.from(patient.replaceAll('-', ''), 'hex')]
    // The search finds what is there.
    expect((await rowsOf()).filter(({ bytes }) => holds(bytes, handle)).length).toBeGreaterThan(20)

    const after = await startDemoWorld({ directory: data })
    const [clerk, admin, reader] = [await after.as(clerkId), await after.as(adminId), await after.as(doctorId)]
    await proposeErasure(clerk, await clerk.hospital.erasures.case.query({ patient }))
    const { certificate } = await approveErasure(admin, await admin.hospital.erasures.case.query({ patient }))
    const trust = await readTrust(reader)
    const { proof } = await vi.waitFor(() => clerk.hospital.erasures.certificate.query({ id: certificate as string }), { timeout: 20_000 })
    expect((await verifyProofText(proof, trust)).valid).toBe(true)
    expect((await reader.hospital.exports.status.query({ id: exported })).state).toBe('done')
    const [kept] = (await reader.hospital.patients.list.query({})).items
    const [record] = (await reader.hospital.records.list.query({ patient: kept?.patient as string, limit: 1 })).items
    expect((await verifyProofText((await reader.hospital.records.proof.query({ id: record?.id as string })).proof, trust)).valid).toBe(true)
    await after.stop()

    const words = [...canaries, number].map((word) => [word, formsOf(word)] as const)
    const found = filesOf(data).flatMap((file) => {
      const bytes = readFileSync(file)
      return words.flatMap(([word, forms]) => (holds(bytes, forms) ? [`${word} in ${relative(data, file)}`] : []))
    })
    const rows = await rowsOf()
    for (const { where, bytes } of rows) for (const [word, forms] of words) if (holds(bytes, forms)) found.push(`${word} in ${where}`)
    expect(found).toEqual([])
    // Heads of sealed payloads that nothing opens, decisions that a law may ask for, and the vault's word that the key is gone.
    expect([...new Set(rows.flatMap(({ where, bytes }) => (holds(bytes, handle) ? [where] : [])))].sort()).toEqual(['decision', 'entry'])
    const withHandle = filesOf(data).filter((file) => !relative(data, file).startsWith('store') && holds(readFileSync(file), handle)).map((file) => relative(data, file))
    expect(withHandle).toEqual(['vaults/seoul-general/journal'])

    const rehearsal = await rehearseRestore(settings(), old)
    expect(rehearsal.ok).toBe(false)
    expect(rehearsal.findings).toContainEqual(expect.objectContaining({ kind: 'vault', id: 'seoul-general', detail: expect.stringContaining('VAULT_ROOT_MISMATCH') }))
  }, 240_000)
})
