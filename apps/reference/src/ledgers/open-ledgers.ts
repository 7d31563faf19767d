import { join } from 'node:path'
import type { LedgerTarget } from '@careledger/logic'
import { SettingsError } from '../settings.ts'
import type { LedgerOpening, OpenedLedger } from './ledger-opening.ts'
import type { LedgerConfiguration, LedgersFile } from './ledgers-file.ts'
import { openOrStandIn } from './stand-in.ts'

/** Each kind's opener is loaded only where the file names the kind: an instance without Ethereum never loads ethers. */
const openers: Readonly<Record<Exclude<LedgerConfiguration['kind'], 'module'>, () => Promise<(opening: LedgerOpening) => Promise<OpenedLedger>>>> = {
  'in-memory': async () => (await import('./open-in-memory.ts')).openInMemory,
  ethereum: async () => anybody((await import('./open-ethereum.ts')).openEthereum),
  fabric: async () => anybody((await import('./open-fabric.ts')).openFabric),
  hydrachain: async () => anybody((await import('./open-hydrachain.ts')).openHydraChain),
  multichain: async () => anybody((await import('./open-multichain.ts')).openMultiChain),
}

/** A ledger that any number of processes may write to. */
function anybody(open: (opening: LedgerOpening) => Promise<OpenedLedger['ledger']>): (opening: LedgerOpening) => Promise<OpenedLedger> {
  return async (opening) => ({ ledger: await open(opening) })
}

export interface OpenLedgersOptions {
  readonly inspect?: boolean
  /** Other processes of the instance have them open too. */
  readonly shared?: boolean
  /** Where relative paths of real ledgers' keys start; default: at the file. */
  readonly secretsDirectory?: string | undefined
  /** Where it is kept what real ledgers said of themselves: one that does not answer is stood in for. Absent: it is an error. */
  readonly descriptions?: string | undefined
}

/** Opens every ledger of the file, or none. Errors: SettingsError naming the ledger and what is wrong; never a value. */
export async function openLedgers(file: LedgersFile, { inspect = false, shared = false, secretsDirectory = file.directory, descriptions }: OpenLedgersOptions = {}): Promise<readonly LedgerTarget[]> {
  const names = Object.keys(file.ledgers)
  const open = (name: string): Promise<OpenedLedger> => {
    const ledger = file.ledgers[name] as LedgerConfiguration
    return openLedger(ledger, { name, settings: ledger.settings, directory: ledger.kind === 'in-memory' ? file.directory : secretsDirectory, inspect, shared }, ledger.kind === 'in-memory' || descriptions === undefined ? undefined : join(descriptions, `${name}.json`))
  }
  const opened = await Promise.allSettled(names.map(open))
  const targets = opened.flatMap((one, place) => (one.status === 'fulfilled' ? [{ name: names[place] as string, ...one.value }] : []))
  const failure = opened.find((one) => one.status === 'rejected')
  if (failure === undefined) return targets
  await Promise.all(targets.map(({ ledger }) => ledger.close()))
  throw failure.reason
}

async function openLedger(ledger: LedgerConfiguration, opening: LedgerOpening, description: string | undefined): Promise<OpenedLedger> {
  const open = async (): Promise<OpenedLedger> => {
    if (ledger.kind !== 'module') return (await openers[ledger.kind]())(opening)
    const { openModule } = await import('./open-module.ts')
    return { ledger: await openModule(ledger, opening) }
  }
  try {
    return description === undefined ? await open() : { ledger: await openOrStandIn(description, async () => (await open()).ledger) }
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
