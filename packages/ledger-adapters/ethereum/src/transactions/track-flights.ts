import { sleep } from '@careledger/ledger-kit'
import { RpcError } from '../rpc/rpc-error.ts'
import { receiptSchema, type ChainReceipt } from '../rpc/schemas.ts'
import { accountChainId, accountFees, type AccountParts } from './account-parts.ts'
import { readFees } from './fees.ts'
import { createFlight, type Flight } from './flight.ts'
import { signTransaction } from './sign-transaction.ts'

/** Looks in a row after which a verdict of absence is believed: nodes behind one address may be one block apart. */
const LOOKS = 3

export interface FlightTracker {
  /** Begins to look, unless it does. It ends by itself when nothing is in flight. */
  wake(): void
}

/**
 * Looks after everything in flight until nothing is, or `signal` aborts: lands what is in a block, sends again what the node has
 * dropped, replaces what is stuck by the same with higher fees, and fills gaps below (a reorganisation can give a nonce back).
 */
export function trackFlights(flights: Map<bigint, Flight>, parts: AccountParts, signal: AbortSignal): FlightTracker {
  let running = false
  let gaps = 0

  async function run(): Promise<void> {
    while (flights.size > 0 && !signal.aborted) {
      // No answer now: what is in flight stays so, and is looked at again.
      await lookAtAll().catch(() => undefined)
      if (flights.size > 0) await sleep(parts.settings.pollMs, signal)
    }
    running = false
  }

  async function lookAtAll(): Promise<void> {
    const next = await parts.profile.readNonce(parts.rpc, parts.signer.address, signal)
    for (const flight of [...flights.values()]) await look(flight, next)
    gaps = flights.size > 0 && [...flights.keys()].every((nonce) => nonce > next) ? gaps + 1 : 0
    if (gaps >= LOOKS) await fill(next)
  }

  async function look(flight: Flight, next: bigint): Promise<void> {
    const receipt = await findReceipt(flight)
    if (receipt !== undefined) return land(flight, receipt)
    if (next > flight.nonce) {
      flight.missing += 1
      if (flight.missing >= LOOKS) land(flight, undefined)
      return
    }
    flight.missing = 0
    if (!(await parts.profile.holds(parts.rpc, parts.signer.address, flight, signal))) await offer(flight.tries.at(-1)?.raw)
    if (Date.now() - flight.sentAt >= parts.settings.fees.bumpAfterMs) await replace(flight)
  }

  function land(flight: Flight, receipt: ChainReceipt | undefined): void {
    flights.delete(flight.nonce)
    flight.land(receipt)
  }

  async function findReceipt(flight: Flight): Promise<ChainReceipt | undefined> {
    const answers = await parts.rpc.batch(flight.tries.map(({ hash }) => ({ method: 'eth_getTransactionReceipt', params: [hash] })), signal)
    const found = answers.find((answer) => answer != null)
    return found === undefined ? undefined : receiptSchema.parse(found)
  }

  /** False when the node refused it, so that it is nowhere. */
  async function offer(raw: string | undefined): Promise<boolean> {
    return await parts.rpc.call('eth_sendRawTransaction', [raw], signal).then(() => true, (error: unknown) => !(error instanceof RpcError && parts.profile.refuses(error)))
  }

  async function replace(flight: Flight): Promise<void> {
    const { chain, rpc, profile } = parts
    const settings = accountFees(parts)
    const next = profile.renew(flight, await readFees(rpc, await chain.newest(signal), settings, signal), settings)
    flight.sentAt = Date.now()
    if (next === undefined) return
    const transaction = await signTransaction(parts.signer, accountChainId(parts), flight.nonce, next.payload, next.fees)
    if (await offer(transaction.raw)) flight.tries.push(transaction)
  }

  /** A transaction from the account to itself, for nothing. */
  async function fill(nonce: bigint): Promise<void> {
    const fees = await readFees(parts.rpc, await parts.chain.newest(signal), accountFees(parts), signal)
    if (fees === undefined) return
    const payload = { to: parts.signer.address, data: '0x', gasLimit: 21_000n }
    const transaction = await signTransaction(parts.signer, accountChainId(parts), nonce, payload, fees)
    if (await offer(transaction.raw)) flights.set(nonce, createFlight(nonce, payload, transaction))
  }

  return {
    wake() {
      if (running) return
      running = true
      void run()
    },
  }
}
