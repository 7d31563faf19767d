import { sleep } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { Fabric } from './fabric.ts'
import type { EndorsedTransaction } from './fabric-client.ts'
import { readValidationCode } from './system-chaincode.ts'
import { toLedgerError, toOutcome } from './to-ledger-error.ts'

/** Pause between two looks for a transaction whose fate is not known. */
const LOOK_MS = 250
/** Looks after which the envelope is sent again. */
const LOOKS_BEFORE_SENDING_AGAIN = 4

/**
 * Gives an endorsed transaction to the orderer and waits for its block. `moved`: another transaction was first, and nothing of this one is
 * written. LEDGER_REJECTED: the orderer or the peers refused it. After any silence the transaction is looked up by its id and the same envelope sent
 * again, for `settleForMs`; then LEDGER_OUTCOME_UNKNOWN.
 */
export async function submitTransaction(fabric: Fabric, transaction: EndorsedTransaction, signal: AbortSignal): Promise<'valid' | 'moved'> {
  const outcome = toOutcome(await findCode(fabric, transaction, signal))
  if (outcome instanceof LedgerError) throw outcome
  return outcome
}

async function findCode(fabric: Fabric, transaction: EndorsedTransaction, signal: AbortSignal): Promise<number> {
  let cause: unknown
  try {
    await transaction.submit()
    return await transaction.status(signal)
  } catch (error) {
    const refused = toLedgerError(error, 'send')
    if (refused?.code === 'LEDGER_REJECTED') throw refused
    cause = error
  }
  const end = Date.now() + fabric.settings.settleForMs
  for (let look = 1; !signal.aborted; look += 1) {
    const code = await lookUp(fabric, transaction)
    if (code !== undefined) return code
    if (Date.now() >= end) break
    if (look % LOOKS_BEFORE_SENDING_AGAIN === 0) await transaction.submit().catch(() => undefined)
    await sleep(LOOK_MS, signal)
  }
  throw cause
}

/** `undefined` also when the peer does not answer: it is asked again. */
async function lookUp(fabric: Fabric, { transactionId }: EndorsedTransaction): Promise<number | undefined> {
  try {
    return await readValidationCode(fabric.client, fabric.settings.channel, transactionId)
  } catch {
    return undefined
  }
}
