/**
 * A process for crash tests: `crash-worker.ts <pglite|postgres> <place> <name> <write|sequence|both>`. Prints one line for what was
 * acknowledged: `wrote <id>`, `sequenced <from> <to>`, `fenced`, `ready`.
 */
import { batchOf, LOG, newEntries } from '@careledger/data-conformance/samples'
import type { DataStore } from '@careledger/data-spec'
import { createPgliteStore } from '../create-pglite-store.ts'
import { createPostgresStore } from '../create-postgres-store.ts'

const [kind, place = '', name = '', work = 'both'] = process.argv.slice(2)
const store = kind === 'pglite' ? await createPgliteStore({ directory: place }) : await createPostgresStore({ connectionString: place, poolMax: 6 })
console.log('ready')
await Promise.all([
  ...(work === 'sequence' ? [] : Array.from({ length: 8 }, async (_, lane) => writeOn(store, `${name}-${lane}`))),
  ...(work === 'write' ? [] : [sequenceOn(store)]),
]).catch((error: { code?: string }) => { console.log(`refused ${error.code ?? String(error)}`) })

async function writeOn(target: DataStore, chain: string): Promise<void> {
  for (let version = 0; ; version += 1) {
    const entries = newEntries(2, { chain: `hospital/${chain}` })
    const projection = { table: 'rows', key: chain, next: new TextEncoder().encode(String(version)), ...(version === 0 ? {} : { expected: version }) }
    const outcome = await target.write({ entries, projections: version === 0 ? await firstOf(target, projection) : [projection] }).then(() => 'wrote', (error: { code?: string }) => error.code)
    if (outcome !== 'wrote') {
      console.log(`refused ${outcome ?? ''}`)
      return
    }
    console.log(`wrote ${entries.map(({ id }) => id).join(' ')} ${chain} ${version + 1}`)
  }
}

/** After a crash the row of this name may be there: each run uses a fresh one. */
async function firstOf<T extends { readonly key: string }>(target: DataStore, projection: T): Promise<readonly T[]> {
  return (await target.read((view) => view.projection('rows', projection.key))) === undefined ? [projection] : []
}

async function sequenceOn(target: DataStore): Promise<void> {
  let lease: { readonly token: number } | undefined
  for (let round = 0; ; round += 1) {
    // Renewed now and then, as one does who trusts the lease to last: what a pause betrays.
    if (lease === undefined || round % 8 === 0) lease = await target.sequencer.lease(LOG, name, 400)
    if (lease === undefined) {
      await new Promise((resolve) => { setTimeout(resolve, 20) })
      continue
    }
    const waiting = await target.sequencer.waiting(LOG, 40)
    const { size, heads } = await target.sequencer.state(LOG, waiting.map(({ chain }) => chain))
    const next = new Map([...heads].map(([chain, { sequence }]) => [chain, sequence + 1]))
    const outcome = await target.sequencer.assign(LOG, lease.token, batchOf(waiting, size, next)).then(() => `sequenced ${size} ${size + waiting.length}`, (error: { code?: string }) => (error.code === 'STORE_FENCED' ? 'fenced' : `refused ${error.code ?? ''}`))
    if (waiting.length > 0) console.log(outcome)
    if (!outcome.startsWith('sequenced')) lease = undefined
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
}
