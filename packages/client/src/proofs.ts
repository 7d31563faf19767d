import { verifyProof } from '@careledger/proof'
import type { ProofResult, Trust, VerifyOptions } from '@careledger/proof'
import type { CareLedgerClient } from './client-types.ts'

/**
 * What the instance says a verifier should pin. Good for showing; whoever checks the instance itself pins the printed values instead, since
 * an instance that lies would lie here too.
 */
export async function readTrust(client: CareLedgerClient): Promise<Trust> {
  return toTrust(await client.platform.trust.query({}))
}

export type TrustedKeys = Omit<Awaited<ReturnType<CareLedgerClient['platform']['trust']['query']>>, 'demo' | 'version'>

/** An instance's keys as a verifier takes them: the log's key of today, then the former ones up to their last states. */
export function toTrust({ origin, logKey, formerLogKeys = [], root, witnesses, witnessThreshold }: TrustedKeys): Trust {
  return { logs: [{ origin, key: logKey }, ...formerLogKeys.map(({ key, size, root: last }) => ({ origin, key, until: { size, root: last } }))], root, witnesses, witnessThreshold }
}

/** Verifies a proof file here, step by step, without asking anybody. `text` is the file as the operations of `hospital.records` give it. */
export function verifyProofText(text: string, trust: Trust, options?: VerifyOptions): Promise<ProofResult> {
  return verifyProof(new TextEncoder().encode(text), trust, options)
}
