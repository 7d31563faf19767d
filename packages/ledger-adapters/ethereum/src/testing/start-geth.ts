import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcess, listeningUrl } from './node-process.ts'
import { jsonRpc, sendAndWait, type DevelopmentChain } from './start-anvil.ts'

/** The geth binary that `GETH_BIN` names; `undefined` without. */
export function findGeth(): string | undefined {
  return process.env['GETH_BIN'] || undefined
}

/** Starts `geth --dev` in a temporary folder on a free port. `periodS`: a block each so many seconds; 0: a block when something waits. */
export async function startGeth({ periodS = 0 }: { readonly periodS?: number } = {}): Promise<DevelopmentChain> {
  const binary = findGeth()
  if (binary === undefined) throw new Error('GETH_BIN names no geth.')
  const folder = await mkdtemp(join(tmpdir(), 'careledger-geth-'))
  const child = spawn(binary, [
    '--dev', '--dev.period', String(periodS), '--datadir', folder, '--ipcdisable', '--nodiscover', '--port', '0',
    '--http', '--http.addr', '127.0.0.1', '--http.port', '0', '--http.api', 'eth,net,web3,txpool,debug', '--cache', '128', '--rpc.allow-unprotected-txs',
  ], { stdio: ['ignore', 'pipe', 'pipe'] })
  const url = await listeningUrl(child, /HTTP server started\s+endpoint=(127\.0\.0\.1:\d+)/)
  const rpc = jsonRpc(url)
  const [developer] = await rpc('eth_accounts') as readonly string[]
  return {
    url,
    rpc,
    chainId: BigInt(await rpc('eth_chainId') as string),
    send: (transaction) => sendAndWait(rpc, transaction),
    async fund(address) { await sendAndWait(rpc, { from: developer, to: address, value: `0x${(1_000n * 10n ** 18n).toString(16)}` }) },
    async stop() {
      await endProcess(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
