import { canonicalBytes } from '@careledger/proof'
import type { CanonicalValue } from '@careledger/proof'
import type { CareLedgerClient } from '../client-types.ts'
import { signAs } from '../consents.ts'

/** A custodian that closes says who takes its records over, and on what legal basis; nothing moves before the platform has confirmed. With its own key or an administrator's. */
export async function orderCustody(client: CareLedgerClient, custodian: string, order: { readonly to: string; readonly basis: string; readonly source?: string | undefined }) {
  const bytes = canonicalBytes(JSON.parse(JSON.stringify({ v: 1, ...order })) as CanonicalValue)
  const entry = await signAs(client, { network: 'hospital', type: 'custody-ordered', custodian, payload: { mediaType: 'application/careledger-custody-order+json', bytes } })
  return client.hospital.custody.writeOrder.mutate({ entry })
}

/** The platform confirms (with its root key), or either ends it. `order`: the `custody-ordered` entry. */
export async function answerCustodyOrder(client: CareLedgerClient, type: 'custody-order-confirmed' | 'custody-order-ended', { custodian, order }: { readonly custodian: string; readonly order: string }) {
  return client.hospital.custody.writeOrder.mutate({ entry: await signAs(client, { network: 'hospital', type, custodian, replaces: order }) })
}
