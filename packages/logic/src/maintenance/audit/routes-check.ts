import type { Parts } from '../../parts.ts'
import { ledgersOf, openLegs, readRoutes, standingLegs } from '../../routes/routes.ts'
import type { Findings } from './findings.ts'

/**
 * The row that says which ledgers each network is written to: it is there once anything was handed to a ledger, every network stands
 * somewhere, on ledgers that it knows, and a ledger that is open is the one of that name. A ledger whose own history is damaged says
 * nothing sure of which one it is; the damage is named with the ledger.
 */
export async function checkRoutes(parts: Parts, findings: Findings): Promise<void> {
  const { routes, written } = await parts.store.read(async (view) => ({ routes: await readRoutes(parts, view), written: (await view.outboxSummary()).length > 0 }))
  const id = 'routes/routes'
  if (routes.version === undefined) {
    if (written) findings.add({ what: 'removed', kind: 'projection', id, detail: 'The row that says which ledgers the networks are written to is missing.' })
    return
  }
  const open = ledgersOf(parts.targets)
  const homeless = Object.keys(routes.networks).some((network) => standingLegs(routes, network).length === 0 || openLegs(routes, network).some(({ target }) => routes.ledgers[target] === undefined))
  const others = parts.targets.filter(({ name }) => routes.ledgers[name] !== undefined && routes.ledgers[name].ledgerId !== open[name]?.ledgerId)
  const exchanged = (await Promise.all(others.map(({ ledger }) => ledger.health()))).some(({ problems }) => problems.every(({ code }) => code !== 'LEDGER_CORRUPTION'))
  if (homeless) findings.add({ what: 'altered', kind: 'projection', id, detail: 'A network stands on no ledger that the row knows.' })
  if (exchanged) findings.add({ what: 'altered', kind: 'projection', id, detail: 'A ledger is another one than the log was written to.' })
}
