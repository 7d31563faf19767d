import { createInMemoryLedger } from '@careledger/ledger-in-memory'
import type { Ledger, ListedRecord } from '@careledger/ledger-spec'
import { createWorld, until, type World, type WorldOptions } from '../../__fixtures__/world.ts'
import type { Way } from '../../routes/way.ts'
import type { Parts } from '../../parts.ts'
import { readMove, readMoves, type Move } from '../move-row.ts'

/** A ward on the ledger `old`, with an empty ledger `new` beside it. */
export interface MovingWorld extends World {
  readonly old: Ledger
  readonly fresh: Ledger
}

export async function createMovingWorld(options: WorldOptions & { readonly way?: Way; readonly wrap?: (fresh: Ledger) => Ledger } = {}): Promise<MovingWorld> {
  const { way = 'indexed', wrap = (ledger) => ledger, ...rest } = options
  const fresh = await createInMemoryLedger()
  let old: Ledger | undefined
  const world = await createWorld({
    ...rest,
    settings: { moveCloseMs: 2000, ...rest.settings },
    targets: (ledger) => {
      old = ledger
      return [{ name: 'old', ledger, networks: ['ward'], way }, { name: 'new', ledger: wrap(fresh) }]
    },
  })
  return { ...world, old: old as Ledger, fresh }
}

/** Every record of a stream, in the ledger's order. */
export async function recordsOn(ledger: Ledger, stream: string): Promise<readonly ListedRecord[]> {
  const records: ListedRecord[] = []
  for (let after: string | undefined; ; ) {
    const page = await ledger.list(stream, { after, limit: 1000 })
    records.push(...page.records)
    if (page.next === undefined) return records
    after = page.next
  }
}

export async function moveNow(parts: Parts, id: string): Promise<Move> {
  return (await parts.store.read((view) => readMove(view, id))) as Move
}

/** The newest move of the ward, once it is in one of these states. */
export async function moveIs(parts: Parts, ...states: readonly Move['state'][]): Promise<Move> {
  let found: Move | undefined
  await until(async () => {
    found = (await parts.store.read((view) => readMoves(view, { network: 'ward', limit: 1 })))[0]
    return found !== undefined && states.includes(found.state)
  })
  return found as Move
}
