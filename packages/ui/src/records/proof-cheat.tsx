import { useState } from 'react'
import { Button } from '@mantine/core'
import { usePreferences } from '../session/preferences.tsx'
import type { TrustedKeys } from '../session/shapes.ts'
import { cheat, type Cheat, type ProofCheck } from './proof-check.ts'
import { ProofSteps } from './proof-steps.tsx'

/** Nothing persuades faster: change one letter of a copy and see which step finds it. */
export function ProofCheat({ check, trust, author }: { readonly check: ProofCheck, readonly trust: TrustedKeys, readonly author: string }) {
  const { t, number } = usePreferences()
  const [tried, setTried] = useState<Cheat>()
  if (check.result.file?.opening === undefined || !('payload' in check.result.file.opening)) return null
  return (
    <section className="cl-cheat">
      <h3>{t('proof.cheat')}</h3>
      <p className="cl-note">{t('proof.cheatHint')}</p>
      {tried ? <Button variant="default" onClick={() => setTried(undefined)}>{t('proof.cheatBack')}</Button> : <Button variant="default" onClick={() => void cheat(check, trust).then(setTried)}>{t('proof.cheatDo')}</Button>}
      {tried && (
        <div className="cl-cheat-result">
          <p role="status">{tried.check.result.valid ? t('proof.cheatMissed') : t('proof.cheatFound', { before: tried.before, after: tried.after, at: number(tried.at) })}</p>
          <ProofSteps check={tried.check} author={author} />
        </div>
      )}
    </section>
  )
}
