import { LedgerError } from '@careledger/ledger-spec'
import type { Evidence, Ledger, LedgerCapability, Membership, PrivateStreams } from '@careledger/ledger-spec'
import { checkId, checkStream } from './check-input.ts'
import type { LedgerBackend } from './ledger-backend.ts'

/** Runs one call of a part while the ledger is open, with the adapter's errors made ours. */
type Run = <T>(work: () => Promise<T>) => Promise<T>

/** The optional parts of a ledger; each method of one that the backend does not give rejects with LEDGER_NOT_SUPPORTED (capability-1). */
export function composeParts(backend: LedgerBackend, run: Run): Pick<Ledger, 'privateStreams' | 'membership' | 'evidence'> {
  const { privateStreams, membership, evidence } = backend
  const on = <Part, T>(part: Part | undefined, capability: LedgerCapability, stream: string, work: (part: Part) => Promise<T>): Promise<T> =>
    run(async () => {
      if (part === undefined) throw new LedgerError('LEDGER_NOT_SUPPORTED', 'This ledger does not declare the capability', { details: { capability } })
      checkStream(stream)
      return await work(part)
    })
  return {
    privateStreams: {
      open: (stream, members) => on<PrivateStreams, void>(privateStreams, 'private-streams', stream, (part) => part.open(stream, members)),
    },
    membership: {
      grant: (stream, member, right) => on<Membership, void>(membership, 'membership', stream, (part) => part.grant(stream, member, right)),
      revoke: (stream, member, right) => on<Membership, void>(membership, 'membership', stream, (part) => part.revoke(stream, member, right)),
      list: (stream) => on(membership, 'membership', stream, (part) => part.list(stream)),
    },
    evidence: {
      evidence: (stream, id) => on<Evidence, Awaited<ReturnType<Evidence['evidence']>>>(evidence, 'evidence', stream, (part) => {
        checkId(id)
        return part.evidence(stream, id)
      }),
    },
  }
}
