import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readLedgersFile } from './ledgers-file.ts'
import { openLedgersToRead } from './open-ledgers-to-read.ts'
import { openLedgers } from './open-ledgers.ts'
import { readSettings } from '../settings.ts'

let directory: string
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'careledger-ledgers-')) })
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const networks = ['identity', 'hospital']
const read = (text: string) => {
  writeFileSync(join(directory, 'ledgers.json'), text)
  return readLedgersFile({ dataDirectory: directory }, networks)
}
const opening = (ledger: object) => openLedgers({ directory, ledgers: { mine: ledger as never }, networks: {} })

describe('the file of ledgers', () => {
  it('may be missing: one embedded ledger takes the entries of the hospital', () => {
    expect(readLedgersFile({ dataDirectory: directory }, networks)).toMatchObject({ ledgers: { embedded: { kind: 'in-memory' } }, networks: { hospital: [{ ledger: 'embedded', way: 'indexed' }] } })
    expect(() => readLedgersFile({ dataDirectory: directory, ledgersFile: join(directory, 'none.json') }, networks)).toThrow(/none\.json does not exist/)
  })

  it.each([
    ['no JSON', '{\n  "ledgers": {\n', /line 3:/],
    ['a member given twice', '{"ledgers": {},\n"ledgers": {}, "networks": {}}', /line 2:/],
    ['an unknown kind', '{"ledgers": {\n"a": { "kind": "nothing" } }, "networks": {}}', /line 2: ledgers\.a/],
    ['an unknown way', '{"ledgers": {"a": {"kind": "in-memory"}},\n"networks": {\n"hospital": [{"ledger": "a", "way": "both"}]}}', /line 3: networks\.hospital\[0\]\.way/],
    ['three ledgers', '{"ledgers": {"a": {"kind": "in-memory"}}, "networks": {"hospital": [{"ledger": "a", "way": "indexed"}, {"ledger": "a", "way": "indexed"}, {"ledger": "a", "way": "indexed"}]}}', /one or two ledgers/],
    ['one ledger twice', '{"ledgers": {"a": {"kind": "in-memory"}}, "networks": {"hospital": [{"ledger": "a", "way": "indexed"}, {"ledger": "a", "way": "checkpointed"}]}}', /hospital\[1\]\.ledger: The two ledgers are the same one/],
    ['a ledger without a name', '{"ledgers": {}, "networks": {"hospital": [{"ledger": "constructor", "way": "indexed"}]}}', /names no ledger constructor/],
    ['an unknown network', '{"ledgers": {"a": {"kind": "in-memory"}}, "networks": {"pharmacy": [{"ledger": "a", "way": "indexed"}]}}', /There is no such network; networks are identity, hospital/],
    ['a superfluous member', '{"ledgers": {}, "networks": {}, "more": 1}', /more/],
  ])('is refused with its line and place: %s', (_title, text, words) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ name: 'SettingsError', message: expect.stringMatching(words) }))
  })
})

describe('opening ledgers', () => {
  it('opens several journals, and follows them beside the process that writes', async () => {
    const file = read('{"ledgers": {"embedded": {"kind": "in-memory"}, "second": {"kind": "in-memory"}, "third": {"kind": "in-memory", "settings": {"journal": "elsewhere/j"}}}, "networks": {"hospital": [{"ledger": "embedded", "way": "indexed"}, {"ledger": "second", "way": "checkpointed"}]}}')
    const targets = await openLedgers(file)
    const readers = await openLedgersToRead(readSettings({ CARELEDGER_DATA: directory }))
    expect(readers.map(({ name, ledger }) => [name, ledger.describe().ledgerId])).toEqual(targets.map(({ name, ledger }) => [name, ledger.describe().ledgerId]))
    expect(new Set(targets.map(({ ledger }) => ledger.describe().ledgerId)).size).toBe(3)
    await expect(openLedgersToRead(readSettings({ CARELEDGER_DATA: directory }), 'fourth')).rejects.toThrow(/no ledger fourth.*embedded, second, third/)
    for (const { ledger } of [...readers, ...targets]) await ledger.close()
  })

  it('opens a stranger\'s ledger by its module and export, and says what is missing', async () => {
    writeFileSync(join(directory, 'stranger.mjs'), `
      import { createInMemoryLedger } from ${JSON.stringify(import.meta.resolve('@careledger/ledger-in-memory'))}
      export const createStranger = ({ settings }) => createInMemoryLedger({ settings: { account: settings.account } })
      export const createNothing = () => ({})
    `)
    const [target] = await opening({ kind: 'module', module: './stranger.mjs', create: 'createStranger', settings: { account: 'stranger' } })
    const [receipt] = await target!.ledger.append('hospital', [{ id: '0'.repeat(32), digest: 'ab'.repeat(32) }])
    expect([receipt?.state, (await target!.ledger.getMany('hospital', ['0'.repeat(32)]))[0]?.writer]).toEqual(['final', 'stranger'])
    await target!.ledger.close()
    await expect(opening({ kind: 'module', module: './stranger.mjs', create: 'createOther', settings: {} })).rejects.toThrow(/no function createOther; it exports createNothing, createStranger/)
    await expect(opening({ kind: 'module', module: './stranger.mjs', create: 'createNothing', settings: {} })).rejects.toThrow(/no ledger of the port's version v1/)
    await expect(opening({ kind: 'module', module: 'no-such-package-at-all', create: 'x', settings: {} })).rejects.toThrow(/The ledger mine \(module\) cannot be opened/)
  })

  it('takes keys and passwords by their place only, and never shows them', async () => {
    const words = async (ledger: object): Promise<string> => opening(ledger).then(() => 'opened', (error: Error) => error.message)
    expect(await words({ kind: 'ethereum', settings: { urls: ['http://user:hunter2@127.0.0.1:1'], chainId: 1, contract: '0x' } })).toMatch(/settings\.urls: an address holds a password/)
    expect(await words({ kind: 'ethereum', settings: { urls: ['http://127.0.0.1:1'], chainId: 1, contract: `0x${'1'.repeat(40)}`, key: 'hunter2' } })).toMatch(/settings\.key/)
    expect(await words({ kind: 'ethereum', settings: { urls: ['http://127.0.0.1:1'], chainId: 1, contract: `0x${'1'.repeat(40)}`, key: { file: 'none' } } })).toMatch(/The file .*none cannot be read \(ENOENT\)/)
    expect(await words({ kind: 'multichain', settings: { url: 'http://127.0.0.1:1', credentials: { user: 'rpc', password: { env: 'CARELEDGER_NO_SUCH' } }, chain: { name: 'c' } } })).toMatch(/The variable CARELEDGER_NO_SUCH is not set/)
    expect(await words({ kind: 'fabric', settings: { client: 'gateway', channel: 'c', chaincode: 'c', peer: { address: '127.0.0.1:1', tlsCertificateFile: 'none' }, identity: { mspId: 'm', certificateFile: 'none', key: { file: 'none' } } } })).toMatch(/The ledger mine \(fabric\) cannot be opened.*none cannot be read/)
    for (const settings of [{ urls: ['http://user:hunter2@127.0.0.1:1'], chainId: 1, contract: '0x' }]) expect(await words({ kind: 'hydrachain', settings })).not.toContain('hunter2')
  })
})
