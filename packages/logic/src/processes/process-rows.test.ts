import { createInMemoryStore } from '@careledger/data-in-memory'
import { describe, expect, it } from 'vitest'
import { rowBytes } from '../entries/rows.ts'
import { clockBehind } from '../log/clock-behind.ts'
import { readProcesses, startHeartbeat, type ProcessInfo } from './process-rows.ts'

const start = Date.parse('2026-11-26T12:00:00.000Z')
const infoOf = (id: string): ProcessInfo => ({ id, role: 'api', version: '1.0.0', host: 'h', pid: 1, since: new Date(start), directory: 'd' })

describe('processes', () => {
  it('are alive while they say so, silent after 30 s, hidden after an hour, and gone when they end', async () => {
    let time = start
    const parts = { store: createInMemoryStore(), now: () => new Date(time) }
    const heartbeat = await startHeartbeat(parts, infoOf('a'), { sequencer: () => 'leading' })
    expect(await readProcesses(parts)).toEqual([{ ...infoOf('a'), sequencer: 'leading', seen: new Date(start), alive: true }])
    time = start + 30_001
    expect((await readProcesses(parts)).map(({ alive }) => alive)).toEqual([false])
    time = start + 3_600_000
    expect(await readProcesses(parts)).toEqual([])
    time = start
    await heartbeat.stop()
    expect(await readProcesses(parts)).toEqual([])
  })
})

describe('a clock', () => {
  it('is behind when the log covers decisions from later', async () => {
    let time = start
    const parts = { store: createInMemoryStore(), now: () => new Date(time) }
    expect(await clockBehind(parts)).toBe(0)
    const hex = start.toString(16).padStart(12, '0')
    await parts.store.write({ projections: [{ table: 'decision-cover', key: 'newest', next: rowBytes({ last: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001` }) }] })
    expect(await clockBehind(parts)).toBe(0)
    time = start - 5_000
    expect(await clockBehind(parts)).toBe(5_000)
  })
})
