import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import { LedgerError, type Ledger } from '@careledger/ledger-spec'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openOrStandIn } from './stand-in.ts'

describe('a ledger that does not answer when it is opened', () => {
  let folder: string
  let path: string
  beforeEach(() => { path = join((folder = mkdtempSync(join(tmpdir(), 'careledger-stand-in-'))), 'descriptions', 'chain.json') })
  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(folder, { recursive: true, force: true })
  })
  const down = (): Promise<Ledger> => Promise.reject(new LedgerError('LEDGER_UNAVAILABLE', 'The node could not be reached'))
  const journal = (name: string) => createInMemoryLedger({ settings: { journal: { path: join(folder, name) } } })

  it('is an error the first time, and where it fails for another reason', async () => {
    await expect(openOrStandIn(path, down)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    await (await openOrStandIn(path, () => journal('one'))).close()
    await expect(openOrStandIn(path, () => Promise.reject(new TypeError('wrong settings')))).rejects.toThrow('wrong settings')
  })

  it('is stood in for once it was known, says what it said, and works as soon as it answers', async () => {
    const first = await openOrStandIn(path, () => journal('one'))
    const description = first.describe()
    await first.close()
    let open = down
    const ledger = await openOrStandIn(path, () => open())
    expect(ledger.describe()).toEqual(description)
    expect(await ledger.health()).toMatchObject({ ok: false, problems: [{ code: 'LEDGER_UNAVAILABLE' }] })
    const record = { id: '01'.repeat(16), digest: '02'.repeat(32) }
    await expect(ledger.append('hospital', [record])).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    open = () => journal('one')
    const now = performance.now()
    vi.spyOn(performance, 'now').mockReturnValue(now + 10_000)
    expect(await ledger.append('hospital', [record])).toHaveLength(1)
    expect((await ledger.getMany('hospital', [record.id]))[0]?.digest).toBe(record.digest)
    await expect(ledger.membership.list('hospital')).rejects.toMatchObject({ code: 'LEDGER_NOT_SUPPORTED' })
    expect((await ledger.health()).ok).toBe(true)
    await ledger.close()
    await expect(ledger.getMany('hospital', [record.id])).rejects.toMatchObject({ code: 'LEDGER_CLOSED' })
  })

  it('is refused when another one answers in its place', async () => {
    await (await openOrStandIn(path, () => journal('one'))).close()
    let open = down
    const ledger = await openOrStandIn(path, () => open())
    open = () => journal('two')
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10_000)
    await expect(ledger.list('hospital', { limit: 1 })).rejects.toMatchObject({ code: 'LEDGER_CORRUPTION' })
    await ledger.close()
  })
})
