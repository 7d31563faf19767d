import type { NetworkSettings } from './settings.ts'

/** What one namespace's part of a transaction wants endorsed: its public part, and each collection that it touched. */
export interface Touched {
  readonly publicWrites: boolean
  readonly collectionWrites: readonly string[]
}

/** True if the organisations given satisfy one policy. */
export type EndorsementPolicy = (organisations: ReadonlySet<string>) => boolean

/**
 * The policies that a transaction has to satisfy: the chaincode's for public writes, each written collection's own or else the
 * chaincode's, and the chaincode's if nothing was written (core/common/validation/statebased/v20.go). So a transaction without
 * effect on a collection of one organisation fails, as on the real peer.
 */
export function policiesFor(settings: NetworkSettings, touched: Touched): EndorsementPolicy[] {
  const chaincodePolicy: EndorsementPolicy = (organisations) => organisations.size >= settings.endorsementsRequired
  const policies: EndorsementPolicy[] = []
  for (const name of touched.collectionWrites) {
    const anyOf = settings.collections.get(name)?.endorsedByAnyOf
    policies.push(anyOf === undefined ? chaincodePolicy : (organisations) => anyOf.some((mspId) => organisations.has(mspId)))
  }
  if (touched.publicWrites || policies.length === 0) policies.push(chaincodePolicy)
  return policies
}
