import { peer } from '@hyperledger/fabric-protos'
import { sha256, sha256Hex } from '../hash.ts'
import type { Membership } from '../identity/membership.ts'
import { policiesFor } from '../policy.ts'
import type { NetworkSettings } from '../settings.ts'
import type { DecodedReadWriteSet } from './decode-read-write-set.ts'
import type { DecodedTransaction } from './decode-transaction.ts'

const code = peer.TxValidationCode

/** The checks that need no state: signatures, identifiers and endorsement policies. `undefined`: nothing is wrong. */
export function findFault(
  settings: NetworkSettings,
  membership: Membership,
  transaction: DecodedTransaction,
  sets: readonly DecodedReadWriteSet[],
): number | undefined {
  const creator = membership.identify(transaction.creator)
  const { envelope } = transaction
  if (creator?.valid !== true || !creator.verify(envelope.getPayload_asU8(), envelope.getSignature_asU8())) return code.BAD_CREATOR_SIGNATURE
  if (transaction.txId !== sha256Hex(transaction.nonce, transaction.creator)) return code.BAD_PROPOSAL_TXID
  if (!sha256(...transaction.expectedProposalHashParts).equals(transaction.proposalHash)) return code.INVALID_ENDORSER_TRANSACTION
  if (transaction.chaincode !== settings.chaincode.name) return code.INVALID_CHAINCODE
  if (sets.some((set) => set.namespace !== settings.chaincode.name)) return code.ILLEGAL_WRITESET
  const endorsers = endorsingOrganisations(membership, transaction)
  const policies = sets.flatMap((set) =>
    policiesFor(settings, {
      publicWrites: set.writes.size > 0,
      collectionWrites: set.collections.filter((collection) => collection.writes.length > 0).map((collection) => collection.name),
    }),
  )
  return policies.every((policy) => policy(endorsers)) ? undefined : code.ENDORSEMENT_POLICY_FAILURE
}

/** The organisations whose signatures under the response are good. */
function endorsingOrganisations(membership: Membership, transaction: DecodedTransaction): ReadonlySet<string> {
  const organisations = new Set<string>()
  for (const endorsement of transaction.endorsements) {
    const endorser = membership.identify(endorsement.getEndorser_asU8())
    const signed = Buffer.concat([transaction.responsePayload, endorsement.getEndorser_asU8()])
    if (endorser?.valid === true && endorser.verify(signed, endorsement.getSignature_asU8())) organisations.add(endorser.mspId)
  }
  return organisations
}
