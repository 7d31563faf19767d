import type { Ledger } from '@careledger/ledger-spec'
import type { LedgerTarget } from '@careledger/logic'
import { SettingsError } from '../settings.ts'
import type { LedgerOpening } from './ledger-opening.ts'
import type { LedgerConfiguration, LedgersFile } from './ledgers-file.ts'

/** Each kind's opener is loaded only where the file names the kind: an instance without Ethereum never loads ethers. */
const openers: Readonly<Record<Exclude<LedgerConfiguration['kind'], 'module'>, () => Promise<(opening: LedgerOpening) => Promise<Ledger>>>> = {
  'in-memory': async () => (await import('./open-in-memory.ts')).openInMemory,
  ethereum: async () => (await import('./open-ethereum.ts')).openEthereum,
  fabric: async () => (await import('./open-fabric.ts')).openFabric,
  hydrachain: async () => (await import('./open-hydrachain.ts')).openHydraChain,
  multichain: async () => (await import('./open-multichain.ts')).openMultiChain,
}

/** Opens every ledger of the file, or none. Errors: SettingsError naming the ledger and what is wrong; never a value. */
export async function openLedgers(file: LedgersFile, { inspect = false }: { readonly inspect?: boolean } = {}): Promise<readonly LedgerTarget[]> {
  const names = Object.keys(file.ledgers)
  const opened = await Promise.allSettled(names.map((name) => openLedger(file.ledgers[name] as LedgerConfiguration, { name, settings: file.ledgers[name]?.settings ?? {}, directory: file.directory, inspect })))
  const targets = opened.flatMap((one, place) => (one.status === 'fulfilled' ? [{ name: names[place] as string, ledger: one.value }] : []))
  const failure = opened.find((one) => one.status === 'rejected')
  if (failure === undefined) return targets
  await Promise.all(targets.map(({ ledger }) => ledger.close()))
  throw failure.reason
}

async function openLedger(ledger: LedgerConfiguration, opening: LedgerOpening): Promise<Ledger> {
  try {
    if (ledger.kind !== 'module') return await (await openers[ledger.kind]())(opening)
    const { openModule } = await import('./open-module.ts')
    return await openModule(ledger, opening)
  } catch (error) {
    const { name: kind, code, message } = error as { name?: string; code?: string; message?: string }
    // Adapters' own errors and TypeErrors name members and places, never values.
    const known = kind === 'SettingsError' || kind === 'LedgerError' || kind === 'TypeError' || kind === 'ZodError'
    const words = kind === 'ZodError' ? issuesOf(error) : known ? (message ?? '') : 'It does not open'
    throw new SettingsError(`The ledger ${opening.name} (${ledger.kind}) cannot be opened. ${words}${code === undefined ? '' : ` (${code})`}`, { cause: error })
  }
}

function issuesOf(error: unknown): string {
  return (error as { issues: readonly { path: readonly PropertyKey[]; message: string }[] }).issues.map(({ path, message }) => `settings.${path.join('.')}: ${message}`).join('; ')
}
