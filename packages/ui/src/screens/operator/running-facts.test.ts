import { describe, expect, it } from 'vitest'
import type { Running } from '../../session/shapes.ts'
import { backupStatus, processSentence } from './running-facts.ts'

const process: Running['processes'][number] = { id: 'p', role: 'all', version: '1.0.0', host: 'h', pid: 1, since: '2026-01-01T00:00:00.000Z', seen: '2026-01-01T00:00:00.000Z', alive: true }
const backup = { at: '2026-01-01T00:00:00.000Z', logSize: 1, bytes: 1, seconds: 1 }
const rehearsal = { at: backup.at, ok: true, recoveryPoint: backup.at, logSize: 1, seconds: 1, findings: 0 }

describe('the sentence above the processes', () => {
  it('names silent ones before mixed versions, and both before that all is well', () => {
    const silent = { ...process, alive: false }
    expect(processSentence({ processes: [process, silent, silent], mixed: true, version: '1.0.0' })).toEqual({ key: 'running.silent', values: { count: 2 } })
    expect(processSentence({ processes: [process], mixed: true, version: '1.0.0' }).key).toBe('running.mixed')
    expect(processSentence({ processes: [process], mixed: false, version: '1.0.0' })).toEqual({ key: 'running.oneVersion', values: { version: '1.0.0' } })
  })
})

describe('the state of the backups', () => {
  it('is good only when a restore was rehearsed and gave everything back', () => {
    expect(backupStatus({})).toBe('bad')
    expect(backupStatus({ backup })).toBe('unknown')
    expect(backupStatus({ backup, rehearsal })).toBe('good')
    expect(backupStatus({ backup, rehearsal: { ...rehearsal, ok: false } })).toBe('bad')
  })
})
