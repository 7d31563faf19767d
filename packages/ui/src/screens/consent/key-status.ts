import type { CareLedgerClient } from '@careledger/client'
import { parseProof, parseReceipt } from '@careledger/proof'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What the hospital of a receipt did with its issuing keys, asked of the instance by the hospital's name alone; `undefined`: it cannot be asked, and the check says so. */
export async function keyStatusFor(client: CareLedgerClient, receipt: string): Promise<Uint8Array | undefined> {
  try {
    const { custodian } = parseProof(bytesOf(parseReceipt(bytesOf(receipt)).proof)).entry
    return bytesOf((await client.hospital.cards.keyStatus.query({ custodian })).status)
  } catch {
    return undefined
  }
}
