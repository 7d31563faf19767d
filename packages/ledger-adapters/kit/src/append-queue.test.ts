import { LedgerError } from '@careledger/ledger-spec'
import { describe, expect, it } from 'vitest'
import { listBackend, newRecord, newRecords } from './__fixtures__/list-backend.ts'
import { composeLedger } from './index.ts'

const STREAM = 's'

describe('calls that wait', () => {
  it('are joined up to recordsMax, in the order of the calls, one transaction at a time', async () => {
    let running = 0
    let most = 0
    const backend = listBackend((right) => ({
      async send(...call) {
        running += 1
        most = Math.max(most, running)
        return await right.send(...call).finally(() => { running -= 1 })
      },
    }))
    const ledger = composeLedger(backend)
    const calls = [newRecords(1), newRecords(2), newRecords(1), newRecords(3), newRecords(4), newRecords(1)]
    await Promise.all(calls.map((records) => ledger.append(STREAM, records)))
    expect(backend.sends.map((sent) => sent.length)).toEqual([1, 3, 3, 4, 1])
    expect(backend.records.map(({ id }) => id)).toEqual(calls.flat().map(({ id }) => id))
    expect(most).toBe(1)
  })

  it('are joined no further than the bytes of an append go', async () => {
    const backend = listBackend()
    const ledger = composeLedger({ ...backend, description: { ...backend.description, limits: { ...backend.description.limits, appendBytesMax: 250 } } })
    await Promise.all([1, 1, 1, 1].map(() => ledger.append(STREAM, newRecords(1))))
    expect(backend.sends.map((sent) => sent.length)).toEqual([1, 2, 1])
  })

  it('of two streams do not wait for each other', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => { open = resolve })
    const ledger = composeLedger(listBackend((right) => ({
      async send(stream, ...rest) {
        if (stream === 'slow') await gate
        return await right.send(stream, ...rest)
      },
    })))
    const slow = ledger.append('slow', newRecords(1))
    await ledger.append('quick', newRecords(1))
    open()
    await slow
  })

  it('are bounded: one more is LEDGER_UNAVAILABLE, and nothing of it is sent', async () => {
    const backend = listBackend()
    const ledger = composeLedger(backend, { waitingMax: 2 })
    const calls = Array.from({ length: 4 }, () => ledger.append(STREAM, newRecords(1)))
    const results = await Promise.allSettled(calls)
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    await expect(calls[3]).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE', details: { waitingMax: 2 } })
    expect(backend.records.length).toBe(3)
  })

  it('with an id in common are not joined: the second counts as appended', async () => {
    const backend = listBackend()
    const ledger = composeLedger(backend)
    const record = newRecord()
    await Promise.all([ledger.append(STREAM, [record]), ledger.append(STREAM, [record]), ledger.append(STREAM, [newRecord(), record])])
    expect(backend.records.map(({ id }) => id).filter((id) => id === record.id)).toHaveLength(1)
  })

  it('do not suffer from a neighbour that the ledger refuses: each is tried alone', async () => {
    const bad = newRecord()
    const backend = listBackend((right) => ({
      async send(stream, records, ...rest) {
        if (records.some(({ id }) => id === bad.id)) throw new LedgerError('LEDGER_REJECTED', 'no')
        return await right.send(stream, records, ...rest)
      },
    }))
    const ledger = composeLedger(backend)
    const calls = [newRecords(1), newRecords(1), [bad], newRecords(1)].map((records) => ledger.append(STREAM, records))
    const results = await Promise.allSettled(calls)
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  })
})

describe('a lost race', () => {
  it('is looked at and tried again, with a mark read anew', async () => {
    const marks: unknown[] = []
    let mark = 0
    const backend = listBackend((right) => ({
      mark: async () => (mark += 1),
      async send(stream, records, seen, signal) {
        marks.push(seen)
        return mark < 4 ? { outcome: 'moved' } : await right.send(stream, records, seen, signal)
      },
    }))
    await composeLedger(backend).append(STREAM, newRecords(2))
    expect(marks).toEqual([1, 2, 3, 4])
    expect(backend.records).toHaveLength(2)
  })

  it('that is lost for ever ends with LEDGER_UNAVAILABLE', async () => {
    const ledger = composeLedger(listBackend(() => ({ send: async () => ({ outcome: 'moved' }) })), { racesMax: 3 })
    await expect(ledger.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE', details: { racesMax: 3 } })
  })

  it('against another content is LEDGER_CONFLICT naming the id', async () => {
    const record = newRecord()
    const backend = listBackend((right) => ({
      async send(stream, _records, mark, signal) {
        if (right.records.length === 0) await right.send(stream, [{ ...record, digest: 'f'.repeat(64) }], mark, signal)
        return { outcome: 'moved' }
      },
    }))
    await expect(composeLedger(backend).append(STREAM, [record])).rejects.toMatchObject({ code: 'LEDGER_CONFLICT', details: { ids: [record.id] } })
  })
})

describe('an error', () => {
  it('that nobody recognises is an unknown outcome once sending began, and unavailable before', async () => {
    const vendor = Object.assign(new Error('socket hang up at https://user:secret@node/?key=abc'), { config: { password: 'secret' } })
    const sending = composeLedger(listBackend(() => ({ send: () => Promise.reject(vendor) })))
    const unknown = await sending.append(STREAM, newRecords(1)).catch((error: unknown) => error as LedgerError)
    expect(unknown).toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    expect(JSON.stringify([String(unknown), String((unknown as LedgerError).cause), (unknown as LedgerError).cause])).not.toMatch(/secret|abc/)
    const reading = composeLedger(listBackend(() => ({ getMany: () => Promise.reject(vendor) })))
    await expect(reading.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    await expect(reading.getMany(STREAM, [newRecord().id])).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
  })

  it('is translated by the adapter, with the phase it happened in', async () => {
    const phases: string[] = []
    const ledger = composeLedger(listBackend(() => ({
      send: () => Promise.reject(new Error('503')),
      toLedgerError(_error, phase) {
        phases.push(phase)
        return new LedgerError('LEDGER_UNAVAILABLE', 'The node is busy')
      },
    })))
    await expect(ledger.append(STREAM, newRecords(1))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
    expect(phases).toEqual(['send'])
  })
})

describe('an abort or a close', () => {
  it('before sending leaves nothing, after sending leaves the outcome open', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => { open = resolve })
    const backend = listBackend((right) => ({
      async send(...call) {
        await gate
        return await right.send(...call)
      },
    }))
    const ledger = composeLedger(backend)
    const controller = new AbortController()
    const sent = ledger.append(STREAM, newRecords(1), { signal: controller.signal })
    await new Promise((resolve) => { setTimeout(resolve, 5) })
    const waiting = ledger.append(STREAM, newRecords(1), { signal: controller.signal })
    const closing = ledger.append(STREAM, newRecords(1))
    controller.abort(new Error('enough'))
    await expect(sent).rejects.toMatchObject({ code: 'LEDGER_OUTCOME_UNKNOWN' })
    await expect(waiting).rejects.toMatchObject({ code: 'LEDGER_ABORTED', cause: new Error('enough') })
    const closed = expect(closing).rejects.toMatchObject({ code: 'LEDGER_CLOSED' })
    await ledger.close()
    await closed
    open()
    await expect.poll(() => backend.records.length).toBe(1)
  })
})
