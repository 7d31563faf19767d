import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNodeSigner } from '@careledger/identity'
import { checkpointBody, parseCheckpoint, sha256, signCheckpoint } from '@careledger/proof'
import { careledger, startCommand, startInstance, type Running } from '../testing/careledger.ts'

let work: string
let data: string
let witness: Running
let instance: Running
const directory = (): string => join(work, 'witness')

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'careledger-witness-'))
  data = join(work, 'data')
  const made = await careledger(['init', '--data', data, '--platform', 'moh-test', '--name', 'Ministry'])
  expect(made.code, made.stderr).toBe(0)
  const entry = await careledger(['--json', 'witness', 'init', '--directory', directory(), '--name', 'witness.hospital.test', '--trust', join(data, 'trust.json')])
  expect(entry.code, entry.stderr).toBe(0)
  witness = await startCommand(['witness', '--directory', directory(), '--port', '0', '--journal', join(data, 'ledger', 'journal')])
  writeFileSync(join(data, 'witnesses.json'), JSON.stringify({ threshold: 2, witnesses: [{ ...JSON.parse(entry.stdout), url: witness.url }] }))
  instance = await startInstance(data)
}, 120_000)
afterAll(async () => {
  await instance.stop()
  await witness.stop()
  rmSync(work, { recursive: true, force: true })
})

const about = async (): Promise<{ readonly splitViews: number; readonly logs: readonly { readonly origin: string; readonly size: number }[] }> => (await fetch(witness.url)).json() as never
/** Looks again until it holds; the test's own time ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}

describe('careledger witness', () => {
  it('cosigns the instance\'s checkpoints, and trust.json asks for both signatures', async () => {
    await until(async () => ((await about()).logs[0]?.size ?? 0) > 0)
    const names = async (): Promise<readonly string[]> => {
      const answer = await fetch(`${instance.url}/log/checkpoint`)
      return answer.ok ? parseCheckpoint(await answer.text()).signatures.map(({ name }) => name) : []
    }
    await until(async () => (await names()).includes('witness.hospital.test'))
    const trust = JSON.parse((await careledger(['--json', '--url', instance.url, 'trust'])).stdout) as { readonly witnessThreshold: number; readonly witnesses: readonly { readonly name: string }[] }
    expect([trust.witnessThreshold, trust.witnesses.length, trust.witnesses[1]?.name]).toEqual([2, 2, 'witness.hospital.test'])
  }, 60_000)

  it('catches an instance that shows others another log, keeps both notes, and ends with 1', async () => {
    const log = createNodeSigner(createPrivateKey({ format: 'jwk', key: JSON.parse(readFileSync(join(data, 'keys', 'log.json'), 'utf8')) as never }))
    const { origin, size } = (await about()).logs[0]!
    const fork = await signCheckpoint(checkpointBody({ origin, size, root: sha256(Uint8Array.of(1)) }), log)
    const liar = createServer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ result: { data: { size, note: fork } } })))
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    await witness.stop()
    witness = await startCommand(['witness', '--directory', directory(), '--port', '0', '--watch', `http://127.0.0.1:${(liar.address() as AddressInfo).port}`, '--every', '0.1'])
    try {
      await until(async () => (await about()).splitViews > 0)
      expect(await witness.stop()).toBe(1)
      const [kept = ''] = readdirSync(join(directory(), 'split-views'))
      expect(JSON.parse(readFileSync(join(directory(), 'split-views', kept), 'utf8'))).toMatchObject({ kind: 'same-size', origin, second: fork })
    } finally {
      await new Promise((resolve) => liar.close(resolve))
    }
  }, 60_000)

  it('refuses wrong input in words, and never makes a second key', async () => {
    for (const [args, code] of [
      [['witness', 'init', '--directory', directory(), '--name', 'again', '--trust', join(data, 'trust.json')], 'EXISTS'],
      [['witness', 'init', '--directory', join(work, 'new'), '--name', 'two words', '--trust', join(data, 'trust.json')], 'NAME_INVALID'],
      [['witness', 'init', '--directory', join(work, 'new'), '--name', 'w', '--trust', join(work, 'nothing.json')], 'NO_TRUST'],
      [['witness', '--directory', join(work, 'new')], 'NO_WITNESS'],
      [['witness', '--directory', directory(), '--port', 'x'], 'PORT_INVALID'],
      [['witness', '--directory', directory(), '--every', '0'], 'EVERY_INVALID'],
    ] as const) {
      const { code: exit, stdout } = await careledger(['--json', ...args])
      expect([exit, (JSON.parse(stdout) as { readonly error: { readonly code: string } }).error.code]).toEqual([2, code])
    }
  }, 60_000)

  it('does not start on a damaged state, and goes on from a restored one', async () => {
    const [state = ''] = readdirSync(directory()).filter((name) => name.startsWith('state-'))
    const path = join(directory(), state)
    const before = readFileSync(path, 'utf8')
    writeFileSync(path, 'damaged')
    await expect(startCommand(['witness', '--directory', directory(), '--port', '0'])).rejects.toThrow(/damaged/)
    writeFileSync(path, before)
    witness = await startCommand(['witness', '--directory', directory(), '--port', '0'])
    expect((await about()).logs[0]?.size).toBe(parseCheckpoint(before).size)
  }, 60_000)
})
