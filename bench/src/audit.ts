import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { signerFromJwk, type PrivateJwk } from '@careledger/client'
import { audit as auditInstance } from '@careledger/logic'
import { inspectInstance, openInstance, readSettings } from '@careledger/reference'
import type { Bench } from './bench.ts'
import { fillLog } from './load/fill-log.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'
import { openWorld } from './world.ts'

/** Leaves of the log that is audited; `BENCH_LEAVES` for another size, up to a million. */
const leaves = Number(process.env['BENCH_LEAVES'] ?? 20_000)
/** The demo's doctor who writes. */
const doctor = { party: 'staff-5d81c6', custodian: 'seoul-general' }

/** `careledger audit` on a log of real entries: every row, payload, projection, leaf, tile, outbox row and ledger record. */
export const audit: Bench = {
  name: 'audit',
  claim: 'Audit of everything stored against the log and the ledger, in leaves per second. (The aim names a million leaves: BENCH_LEAVES=1000000.)',
  async run(report) {
    const world = await openWorld()
    try {
      const { client } = await world.as(doctor.party)
      const { actor } = client
      if (actor === undefined) throw new Error('Nobody is signed in.')
      await client.signOut()
      await world.stopApp()
      const settings = readSettings({ CARELEDGER_DATA: world.dataDirectory, DATABASE_URL: world.connectionString })
      const keys = JSON.parse(readFileSync(join(world.dataDirectory, 'demo-keys.json'), 'utf8')) as Readonly<Record<string, PrivateJwk>>
      const writing = await openInstance(settings, { address: 'http://127.0.0.1' })
      const began = performance.now()
      await fillLog(writing.parts, { signer: await signerFromJwk(keys[doctor.party] as PrivateJwk), author: { party: actor.party, key: actor.key, credential: actor.credential }, custodian: doctor.custodian }, leaves)
      report.figure({ what: `filling: ${leaves.toLocaleString('en')} signed records, in the log and on the ledger`, value: leaves / ((performance.now() - began) / 1000), unit: 'records/s' })
      await writing.close()

      const instance = await inspectInstance(settings)
      const cpu = () => cpuSecondsOf([process.pid]) + cpuSecondsOf(processTree(world.postgresPid))
      const before = cpu()
      let peakBytes = 0
      const found = await auditInstance(instance.parts, { onProgress: () => { peakBytes = Math.max(peakBytes, process.memoryUsage().rss) } })
      const used = cpu() - before
      await instance.close()
      if (!found.ok) throw new Error(`The audit names ${found.findingsTotal} findings: ${JSON.stringify(found.findings.slice(0, 3))}`)
      report.figure({ what: `audit of ${found.checked.leaves.toLocaleString('en')} leaves, nothing found`, value: found.leavesPerSecond, unit: 'leaves/s', note: `${found.seconds.toFixed(1)} s` })
      report.figure({ what: 'by CPU of the auditor and PostgreSQL', value: found.checked.leaves / used, unit: 'leaves per CPU-second' })
      report.figure({ what: 'memory of the auditor, the embedded ledger in it', value: peakBytes / 2 ** 20, unit: 'MiB at most' })
    } finally {
      await world.close()
    }
  },
}
