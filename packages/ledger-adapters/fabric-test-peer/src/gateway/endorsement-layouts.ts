import { status } from '@grpc/grpc-js'
import type { peer } from '@hyperledger/fabric-protos'
import { policiesFor } from '../policy.ts'
import type { NetworkSettings } from '../settings.ts'
import { GatewayError } from './gateway-error.ts'

/**
 * The sets of organisations whose endorsements together satisfy what a transaction touches, none with more than it needs
 * (discovery/endorsement/endorsement.go).
 */
export function endorsementLayouts(settings: NetworkSettings, interest: peer.ChaincodeInterest, alive: readonly string[]): string[][] {
  const calls = interest.getChaincodesList()
  const policies = policiesFor(settings, {
    publicWrites: calls.some((call) => call.getCollectionNamesList().length === 0),
    collectionWrites: calls.flatMap((call) => call.getCollectionNamesList()),
  })
  const readable = calls.filter((call) => !call.getNoPrivateReads()).flatMap((call) => call.getCollectionNamesList())
  const candidates = alive.filter((mspId) => readable.every((name) => settings.collections.get(name)?.members.includes(mspId) === true))
  const enough = subsets(candidates).filter((layout) => policies.every((policy) => policy(new Set(layout))))
  return enough.filter((layout) => !enough.some((other) => other.length < layout.length && other.every((mspId) => layout.includes(mspId))))
}

/** The layouts for one proposal, those with the preferred organisation first; transient data goes to members of its collections only. */
export function planLayouts(options: {
  readonly settings: NetworkSettings
  readonly interest: peer.ChaincodeInterest
  readonly alive: readonly string[]
  readonly preferred: string
  readonly hasTransientData: boolean
}): string[][] {
  const { settings, interest, alive, preferred } = options
  const calls = interest.getChaincodesList()
  const unprotected = calls.filter((call) => call.getNoPrivateReads() && call.getCollectionNamesList().length > 0)
  const open = endorsementLayouts(settings, interest, alive)
  if (options.hasTransientData) for (const call of unprotected) call.setNoPrivateReads(false)
  const layouts = endorsementLayouts(settings, interest, alive)
  if (layouts.length === 0 && open.length > 0) {
    const names = unprotected.flatMap((call) => call.getCollectionNamesList()).join(' ')
    throw new GatewayError(
      status.FAILED_PRECONDITION,
      'requires endorsement from organisation(s) that are not in the distribution policy of the private data collection(s): ' +
        `[${names}]; retry specifying trusted endorsing organizations to protect transient data`,
    )
  }
  if (layouts.length === 0) {
    throw new GatewayError(
      status.FAILED_PRECONDITION,
      'no combination of peers can be derived which satisfy the endorsement policy: no peer combination can satisfy the endorsement policy',
    )
  }
  return layouts.toSorted((left, right) => Number(right.includes(preferred)) - Number(left.includes(preferred)))
}

function subsets(items: readonly string[]): string[][] {
  return items.reduce<string[][]>((found, item) => [...found, ...found.map((subset) => [...subset, item])], [[]]).filter((subset) => subset.length > 0)
}
