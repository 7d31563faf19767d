import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importBundle } from '@careledger/client'
import type { Bench } from './bench.ts'
import { generatedBundle } from './load/generated-bundle.ts'
import { cpuSecondsOf, processTree } from './measure/cpu.ts'
import { openWorld } from './world.ts'

/** Imports of whole Bundles: checked, committed and signed by the client, validated, sealed and written by the server, in one Write each. */
export const importing: Bench = {
  name: 'import',
  claim: 'Import of FHIR R4 Bundles through the client and the whole API on PostgreSQL, in resources per second.',
  async run(report) {
    const world = await openWorld()
    try {
      const { client } = await world.as('staff-5d81c6')
      await importBundle(client, generatedBundle(50))
      const server = () => cpuSecondsOf([world.app.pid]) + cpuSecondsOf(processTree(world.postgresPid))
      let sum = { resources: 0, seconds: 0, cpu: 0 }
      for (const { name, bytes } of bundles((text) => report.note(text))) {
        const [began, cpu, own] = [performance.now(), server(), process.cpuUsage()]
        const { ids } = await importBundle(client, bytes)
        const seconds = (performance.now() - began) / 1000
        const used = server() - cpu
        const { user, system } = process.cpuUsage(own)
        sum = { resources: sum.resources + ids.length, seconds: sum.seconds + seconds, cpu: sum.cpu + used }
        report.figure({ what: `${name}: ${ids.length} resources, ${(bytes.length / 1e6).toFixed(1)} MB`, value: ids.length / seconds, unit: 'resources/s', note: `${Math.round((used * 1e6) / ids.length)} µs CPU of server and PostgreSQL each, ${Math.round((user + system) / ids.length)} µs of the client` })
      }
      report.figure({ what: 'together, one bundle after the other', value: sum.resources / sum.seconds, unit: 'resources/s' })
      report.figure({ what: 'together, by CPU of server and PostgreSQL', value: sum.resources / sum.cpu, unit: 'resources per CPU-second' })
    } finally {
      await world.close()
    }
  },
}

/** The Synthea bundles beside the repository, or one that is made here; the note says which. */
function bundles(note: (text: string) => void): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  const cases = process.env['CARELEDGER_CASES'] ?? resolve(fileURLToPath(new URL('../..', import.meta.url)), '../shared/cases')
  const folder = join(cases, 'synthea')
  if (existsSync(folder)) return globSync('*.json', { cwd: folder }).sort().map((file) => ({ name: basename(file, '.json'), bytes: readFileSync(join(folder, file)) }))
  note('Skipped: the Synthea bundles, whose folder is not here (CARELEDGER_CASES). A generated bundle stands in.')
  return [{ name: 'generated', bytes: generatedBundle(2000) }]
}
