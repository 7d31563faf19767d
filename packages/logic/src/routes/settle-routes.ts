import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { isStoreError } from '../to-logic-error.ts'
import { ledgersOf, openLegs, readRoutes, routesWrite, standingLegs, type Leg, type Routes } from './routes.ts'

/** A network that stands elsewhere than the configuration says. What was moved stays where it was moved to. */
export interface RouteDifference {
  readonly network: string
  readonly configured: readonly Pick<Leg, 'target' | 'way'>[]
  readonly standing: readonly Pick<Leg, 'target' | 'way'>[]
}

/**
 * Brings the stored routes and the configuration together when the log starts. The first start writes the configuration down, a network
 * that is new in it begins with its next entry, everything else stands as the store says: only a move takes a network to another ledger,
 * since only a move carries the older entries along. Gives where the two differ. Errors: INPUT_MALFORMED when a ledger that a network is
 * written to is not open, or another ledger is open under its name.
 */
export async function settleRoutes(parts: Parts): Promise<readonly RouteDifference[]> {
  for (let attempt = 1; ; attempt++) {
    const { routes, size } = await parts.store.read(async (view) => ({ routes: await readRoutes(parts, view), size: (await view.treeState(parts.log.origin)).size }))
    const open = ledgersOf(parts.targets)
    if (routes.version === undefined) await checkFirst(parts, routes)
    checkLedgers(routes, open)
    const added = [...parts.routes].filter(([network]) => routes.networks[network] === undefined).map(([network, legs]) => [network, legs.map((leg) => ({ ...leg, from: size }))] as const)
    const next: Routes = { networks: { ...routes.networks, ...Object.fromEntries(added) }, ledgers: { ...routes.ledgers, ...open } }
    const unchanged = routes.version !== undefined && added.length === 0 && Object.keys(open).every((name) => routes.ledgers[name] !== undefined)
    try {
      if (!unchanged) await parts.store.write({ projections: [routesWrite(routes, next)] })
      return differences(parts, next)
    } catch (error) {
      if (!isStoreError(error, 'STORE_STALE') || attempt === 5) throw error
    }
  }
}

/** A log that was written to other ledgers before there were routes has its older entries there only. */
async function checkFirst(parts: Parts, routes: Routes): Promise<void> {
  const written = await parts.store.read((view) => view.outboxSummary())
  const named = new Set(Object.keys(routes.networks).flatMap((network) => openLegs(routes, network).map(({ target }) => target)))
  const lost = written.find(({ target }) => named.size > 0 && !named.has(target))
  if (lost !== undefined) throw new LogicError('INPUT_MALFORMED', `This log was written to the ledger ${lost.target}, to which the configuration routes no network. Route them there, start once, then move them.`, { details: { ledger: lost.target } })
}

function checkLedgers(routes: Routes, open: Routes['ledgers']): void {
  for (const network of Object.keys(routes.networks)) {
    for (const { target } of openLegs(routes, network)) {
      if (open[target] === undefined) {
        throw new LogicError('INPUT_MALFORMED', `The network ${network} is written to the ledger ${target}, which the configuration does not name. Name it again; move the network before you take its ledger away.`, { details: { network, ledger: target } })
      }
    }
  }
  for (const [name, { ledgerId }] of Object.entries(open)) {
    const known = routes.ledgers[name]
    if (known !== undefined && known.ledgerId !== ledgerId) {
      throw new LogicError('INPUT_MALFORMED', `The ledger ${name} is another one than this log was written to: ${ledgerId} instead of ${known.ledgerId}. Give another ledger another name, then move the networks to it.`, { details: { ledger: name } })
    }
  }
}

function differences(parts: Parts, routes: Routes): readonly RouteDifference[] {
  const plain = (legs: readonly Pick<Leg, 'target' | 'way'>[]): readonly Pick<Leg, 'target' | 'way'>[] => legs.map(({ target, way }) => ({ target, way }))
  const text = (legs: readonly Pick<Leg, 'target' | 'way'>[]): string => legs.map(({ target, way }) => `${target} ${way}`).sort().join()
  return Object.keys(routes.networks).flatMap((network) => {
    const [configured, standing] = [plain(parts.routes.get(network) ?? []), plain(standingLegs(routes, network))]
    return text(configured) === text(standing) ? [] : [{ network, configured, standing }]
  })
}
