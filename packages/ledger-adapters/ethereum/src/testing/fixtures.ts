import { CONFORMANCE_STREAMS, type LedgerUnderTest } from '@careledger/ledger-conformance'
import type { Ledger } from '@careledger/ledger-spec'
import { hexlify, randomBytes, ZeroAddress } from 'ethers'
import { openLedger } from '../create-ethereum-ledger.ts'
import { deployContract } from '../deploy-ethereum-contract.ts'
import { modernProfile, type ChainProfile } from '../profile.ts'
import { checkSettings, type EthereumLedgerSettings } from '../settings.ts'
import { signerFromPrivateKey, type EthereumSigner } from '../transactions/signer.ts'
import { startFaultyProxy } from './faulty-proxy.ts'
import type { DevelopmentChain } from './start-anvil.ts'

export type TestSettings = Omit<EthereumLedgerSettings, 'urls' | 'chainId' | 'contract'>

/** Short waits: development chains are on loopback. */
const FAST: TestSettings = { finality: { confirmationsMin: 1 }, blockTimeMs: 200, pollMs: 20, requestTimeoutMs: 10_000, acceptWithinMs: 30_000, reconnectForMs: 10_000 }

/** A contract of its own on a chain, with accounts that have money. */
export interface EthereumWorld {
  readonly contract: string
  /** The administrator. */
  readonly owner: EthereumSigner
  account(): Promise<EthereumSigner>
  settings(changes?: Partial<EthereumLedgerSettings>): EthereumLedgerSettings
  open(signer?: EthereumSigner, changes?: Partial<EthereumLedgerSettings>): Promise<Ledger>
  closeAll(): Promise<void>
}

export async function createWorld(chain: DevelopmentChain, settings: TestSettings = {}, profile: ChainProfile = modernProfile): Promise<EthereumWorld> {
  const account = async (): Promise<EthereumSigner> => {
    const signer = signerFromPrivateKey(hexlify(randomBytes(32)))
    await chain.fund(signer.address)
    return signer
  }
  const owner = await account()
  const base = { ...FAST, ...settings, urls: [chain.url], chainId: chain.chainId }
  const { contract } = await deployContract(checkSettings({ ...base, contract: ZeroAddress }), profile, owner)
  const opened: Ledger[] = []
  const world: EthereumWorld = {
    contract,
    owner,
    account,
    settings: (changes = {}) => ({ ...base, contract, ...changes }),
    async open(signer, changes) {
      const ledger = await openLedger(checkSettings(world.settings(changes)), profile, signer)
      opened.push(ledger)
      return ledger
    },
    async closeAll() { for (const ledger of opened.splice(0)) await ledger.close() },
  }
  return world
}

/** Gives accounts the right to write the conformance streams. */
export async function grantAll(administration: Ledger, writers: readonly EthereumSigner[]): Promise<void> {
  await Promise.all(CONFORMANCE_STREAMS.flatMap((stream) => writers.map(({ address }) => administration.membership.grant(stream, address, 'write'))))
}

/** What the conformance suite asks for: two accounts with the right to write, one without, and a proxy before the first that can be cut. */
export async function createSubject(chain: DevelopmentChain, settings: TestSettings = {}, profile: ChainProfile = modernProfile): Promise<LedgerUnderTest> {
  const world = await createWorld(chain, settings, profile)
  const proxy = await startFaultyProxy(chain.url)
  const [second, reader] = [await world.account(), await world.account()]
  const ledger = await world.open(world.owner, { urls: [proxy.url] })
  await grantAll(ledger, [world.owner, second])
  return {
    ledger,
    second: () => world.open(second),
    reader: () => world.open(reader),
    async reopen() {
      await world.closeAll()
      return await world.open(world.owner)
    },
    interrupt: (ms) => proxy.cut(ms),
    async dispose() {
      await world.closeAll()
      await proxy.stop()
    },
  }
}
