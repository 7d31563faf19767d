import { canonicalBytes } from '@careledger/proof'
import type { CanonicalValue, Trust } from '@careledger/proof'
import type { EntryDraft } from './build-entry.ts'
import { signAs } from './consents.ts'
import type { CareLedgerClient, SignedInActor } from './client-types.ts'

/**
 * Signs in at another instance with the key that is signed in at home. Where the other instance does not know the key, or its word for it has
 * ended, home vouches for it afresh and both files are handed over, now and whenever the word has ended: five minutes at the longest, so that a
 * key revoked at home is out here by then. The two instances never speak to each other. `away`: a client of the other instance, nobody signed in. Errors: Problem NOT_ALLOWED where the organisation is not
 * recognised there, KEY_REVOKED, NOT_SIGNED_IN at home.
 */
export async function signInAway(home: CareLedgerClient, away: CareLedgerClient): Promise<SignedInActor> {
  const { signer } = home
  if (signer === undefined) throw new TypeError('Sign in at home first.')
  const { origin } = await away.platform.trust.query({})
  away.introduceBy(() => home.identity.vouch.mutate({ audience: origin }))
  return away.signIn(signer)
}

export interface RecognitionOf {
  /** What the other instance's proofs are checked against: pinned, not asked of it at that moment. */
  readonly trust: Trust
  /** Proof file of the organisation's enrolment there (`identity.enrolmentProof`). */
  readonly enrolment: string
  /** What people here read. */
  readonly name: string
}

/** Has this instance's platform recognise an organisation of another instance; `client` is signed in with the platform's root key. Errors: Problem. */
export async function recogniseOrganisation(client: CareLedgerClient, recognition: RecognitionOf): Promise<void> {
  const [own, { actor }] = [await client.platform.trust.query({}), client]
  await client.identity.enrol.mutate({ entry: await signAs(client, recognitionDraft(recognition, own.origin, actor?.party ?? '')) })
}

/** An `organisation-recognised` entry. `audience`: the origin of this instance's own log. */
export function recognitionDraft({ trust, enrolment, name }: RecognitionOf, audience: string, custodian: string): EntryDraft {
  const [log] = trust.logs
  if (log === undefined) throw new TypeError('The trust names no log.')
  const pinned = { origin: log.origin, logKey: log.key, root: trust.root, witnesses: trust.witnesses, witnessThreshold: trust.witnessThreshold }
  const bytes = canonicalBytes({ v: 1, audience, name, trust: pinned, enrolment } as unknown as CanonicalValue)
  return { network: 'identity', type: 'organisation-recognised', custodian, payload: { mediaType: 'application/careledger-recognition+json', bytes } }
}
