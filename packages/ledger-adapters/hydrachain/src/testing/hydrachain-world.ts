import { CONFORMANCE_STREAMS, type LedgerUnderTest } from '@careledger/ledger-conformance'
import type { Ledger } from '@careledger/ledger-spec'
import { hexlify, randomBytes } from 'ethers'
import { createHydraChainLedger, deployHydraChainContract, signerFromPrivateKey, type EthereumSigner, type HydraChainLedgerSettings } from '../index.ts'

export type TestSettings = Omit<HydraChainLedgerSettings, 'urls' | 'contract' | 'firstBlock'>

/** A contract of its own on a chain. Accounts need no money: the validators take transactions without a fee. */
export interface HydraChainWorld {
  readonly settings: HydraChainLedgerSettings
  /** The contract's administrator. */
  readonly owner: EthereumSigner
  account(): EthereumSigner
  open(signer?: EthereumSigner, changes?: Partial<HydraChainLedgerSettings>): Promise<Ledger>
  grant(writers: readonly EthereumSigner[]): Promise<void>
  closeAll(): Promise<void>
}

export async function createWorld(url: string, testSettings: TestSettings): Promise<HydraChainWorld> {
  const account = (): EthereumSigner => signerFromPrivateKey(hexlify(randomBytes(32)))
  const owner = account()
  const base = { ...testSettings, urls: [url] }
  const settings = { ...base, ...(await deployHydraChainContract({ settings: base, signer: owner })) }
  const opened: Ledger[] = []
  async function open(signer?: EthereumSigner, changes: Partial<HydraChainLedgerSettings> = {}): Promise<Ledger> {
    const ledger = await createHydraChainLedger({ settings: { ...settings, ...changes }, signer })
    opened.push(ledger)
    return ledger
  }
  return {
    settings,
    owner,
    account,
    open,
    async grant(writers) {
      const administration = await open(owner)
      for (const stream of CONFORMANCE_STREAMS) {
        for (const { address } of writers) await administration.membership.grant(stream, address, 'write')
      }
      await administration.close()
    },
    async closeAll() { for (const ledger of opened.splice(0)) await ledger.close() },
  }
}

/** What the conformance suite asks for: two accounts that may write, one that may not. `first` reaches the first through a way that can be cut. */
export async function createSubject(url: string, testSettings: TestSettings, first: { readonly url: string; cut(ms: number): Promise<void>; stop(): Promise<void> }): Promise<LedgerUnderTest> {
  const world = await createWorld(url, testSettings)
  const [second, reader] = [world.account(), world.account()]
  await world.grant([world.owner, second])
  return {
    ledger: await world.open(world.owner, { urls: [first.url] }),
    second: () => world.open(second),
    reader: () => world.open(reader),
    async reopen() {
      await world.closeAll()
      return await world.open(world.owner)
    },
    interrupt: (ms) => first.cut(ms),
    async dispose() {
      await world.closeAll()
      await first.stop()
    },
  }
}
