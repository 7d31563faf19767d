import { useEffect, useState } from 'react'
import { ErrorState, LoadingState } from '../components/states.tsx'
import { usePreferences } from '../session/preferences.tsx'
import { useTrust } from '../session/trust.ts'
import { useCheckProof, useProofCheck } from './proof-check.ts'
import { ProofCheat } from './proof-cheat.tsx'
import { ProofRaw } from './proof-raw.tsx'
import { ProofSteps } from './proof-steps.tsx'

/** The proof of a record, fetched and then checked on this device: steps, a try at cheating, and the file itself. */
export function ProofPanel({ id, author, replacedBy }: { readonly id: string, readonly author: string, readonly replacedBy?: string }) {
  const { t } = usePreferences()
  const check = useCheckProof()
  const found = useProofCheck(id)
  const trust = useTrust()
  const [error, setError] = useState<unknown>()
  const [round, setRound] = useState(0)

  useEffect(() => {
    let current = true
    setError(undefined)
    check({ id, replacedBy }, round > 0).catch((failure: unknown) => { if (current) setError(failure) })
    return () => { current = false }
  }, [check, id, replacedBy, round])

  if (error !== undefined) return <ErrorState error={error} onRetry={() => setRound(round + 1)} />
  if (!found || !trust.data) return <><p className="cl-note" role="status">{t('proof.checking')}</p><LoadingState rows={8} /></>
  return (
    <>
      <ProofSteps check={found} author={author} />
      <ProofCheat check={found} trust={trust.data} author={author} />
      <ProofRaw check={found} name={id} />
    </>
  )
}
