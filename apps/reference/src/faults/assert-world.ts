import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isProblem, verifyProofText } from '@careledger/client'
import { audit, fromStoredDecision } from '@careledger/logic'
import { inspectInstance } from '../instance/open-instance.ts'
import { readSettings } from '../settings.ts'
import { canaryIn } from '../testing/canary-bundle.ts'
import type { FaultWorld, Recovery, Writing } from './fault-world.ts'

/** The seven invariants of the list of faults, in words. */
export const INVARIANTS = {
  I1: 'each acknowledged write is readable, byte for byte',
  I2: 'no record without its decision and its outbox row',
  I3: 'each record is in the log once, and on the ledger at most once with the same root',
  I4: 'the log has no gap',
  I5: 'every receipt verifies offline with pinned keys only',
  I6: 'recovery without anybody\'s help, in 5 s',
  I7: 'no word of a patient in files, logs, answers or on the ledger',
} as const

export interface WorldFound {
  /** Milliseconds until the newest write was in a checkpoint on the ledger. */
  readonly provenMs: number
  readonly records: number
}

/**
 * Checks every invariant on a world whose process runs, and leaves it stopped: over HTTP first, then audited against its ledger.
 * `recoveryMaxMs`: what I6 allows a process that has the machine to itself, so what it waited for other programs is taken off. Errors: AssertionError naming the invariant.
 */
export async function assertWorld(world: FaultWorld, { recovery, recoveryMaxMs }: { readonly recovery?: Recovery; readonly recoveryMaxMs: number }): Promise<WorldFound> {
  let records = 0
  for (const writing of world.acknowledged) records += await assertReadable(world, writing)
  const newest = world.acknowledged.at(-1)
  const began = performance.now()
  if (newest !== undefined) await assertProven(world, newest)
  const provenMs = performance.now() - began
  await world.stop()
  await assertAudited(world)
  assertNoCanary(world)
  // Last, so that a slow machine hides nothing of the others.
  if (recovery !== undefined) assert.ok(ownMs(recovery) <= recoveryMaxMs, `I6: the process needed ${inWords(recovery)} to be ready again; ${recoveryMaxMs} ms are allowed. Every other invariant holds`)
  return { provenMs, records }
}

/** What a process needed for itself. */
export function ownMs({ ms, waitedMs }: Recovery): number {
  return ms - waitedMs
}

export function inWords(recovery: Recovery): string {
  return `${Math.round(ownMs(recovery))} ms${recovery.waitedMs < 100 ? '' : ` (and ${Math.round(recovery.waitedMs)} ms that other programs had the processors)`}`
}

/** I1, and of I3 that nothing is there twice. */
async function assertReadable(world: FaultWorld, { patient, identifier, records }: Writing): Promise<number> {
  const client = await world.client()
  const { items: found } = await client.hospital.patients.find.query({ identifier: { system: 'urn:example:mrn', value: identifier } })
  assert.deepEqual(found.map((one) => one.patient), [patient], 'I1: the patient is there once')
  const { counts } = await client.hospital.records.list.query({ patient, limit: 1 })
  assert.equal(Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0), records.size, 'I1, I3: as many records as were written')
  for (const [id, bytes] of records) {
    const { opening } = await client.hospital.records.read.query({ id })
    assert.ok(Buffer.from(opening.payload, 'base64url').equals(bytes), 'I1: the record is byte for byte what was written')
  }
  return records.size
}

/** I5: waits until the records are in a checkpoint on the ledger. */
async function assertProven(world: FaultWorld, { records }: Writing): Promise<void> {
  const client = await world.client()
  const trust = await world.trust()
  for (const id of records.keys()) {
    const { proof } = await untilThere(() => client.hospital.records.proof.query({ id }))
    const { valid, steps } = await verifyProofText(proof, trust)
    assert.ok(valid, `I5: ${steps.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name).join(', ')}`)
  }
}

async function untilThere<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (attempt === 200 || !isProblem(error) || error.code !== 'UNAVAILABLE') throw error
      await pause(100)
    }
  }
}

/** I2, I3, I4: everything stored against the log and the ledger, and a decision for each write. */
async function assertAudited({ directory, acknowledged }: FaultWorld): Promise<void> {
  const instance = await inspectInstance(readSettings({ CARELEDGER_DATA: directory, CARELEDGER_DEMO: 'off' }))
  try {
    const report = await audit(instance.parts, { shutVaults: instance.shutVaults })
    assert.deepEqual(report.findings, [], 'I2, I3, I4: the audit finds nothing')
    assert.deepEqual([report.ok, report.unchecked], [true, []], 'I2, I3, I4: the audit is whole')
    for (const { patient } of acknowledged) {
      const { rows } = await instance.parts.store.read((view) => view.decisions({ about: patient, limit: 1000 }))
      assert.equal(rows.map(fromStoredDecision).filter(({ operation, outcome }) => operation === 'hospital.imports.commit' && outcome === 'permitted').length, 1, 'I2: one decision for one write')
    }
    for (const { ledger } of instance.parts.targets) {
      const { records } = await ledger.list('hospital', { limit: 1000 })
      assert.equal(canaryIn(JSON.stringify(records.map((one) => ({ ...one, data: one.data === undefined ? undefined : Buffer.from(one.data).toString('latin1') })))), undefined, 'I7: on the ledger')
      assert.equal(new Set(records.map(({ id }) => id)).size, records.length, 'I3: no ledger record twice')
    }
  } finally {
    await instance.close()
  }
}

/** I7: every file of the instance, and everything its processes printed. */
function assertNoCanary(world: FaultWorld): void {
  assert.equal(canaryIn(world.output()), undefined, 'I7: printed')
  for (const { name, parentPath } of readdirSync(world.directory, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())) {
    assert.equal(canaryIn(readFileSync(join(parentPath, name), 'latin1')), undefined, `I7: in ${name}`)
  }
}
