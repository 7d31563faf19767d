import { spawn } from 'node:child_process'
import { chmodSync, existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { endProcess, listeningUrl } from './node-process.ts'

/** A development chain of our own on loopback. */
export interface DevelopmentChain {
  readonly url: string
  readonly chainId: bigint
  /** One JSON-RPC call, for what only a test does: `anvil_reorg`, `evm_mine`. */
  rpc(method: string, ...params: readonly unknown[]): Promise<unknown>
  /** Sends a transaction from an account that the node signs for; its receipt, once it is in a block. */
  send(transaction: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>
  /** Gives an account 1,000 ether. */
  fund(address: string): Promise<void>
  stop(): Promise<void>
}

const PACKAGES: Readonly<Record<string, string>> = {
  'linux x64': 'anvil-linux-amd64',
  'linux arm64': 'anvil-linux-arm64',
  'darwin x64': 'anvil-darwin-amd64',
  'darwin arm64': 'anvil-darwin-arm64',
  'win32 x64': 'anvil-win32-amd64',
}

/** anvil's binary for this platform, as the npm package brings it; `undefined` where there is none. */
export function findAnvil(): string | undefined {
  const name = PACKAGES[`${process.platform} ${process.arch}`]
  if (name === undefined) return undefined
  try {
    const meta = createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json')
    const folder = dirname(createRequire(meta).resolve(`@foundry-rs/${name}/package.json`))
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil')
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

/** Starts anvil on a free port. `blockTimeS`: blocks come by the clock, in seconds; left out, each transaction has its block at once. */
export async function startAnvil({ blockTimeS, flags = [] }: { readonly blockTimeS?: number; readonly flags?: readonly string[] } = {}): Promise<DevelopmentChain> {
  const binary = findAnvil()
  if (binary === undefined) throw new Error('There is no anvil for this platform.')
  if ((statSync(binary).mode & 0o111) === 0) chmodSync(binary, 0o755)
  const clock = blockTimeS === undefined ? [] : ['--block-time', String(blockTimeS)]
  const child = spawn(binary, ['--host', '127.0.0.1', '--port', '0', ...clock, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await listeningUrl(child, /Listening on (127\.0\.0\.1:\d+)/)
  const rpc = jsonRpc(url)
  return {
    url,
    rpc,
    send: (transaction) => sendAndWait(rpc, transaction),
    chainId: BigInt(await rpc('eth_chainId') as string),
    async fund(address) { await rpc('anvil_setBalance', address, `0x${(1_000n * 10n ** 18n).toString(16)}`) },
    stop: () => endProcess(child),
  }
}

/** A JSON-RPC caller for tests. Error with the node's message. */
export function jsonRpc(url: string): DevelopmentChain['rpc'] {
  return async (method, ...params) => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
    const answer = await response.json() as { readonly result?: unknown; readonly error?: { readonly message: string } }
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }
}

/** Sends a transaction from an account of the node; its receipt, once it is in a block. A node answers with the hash before it has mined, also where each transaction has its block at once. Error after 60 s. */
export async function sendAndWait(rpc: DevelopmentChain['rpc'], transaction: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const hash = await rpc('eth_sendTransaction', transaction)
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const receipt = await rpc('eth_getTransactionReceipt', hash) as Readonly<Record<string, unknown>> | null
    if (receipt !== null) return receipt
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
  throw new Error('The transaction was in no block after 60 s.')
}
