import { sleep } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import { RpcError, TransportError } from '../rpc/rpc-error.ts'
import type { ChainReceipt } from '../rpc/schemas.ts'
import { accountChainId, accountFees, type AccountParts } from './account-parts.ts'
import { bumpFees, readFees, type Fees } from './fees.ts'
import { createFlight, type Flight } from './flight.ts'
import { toVerdict } from './node-verdict.ts'
import { signTransaction, type Payload } from './sign-transaction.ts'
import { trackFlights } from './track-flights.ts'

/** The transactions of one account, in nonce order. */
export interface TransactionQueue {
  /**
   * Sends `payload` and waits until it is in a block. `undefined`: another transaction has used its nonce, so it never will be.
   * LEDGER_OUTCOME_UNKNOWN: sent, and in no block after `acceptWithinMs`. LEDGER_UNAVAILABLE, and whatever the node says when it
   * refuses: nothing was sent.
   */
  send(payload: Payload, signal: AbortSignal): Promise<ChainReceipt | undefined>
  /** Whether something is in no block although it was sent more than `acceptWithinMs` ago. */
  isStuck(): boolean
  close(): void
}

/** Most times that one sending begins again because the nonce or the fees were taken meanwhile. */
const TRIES_MAX = 40

/**
 * One account for each process. Nonces are given one after the other; the first one when nothing is in flight is the account's next
 * in the newest block, so that what an earlier process left in the node's pool is replaced, and never waited for. What is sent is
 * looked after until it is in a block, by `trackFlights`, also when its caller has given up.
 */
export function createTransactionQueue(parts: AccountParts): TransactionQueue {
  const { rpc, profile, signer, settings } = parts
  const flights = new Map<bigint, Flight>()
  const closing = new AbortController()
  let sending: Promise<unknown> = Promise.resolve()
  const tracker = trackFlights(flights, parts, closing.signal)

  async function send(payload: Payload, signal: AbortSignal): Promise<ChainReceipt | undefined> {
    const deadline = Date.now() + settings.acceptWithinMs
    const turn = sending.then(() => launch(payload, deadline, signal))
    sending = turn.catch(() => undefined)
    const flight = await turn
    tracker.wake()
    return await landed(flight, deadline, signal)
  }

  async function launch(payload: Payload, deadline: number, signal: AbortSignal): Promise<Flight> {
    await room(deadline, signal)
    let fees = await marketFees(signal)
    for (let turn = 0; turn < TRIES_MAX; turn += 1) {
      signal.throwIfAborted()
      const nonce = await nextNonce(signal)
      const transaction = await signTransaction(signer, accountChainId(parts), nonce, payload, fees)
      try {
        await rpc.call('eth_sendRawTransaction', [transaction.raw], closing.signal)
        return register(createFlight(nonce, payload, transaction))
      } catch (error) {
        const verdict = toVerdict(error)
        if (verdict === 'known' || mayHaveTaken(error)) return register(createFlight(nonce, payload, transaction))
        if (verdict === 'used') await sleep(settings.pollMs, signal)
        else if (verdict === 'underpriced') fees = bumpFees(fees, undefined, accountFees(parts)) ?? refuseFees()
        else throw error
      }
    }
    throw new LedgerError('LEDGER_UNAVAILABLE', 'The account\'s nonce is in use elsewhere; one process may use one account', { details: { tries: TRIES_MAX } })
  }

  function mayHaveTaken(error: unknown): boolean {
    return error instanceof TransportError ? error.sent : error instanceof RpcError && !profile.refuses(error)
  }

  /** Waits until fewer than `inFlightMax` are in flight. */
  async function room(deadline: number, signal: AbortSignal): Promise<void> {
    while (flights.size >= settings.inFlightMax) {
      if (Date.now() >= deadline) throw new LedgerError('LEDGER_UNAVAILABLE', 'Too many transactions of the account are in no block yet', { details: { inFlightMax: settings.inFlightMax } })
      await sleep(settings.pollMs, signal)
      signal.throwIfAborted()
    }
  }

  async function marketFees(signal: AbortSignal): Promise<Fees> {
    return (await readFees(rpc, await parts.chain.newest(signal), accountFees(parts), signal)) ?? refuseFees()
  }

  async function nextNonce(signal: AbortSignal): Promise<bigint> {
    const last = [...flights.keys()].reduce<bigint | undefined>((most, nonce) => (most === undefined || nonce > most ? nonce : most), undefined)
    return last === undefined ? await profile.readNonce(rpc, signer.address, signal) : last + 1n
  }

  function register(flight: Flight): Flight {
    flights.set(flight.nonce, flight)
    return flight
  }

  async function landed(flight: Flight, deadline: number, signal: AbortSignal): Promise<ChainReceipt | undefined> {
    const ending = new AbortController()
    const end = (): void => ending.abort()
    signal.addEventListener('abort', end, { once: true })
    try {
      const late = sleep(Math.max(0, deadline - Date.now()), ending.signal).then(() => 'late' as const)
      const result = await Promise.race([flight.landed, late])
      if (result !== 'late') return result
      throw new LedgerError('LEDGER_OUTCOME_UNKNOWN', 'The transaction is in no block yet; call again with the same records', { details: { transaction: flight.tries.at(-1)?.hash ?? '' } })
    } finally {
      signal.removeEventListener('abort', end)
      ending.abort()
    }
  }

  return {
    send,
    isStuck: () => [...flights.values()].some(({ createdAt }) => Date.now() - createdAt > settings.acceptWithinMs),
    close: () => closing.abort(),
  }
}

function refuseFees(): never {
  throw new LedgerError('LEDGER_UNAVAILABLE', 'The chain asks for higher fees than the settings allow')
}
