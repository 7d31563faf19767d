import { authorOf, buildEntry, signBuiltEntries, type CareLedgerClient } from '@careledger/client'
import { audit as auditInstance } from '@careledger/logic'
import { openInstance, readSettings } from '@careledger/reference'
import pg from 'pg'
import type { Bench } from './bench.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'
import { openWorld } from './world.ts'

/** Leaves of the log that is audited; `BENCH_LEAVES` for another size, up to a million. */
const leaves = Number(process.env['BENCH_LEAVES'] ?? 20_000)
const batch = 2_000

/** `careledger audit` on a log that the bench fills through the API: every row, payload, projection, leaf, tile, outbox row and ledger record. */
export const audit: Bench = {
  name: 'audit',
  claim: 'Audit of everything stored against the log and the ledger, in leaves per second. (The aim names a million leaves: BENCH_LEAVES=1000000.)',
  async run(report) {
    const world = await openWorld()
    try {
      const { client } = await world.as('staff-5d81c6')
      const filled = await fill(client, leaves)
      report.figure({ what: `filling: ${leaves.toLocaleString('en')} records in writes of ${batch.toLocaleString('en')}`, value: filled.perSecond, unit: 'records/s' })
      await settled(world.connectionString)
      await world.stopApp()
      const instance = await openInstance(readSettings({ CARELEDGER_DATA: world.dataDirectory, DATABASE_URL: world.connectionString }), { address: 'http://127.0.0.1' })
      const cpu = () => cpuSecondsOf([process.pid]) + cpuSecondsOf(processTree(world.postgresPid))
      const before = cpu()
      const found = await auditInstance(instance.parts)
      const used = cpu() - before
      await instance.close()
      if (!found.ok) throw new Error(`The audit names ${found.findingsTotal} findings: ${JSON.stringify(found.findings.slice(0, 3))}`)
      report.figure({ what: `audit of ${found.checked.leaves.toLocaleString('en')} leaves, nothing found`, value: found.leavesPerSecond, unit: 'leaves/s', note: `${found.seconds.toFixed(1)} s` })
      report.figure({ what: 'by CPU of the auditor and PostgreSQL', value: found.checked.leaves / used, unit: 'leaves per CPU-second' })
      report.figure({ what: 'a million leaves would take', value: 1e6 / found.leavesPerSecond / 60, unit: 'minutes', note: 'extrapolated, not measured' })
    } finally {
      await world.close()
    }
  },
}

async function fill(client: CareLedgerClient, count: number): Promise<{ readonly perSecond: number }> {
  const { actor, signer } = client
  if (actor === undefined || signer === undefined) throw new Error('Nobody is signed in.')
  const patient = (await client.hospital.patients.list.query({})).items[0]?.patient ?? ''
  const { subject, custodian } = await client.hospital.imports.prepare.mutate({ identifiers: [{ system: 'https://seoul-general.example/patients', value: 'SG-204117' }] })
  const began = performance.now()
  for (let done = 0; done < count; done += batch) {
    const built = Array.from({ length: Math.min(batch, count - done) }, (_, n) => buildEntry({ network: 'hospital', type: 'record-created', subject, custodian, payload: { mediaType: 'application/fhir+json', bytes: heartRate(done + n) } }, authorOf(actor), new Date()))
    await client.hospital.imports.commit.mutate({ patient, entries: [...(await signBuiltEntries(built, signer))], wait: 'stored' })
  }
  return { perSecond: count / ((performance.now() - began) / 1000) }
}

function heartRate(n: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({
    resourceType: 'Observation', status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: 'Patient/patient-4f7a20' }, effectiveDateTime: new Date(Date.UTC(2020, 0, 1) + n * 1000).toISOString(),
    valueQuantity: { value: 60 + (n % 40), unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
  }))
}

/** Everything is in the log and with the ledger. */
async function settled(connectionString: string): Promise<void> {
  const database = new pg.Client({ connectionString })
  await database.connect()
  try {
    for (;;) {
      const { rows } = await database.query<{ open: boolean }>('select exists (select from waiting) or exists (select from outbox where state < 2) as open')
      if (rows[0]?.open !== true) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  } finally {
    await database.end()
  }
}
