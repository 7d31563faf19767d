import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root, run } from '../run.ts'
import { createChaincodePackage, writeExternalBuilder } from './chaincode-package.ts'

let folder: string
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'careledger-fabric-tool-')) })
afterAll(() => { rmSync(folder, { recursive: true, force: true }) })

const tool = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => run(process.execPath, ['--conditions=@careledger/source', join(root, 'tools/fabric.ts'), ...args], { env: { FABRIC_BIN: undefined, ...env } })

describe('the chaincode package', () => {
  const parts = { label: 'careledger', address: 'localhost:9999', rootCertificate: '-----BEGIN CERTIFICATE-----' }

  it('has the same id for the same input, and another for another address', () => {
    expect(createChaincodePackage(parts)).toEqual(createChaincodePackage(parts))
    expect(createChaincodePackage({ ...parts, address: 'localhost:1' }).id).not.toBe(createChaincodePackage(parts).id)
  })

  it('is what tar unpacks and the external builder takes', () => {
    const { bytes } = createChaincodePackage(parts)
    for (const name of ['package', 'code', 'metadata', 'built', 'released']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'package.tar.gz'), bytes)
    execFileSync('tar', ['xzf', join(folder, 'package.tar.gz'), '-C', join(folder, 'metadata')])
    execFileSync('tar', ['xzf', join(folder, 'metadata/code.tar.gz'), '-C', join(folder, 'code')])
    writeExternalBuilder(join(folder, 'builder'))
    const bin = join(folder, 'builder/bin')
    execFileSync(join(bin, 'detect'), [join(folder, 'code'), join(folder, 'metadata')])
    execFileSync(join(bin, 'build'), [join(folder, 'code'), join(folder, 'metadata'), join(folder, 'built')])
    execFileSync(join(bin, 'release'), [join(folder, 'built'), join(folder, 'released')])
    expect(JSON.parse(execFileSync('cat', [join(folder, 'released/chaincode/server/connection.json')], { encoding: 'utf8' }))).toMatchObject({ address: 'localhost:9999', tls_required: true })
  })
})

describe('pnpm fabric:up and fabric:down', () => {
  it('say what is missing', async () => {
    expect(await tool(['up'])).toMatchObject({ code: 1, stderr: expect.stringContaining('FABRIC_BIN') as string })
    const binaries = join(folder, 'binaries')
    mkdirSync(binaries)
    writeFileSync(join(binaries, 'peer'), '')
    chmodSync(join(binaries, 'peer'), 0o755)
    expect(await tool(['up'], { FABRIC_BIN: binaries })).toMatchObject({ code: 1, stderr: 'FABRIC_BIN has no orderer, osnadmin, configtxgen, cryptogen\n' })
    expect(await tool(['start', 'peer', '--folder', folder])).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no network') as string })
    expect(await tool(['--nonsense'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--folder DIR') as string })
  })

  it('remove nothing that is no network', async () => {
    const binaries = join(folder, 'all')
    const own = join(folder, 'own')
    mkdirSync(binaries)
    mkdirSync(own)
    writeFileSync(join(own, 'thesis.txt'), 'years of work')
    for (const name of ['peer', 'orderer', 'osnadmin', 'configtxgen', 'cryptogen']) writeFileSync(join(binaries, name), '')
    expect(await tool(['up', '--folder', own], { FABRIC_BIN: binaries })).toMatchObject({ code: 1, stderr: expect.stringContaining('holds something else') as string })
    expect(await tool(['down', '--purge', '--folder', own])).toMatchObject({ code: 0 })
    expect(readdirSync(own)).toEqual(['thesis.txt'])
  })
})
