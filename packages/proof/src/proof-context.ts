import { equalBytes, fromBase64url } from './bytes.ts'
import { canonicalBytes } from './canonical-json.ts'
import type { Checkpoint, Witness } from './checkpoint.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { openCommitment, openingFromJson } from './commitment.ts'
import { parseCredential, type Credential } from './credential.ts'
import { entryHash } from './entry.ts'
import { signatureClaim, signatureHash } from './entry-signature.ts'
import { leafHash, leafInput } from './leaf.ts'
import { rootFromInclusion } from './merkle.ts'
import { ProofError } from './proof-error.ts'
import type { PinnedLog } from './log-key.ts'
import type { LoggedEntry, ProofAnchor, ProofFile } from './proof-file.ts'
import type { PublicJwk } from './public-key.ts'
import type { VerifySignature } from './signer.ts'

/** What a verifier has pinned, from somewhere else than the file. */
export interface Trust {
  /** The key of today first; a former one goes on counting up to its last state. */
  readonly logs: readonly PinnedLog[]
  /** The platform's root key. */
  readonly root: PublicJwk
  readonly witnesses: readonly Witness[]
  /** Cosignatures that must hold; 0: none are asked for, and the step stays `unchecked`. */
  readonly witnessThreshold: number
}

/** How to verify, and sources of the verifier's own to ask; without a source its step stays `unchecked`. */
export interface VerifyOptions {
  /** How signatures are verified; WebCrypto by default. The strict form is always checked before. */
  readonly verify?: VerifySignature | undefined
  /** Take a file without the payload as valid; its commitment stays `unchecked`. False by default. */
  readonly payloadMayBeAbsent?: boolean | undefined
  /** SHA-256 of the document that lies beside the file: the commitment then has to be of it, and a file without the payload is whole. */
  readonly documentHash?: Uint8Array | undefined
  /** Asks a source of the caller's whether a key (thumbprint) was revoked; gives the log index of the first revocation, or `undefined`. */
  readonly revokedAt?: ((key: string) => Promise<number | undefined>) | undefined
  /** Asks a source of the caller's for the id of the entry that replaces this one, or `undefined`. */
  readonly supersededBy?: ((entryId: string) => Promise<string | undefined>) | undefined
  /** Verifies what a ledger holds, by its evidence or by asking it. */
  readonly verifyAnchor?: ((anchor: ProofAnchor) => Promise<StepResult>) | undefined
}

/** How one step ended. */
export interface StepResult {
  readonly outcome: 'pass' | 'fail' | 'unchecked'
  /** Plain words, without anything from the payload. */
  readonly detail: string
}

/** What the steps share; each value is computed once, and throws `ProofError` when it cannot be. */
export interface ProofContext {
  readonly file: ProofFile
  readonly trust: Trust
  readonly options: VerifyOptions
  readonly verify: VerifySignature
  checkpoint(): Checkpoint
  /** The leaf hash that entry, signature and chain place give. */
  leafHashOf(proven: Proven): Uint8Array
  /** `SIGNATURE_INVALID` or `KEY_INVALID` unless this key signed the entry. */
  verifyEntry(proven: Proven, jwk: PublicJwk): Promise<void>
  /** The credential that enrolled a key, by the id of its entry, from the file; not yet trusted. */
  credential(id: string): FileCredential | undefined
}
/** The file itself or another entry in it. */
type Proven = Pick<LoggedEntry, 'entry' | 'signature' | 'leaf'>
export interface FileCredential {
  readonly logged: LoggedEntry
  readonly credential: Credential
}

export const pass = (detail: string): StepResult => ({ outcome: 'pass', detail })
export const fail = (detail: string): StepResult => ({ outcome: 'fail', detail })
export const unchecked = (detail: string): StepResult => ({ outcome: 'unchecked', detail })

export const createProofContext = (file: ProofFile, trust: Trust, options: VerifyOptions, verify: VerifySignature): ProofContext => {
  const byId = new Map(file.credentials.map((logged) => [logged.entry.id, logged]))
  const credentials = new Map<string, FileCredential>()
  const canonical = remember((proven: Proven) => canonicalBytes(proven.entry))
  let checkpoint: Checkpoint | undefined
  return {
    file,
    trust,
    options,
    verify,
    checkpoint: () => (checkpoint ??= parseCheckpoint(file.checkpoint)),
    leafHashOf: remember((proven) => computeLeafHash(proven, canonical(proven))),
    verifyEntry: async (proven, jwk) => {
      const claim = signatureClaim({ entry: proven.entry, canonical: canonical(proven), signature: proven.signature, jwk })
      if (!(await verify(claim.algorithm, jwk, claim.message, claim.signature))) throw new ProofError('SIGNATURE_INVALID', 'The signature does not hold.')
    },
    credential: (id) => {
      const logged = byId.get(id)
      if (logged === undefined) return undefined
      const found = credentials.get(id) ?? { logged, credential: parseCredential(openPayload(logged)) }
      credentials.set(id, found)
      return found
    },
  }
}

const remember = <Input extends object, Output>(compute: (input: Input) => Output): ((input: Input) => Output) => {
  const known = new Map<Input, Output>()
  return (input) => {
    const found = known.get(input) ?? compute(input)
    known.set(input, found)
    return found
  }
}

const computeLeafHash = ({ signature, leaf }: Proven, canonical: Uint8Array): Uint8Array =>
  leafHash(
    leafInput({
      entryHash: entryHash(canonical),
      signatureHash: signatureHash(signature),
      chainSequence: leaf.chainSequence,
      chainPrevious: leaf.chainPrevious === undefined ? undefined : fromBase64url(leaf.chainPrevious),
    }),
  )

/** The payload of an entry that must show it. `COMMITMENT_MISMATCH` when it is absent or another. */
export const openPayload = (logged: Pick<LoggedEntry, 'entry' | 'opening'>): Uint8Array => {
  if (logged.opening === undefined || logged.entry.payload === undefined) throw new ProofError('COMMITMENT_MISMATCH', 'An entry of the file lacks the payload it must show.')
  const opening = openingFromJson(logged.opening as never)
  if (!('payload' in opening)) throw new ProofError('COMMITMENT_MISMATCH', 'An entry of the file shows only the hash of the payload it must show.')
  openCommitment(logged.entry.payload, opening)
  return opening.payload
}

/** Whether another entry of the file stands in the file's checkpoint at the index it claims. */
export const isLogged = (context: ProofContext, logged: LoggedEntry): boolean => {
  const { size, root } = context.checkpoint()
  const found = rootFromInclusion({ leafHash: context.leafHashOf(logged), index: logged.index, size, path: logged.path.map(fromBase64url) })
  return found !== undefined && equalBytes(found, root)
}
