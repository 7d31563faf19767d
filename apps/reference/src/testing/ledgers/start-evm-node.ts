import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEthereumLedger, deployEthereumContract, signerFromPrivateKey, type EthereumSigner } from '@careledger/ledger-ethereum'
import { startAnvil, startGeth, type DevelopmentChain } from '@careledger/ledger-ethereum/testing'
import { createHydraChainLedger, deployHydraChainContract } from '@careledger/ledger-hydrachain'
import { startHydraChainDouble } from '@careledger/ledger-hydrachain/testing'
import { grantStreams, type LedgerNode, type LedgerNodeOptions } from './ledger-node.ts'

/** Records are final in their block, and looked for often: the node is on this machine. */
const waits = { finality: { confirmationsMin: 1 }, blockTimeMs: 1_000, pollMs: 50 } as const

/** anvil, which the ethereum adapter brings for its tests. Each transaction has its block at once. */
export async function startAnvilNode(options: LedgerNodeOptions): Promise<LedgerNode> {
  return onChain('anvil, a block for each transaction', await startAnvil(), options)
}

/** One anvil and one contract for several instances, each with an account and a node's address of its own; `configurations` in the order of `directories`. */
export async function startSharedAnvil({ directories, streams }: { readonly directories: readonly string[]; readonly streams: readonly string[] }): Promise<{ readonly configurations: readonly LedgerNode['configuration'][]; stop(): Promise<void> }> {
  const chain = await startAnvil()
  try {
    const accounts = directories.map((directory) => newAccount(directory, 'ethereum.key'))
    const [deployer] = accounts
    if (deployer === undefined) throw new TypeError('Name at least one directory.')
    for (const { signer } of accounts) await chain.fund(signer.address)
    const nodes = { ...waits, urls: [chain.url], chainId: chain.chainId }
    const contract = await deployEthereumContract({ settings: nodes, signer: deployer.signer })
    for (const { signer } of accounts) await grantStreams(await createEthereumLedger({ settings: { ...nodes, contract }, signer: deployer.signer }), signer.address, streams)
    return { configurations: accounts.map(({ key }) => ({ kind: 'ethereum', settings: { ...nodes, chainId: Number(chain.chainId), contract, key } })), stop: () => chain.stop() }
  } catch (error) {
    await chain.stop()
    throw error
  }
}

/** `geth --dev`, where `GETH_BIN` names a geth. */
export async function startGethNode(options: LedgerNodeOptions): Promise<LedgerNode> {
  return onChain('geth --dev', await startGeth(), options)
}

/** The double of a HydraChain node; with `HYDRACHAIN_URL`, that node. */
export async function startHydraChainNode({ directory, streams }: LedgerNodeOptions): Promise<LedgerNode> {
  const real = process.env['HYDRACHAIN_URL']
  const double = real === undefined ? await startHydraChainDouble() : undefined
  try {
    const { signer, key } = newAccount(directory, 'hydrachain.key')
    const nodes = { urls: [real ?? double?.url ?? ''], validators: 'one', pollMs: 20 } as const
    const settings = { ...nodes, ...(await deployHydraChainContract({ settings: nodes, signer })) }
    await grantStreams(await createHydraChainLedger({ settings, signer }), signer.address, streams)
    return {
      against: double === undefined ? 'the node of HYDRACHAIN_URL' : 'a double of HydraChain 0.3.2 with one validator on anvil, blocks after 10 ms',
      configuration: { kind: 'hydrachain', settings: { ...settings, key } },
      stop: async () => { await double?.close() },
    }
  } catch (error) {
    await double?.close()
    throw error
  }
}

async function onChain(against: string, chain: DevelopmentChain, { directory, streams }: LedgerNodeOptions): Promise<LedgerNode> {
  try {
    const { signer, key } = newAccount(directory, 'ethereum.key')
    await chain.fund(signer.address)
    const nodes = { ...waits, urls: [chain.url], chainId: chain.chainId }
    const contract = await deployEthereumContract({ settings: nodes, signer })
    await grantStreams(await createEthereumLedger({ settings: { ...nodes, contract }, signer }), signer.address, streams)
    return { against, configuration: { kind: 'ethereum', settings: { ...nodes, chainId: Number(chain.chainId), contract, key } }, stop: () => chain.stop() }
  } catch (error) {
    await chain.stop()
    throw error
  }
}

function newAccount(directory: string, file: string): { readonly signer: EthereumSigner; readonly key: { readonly file: string } } {
  const secret = `0x${randomBytes(32).toString('hex')}`
  writeFileSync(join(directory, file), secret, { mode: 0o600 })
  return { signer: signerFromPrivateKey(secret), key: { file } }
}
