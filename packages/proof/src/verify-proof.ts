import type { CanonicalValue } from './canonical-json.ts'
import { isProofError, type ProofError } from './proof-error.ts'
import { createProofContext, unchecked, fail, pass, type ProofContext, type StepResult, type Trust, type VerifyOptions } from './proof-context.ts'
import { parseProof, toProofFile, type ProofFile } from './proof-file.ts'
import { verifySignature } from './signer.ts'
import { checkAnchor, checkCheckpoint, checkCommitment, checkInclusion, checkLeaf, checkRevocation, checkSignature, checkSuperseded, checkWitnesses } from './proof-steps.ts'
import { checkCredentials } from './proof-credentials.ts'

/** The steps of a verification, in their order. */
export const PROOF_STEPS = ['parse', 'commitment', 'signature', 'leaf', 'inclusion', 'checkpoint', 'witnesses', 'credentials', 'revocation', 'anchor', 'superseded'] as const
export type ProofStepName = (typeof PROOF_STEPS)[number]

/** One step of a verification. */
export interface ProofStep extends StepResult {
  readonly name: ProofStepName
}
/** What a verification found. */
export interface ProofResult {
  /** No step failed, and every step up to `checkpoint`, and `credentials`, passed. */
  readonly valid: boolean
  /** All steps, always, in the order of `PROOF_STEPS`. */
  readonly steps: readonly ProofStep[]
  /** The file as read; absent when it could not be. */
  readonly file?: ProofFile | undefined
}

const mustPass: readonly ProofStepName[] = ['parse', 'commitment', 'signature', 'leaf', 'inclusion', 'checkpoint', 'credentials']

const checks: Readonly<Record<Exclude<ProofStepName, 'parse'>, (context: ProofContext) => StepResult | Promise<StepResult>>> = {
  commitment: checkCommitment,
  signature: checkSignature,
  leaf: checkLeaf,
  inclusion: checkInclusion,
  checkpoint: checkCheckpoint,
  witnesses: checkWitnesses,
  credentials: checkCredentials,
  revocation: checkRevocation,
  anchor: checkAnchor,
  superseded: checkSuperseded,
}

/**
 * Verifies a proof file offline against pinned keys. Give the bytes of the file; a parsed file is checked again.
 * Never throws for what is in the file: each finding is a step. Errors of functions in `options` pass through.
 */
export const verifyProof = async (input: Uint8Array | ProofFile, trust: Trust, options: VerifyOptions = {}): Promise<ProofResult> => {
  const read = readFile(input)
  if ('problem' in read) return { valid: false, steps: PROOF_STEPS.map((name) => (name === 'parse' ? { name, ...fail(read.problem) } : { name, ...unchecked('The file could not be read.') })) }
  const context = createProofContext(read.file, trust, options, options.verify ?? verifySignature)
  const steps: ProofStep[] = [{ name: 'parse', ...pass('The file has exactly the form of a proof.') }]
  for (const name of PROOF_STEPS) if (name !== 'parse') steps.push({ name, ...(await runCheck(checks[name], context)) })
  return { valid: isValid(steps, options), steps, file: read.file }
}

const readFile = (input: Uint8Array | ProofFile): { readonly file: ProofFile } | { readonly problem: string } => {
  try {
    return { file: input instanceof Uint8Array ? parseProof(input) : toProofFile(input as unknown as CanonicalValue) }
  } catch (error) {
    if (isProofError(error)) return { problem: problemText(error) }
    throw error
  }
}

const problemText = (error: ProofError): string => {
  const { offset, path } = error.details
  const place = [path === undefined || path === '' ? undefined : `at ${path}`, offset === undefined ? undefined : `byte ${offset}`].filter((part) => part !== undefined)
  return place.length === 0 ? error.message : `${error.message} (${place.join(', ')})`
}

const runCheck = async (check: (context: ProofContext) => StepResult | Promise<StepResult>, context: ProofContext): Promise<StepResult> => {
  try {
    return await check(context)
  } catch (error) {
    if (isProofError(error)) return fail(error.message)
    throw error
  }
}

const isValid = (steps: readonly ProofStep[], options: VerifyOptions): boolean =>
  steps.every(({ name, outcome }) => {
    if (outcome === 'unchecked' && name === 'commitment') return options.payloadMayBeAbsent === true
    return outcome === 'pass' || (outcome === 'unchecked' && !mustPass.includes(name))
  })
