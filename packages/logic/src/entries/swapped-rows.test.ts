import { describe, expect, it } from 'vitest'
import { createHospitalWorld, observation } from '../hospital/__fixtures__/hospital-world.ts'
import { readRecord } from '../hospital/records.ts'
import { identityNetwork } from '../identity/index.ts'
import { hospitalNetwork } from '../hospital/hospital-network.ts'
import { openRow, rowAssociatedData, rowBytes } from './rows.ts'
import { readPatientBanner } from '../hospital/patients.ts'

/** Two patients of one custodian, and what a database without its vault's help can be made to hold. */
async function twoPatients() {
  const world = await createHospitalWorld()
  const admitted = await Promise.all([world.admit({ number: 'A-1', resources: [observation('A-1', '2020-01-01', 70)] }), world.admit({ number: 'A-2', resources: [observation('A-2', '2020-01-01', 90)] })])
  const [first, second] = admitted
  if (first === undefined || second === undefined) throw new Error('There are two.')
  return { world, first, second, read: (id: string) => readRecord(world.parts, world.people.doctorA.actor, { id, purpose: 'treatment' }) }
}

describe('a row of one patient', () => {
  it('or a payload that was put in another patient\'s place is refused and named', async () => {
    const { world, first, second, read } = await twoPatients()
    const { database } = world
    const [mine, theirs] = [first.records[1] as string, second.records[1] as string]
    expect((await read(mine)).value).toBeDefined()
    const [a, b] = [database.entries.get(mine), database.entries.get(theirs)]
    if (a === undefined || b === undefined) throw new Error('There are two entries.')
    database.entries.set(mine, { ...a, entry: { ...a.entry, sealed: b.entry.sealed } })
    database.clock.finish()
    await expect(read(mine)).rejects.toMatchObject({ code: 'CORRUPTION', details: { id: mine } })
    expect((await read(theirs)).value).toBeDefined()
  })

  it('that was exchanged for another\'s opens for neither, and says which it is', async () => {
    const { world, first, second } = await twoPatients()
    const banner = (patient: string) => readPatientBanner(world.parts, world.people.doctorA.actor, { patient, purpose: 'treatment' })
    expect((await banner(first.patient)).value).toBeDefined()
    const rows = world.database.projections
    const key = (patient: string) => `patient\0${patient}`
    const [a, b] = [rows.get(key(first.patient)), rows.get(key(second.patient))]
    if (a === undefined || b === undefined) throw new Error('There are two rows.')
    rows.set(key(first.patient), { ...a, value: b.value })
    world.database.clock.finish()
    await expect(banner(first.patient)).rejects.toMatchObject({ code: 'CORRUPTION' })
  })

  it('opens in its own place only, in every table of every network', async () => {
    const { world, first, second } = await twoPatients()
    const tables = [...new Set([identityNetwork, hospitalNetwork].flatMap((network) => Object.keys(network.tables)))]
    expect(tables.length).toBeGreaterThan(20)
    const sealedFor = { custodian: 'hospital-a', patient: first.patient }
    const keys = await world.parts.vaults.get('hospital-a')?.patient(first.patient)
    if (keys === undefined) throw new Error('The patient has keys.')
    for (const table of tables) {
      const row = { table, key: 'one', value: keys.seal(rowBytes({ of: table }), rowAssociatedData(table, 'one')) }
      expect(await openRow(world.parts, row, sealedFor)).toEqual({ of: table })
      const misplaced = [
        [{ ...row, key: 'two' }, sealedFor], [{ ...row, table: tables.find((other) => other !== table) as string }, sealedFor], [row, { ...sealedFor, patient: second.patient }],
        [{ ...row, value: row.value.with(-1, row.value.at(-1) as number ^ 1) }, sealedFor],
      ] as const
      for (const [there, whose] of misplaced) await expect(openRow(world.parts, there, whose)).rejects.toMatchObject({ code: 'CORRUPTION' })
    }
  })
})
