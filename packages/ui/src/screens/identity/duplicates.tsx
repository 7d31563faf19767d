import { useState } from 'react'
import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { decidePair } from '@careledger/client'
import { MoreButton } from '../../components/data-table.tsx'
import { Page, Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { usePages } from '../../session/query.ts'
import type { IdentityDecision, PatientPair } from '../../session/shapes.ts'
import { PairTable } from './pair-table.tsx'

interface Done { readonly kind: 'merged' | 'different', readonly pair: PatientPair, readonly entry: string, readonly undone?: boolean }

/** Pairs that may be one person, one at a time; what was decided last can be undone beside it, and everything decided below. */
export function Duplicates() {
  const { t } = usePreferences()
  const client = useClient()
  const pages = usePages(client.hospital.mpi.duplicates, 'hospital.mpi.duplicates', { limit: 20 })
  const [skipped, setSkipped] = useState(0)
  const [done, setDone] = useState<Done>()
  const items = pages.items ?? []
  const pair = items[skipped % Math.max(1, items.length)]
  return (
    <Page title={t('pair.title')} answer={<Answer count={pages.items?.length} />}>
      {done && <DoneNote done={done} onUndone={() => setDone({ ...done, undone: true })} />}
      <Outcome result={{ ...pages, data: pages.items }} rows={7}>
        {() => (pair === undefined
          ? <EmptyState title={t('pair.none')} why={t('pair.noneWhy')} icon="people" />
          : <Review key={`${pair.left.patient}/${pair.right.patient}`} pair={pair} onDone={setDone} {...(items.length > 1 && { onLater: () => setSkipped(skipped + 1) })} />)}
      </Outcome>
      <MoreButton result={pages} count={20} />
      <Decided />
    </Page>
  )
}

function Answer({ count }: { readonly count: number | undefined }) {
  const { t } = usePreferences()
  if (count === undefined) return <span className="cl-waiting">{t('state.loading')}</span>
  return count === 0 ? <>{t('pair.answerNone')}</> : <Rich k="pair.answer" values={{ count }} />
}

function Review({ pair, onDone, onLater }: { readonly pair: PatientPair, readonly onDone: (done: Done) => void, readonly onLater?: () => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [busy, setBusy] = useState<Done['kind']>()
  const [failed, setFailed] = useState<{ readonly kind: Done['kind'], readonly error: unknown }>()
  const decide = async (kind: Done['kind']): Promise<void> => {
    setBusy(kind)
    setFailed(undefined)
    try {
      const { id } = await decidePair(client, kind === 'merged' ? 'patient-merged' : 'patient-distinguished', { patient: pair.left, other: pair.right.patient })
      onDone({ kind, pair, entry: id })
      await queries.invalidateQueries()
    } catch (error) {
      setFailed({ kind, error })
    } finally {
      setBusy(undefined)
    }
  }
  return (
    <Section title={t(pair.outcome === 'automatic' ? 'pair.certain' : 'pair.review')}>
      <PairTable pair={pair} />
      <p className="cl-note">{t('pair.score', { score: pair.score })}</p>
      <p>{t('pair.sameWhat')}</p>
      <div className="cl-decide">
        <Button loading={busy === 'merged'} disabled={busy !== undefined} onClick={() => void decide('merged')}>{t('pair.same')}</Button>
        <Button variant="default" loading={busy === 'different'} disabled={busy !== undefined} onClick={() => void decide('different')}>{t('pair.different')}</Button>
        {onLater && <Button variant="subtle" onClick={onLater}>{t('pair.later')}</Button>}
        {busy && <span className="cl-note" role="status">{t('pair.signing')}</span>}
      </div>
      {failed && <ErrorState error={failed.error} onRetry={() => void decide(failed.kind)} />}
    </Section>
  )
}

function DoneNote({ done, onUndone }: { readonly done: Done, readonly onUndone: () => void }) {
  const { t } = usePreferences()
  return (
    <div className="cl-card cl-section" role="status">
      <p>{done.undone ? t('pair.undone') : t(done.kind === 'merged' ? 'pair.doneSame' : 'pair.doneDifferent')}</p>
      {!done.undone && <Undo item={{ kind: done.kind, entry: done.entry, patient: done.pair.left.patient, other: done.pair.right.patient }} onUndone={onUndone} />}
    </div>
  )
}

/** Everything that stands decided here, by handle: whose they are is asked, and recorded, only when one is undone. */
function Decided() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const pages = usePages(client.hospital.mpi.decisions, 'hospital.mpi.decisions', { limit: 20 })
  return (
    <Section title={t('pair.decided')}>
      <Outcome result={{ ...pages, data: pages.items }} rows={2}>
        {(items) => (items.length === 0 ? <EmptyState title={t('pair.decidedNone')} why={t('pair.decidedNoneWhy')} icon="check" /> : (
          <ul className="cl-lines">
            {items.map((item) => (
              <li key={item.entry} className="cl-line">
                <div><span>{t(item.kind === 'merged' ? 'pair.decidedSame' : 'pair.decidedDifferent')}</span><span className="cl-note">{instant(item.at, 'clinical')} · {t('pair.first')} <code>{item.patient.slice(0, 8)}</code> · {t('pair.second')} <code>{item.other.slice(0, 8)}</code></span></div>
                <div className="cl-decide">{item.kind === 'merged' && <Link to={`/patients/${item.patient}/together`}>{t('pair.together')}</Link>}<Undo item={item} /></div>
              </li>
            ))}
          </ul>
        ))}
      </Outcome>
      <MoreButton result={pages} count={20} />
    </Section>
  )
}

function Undo({ item, onUndone }: { readonly item: Pick<IdentityDecision, 'kind' | 'entry' | 'patient' | 'other'>, readonly onUndone?: () => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const undo = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      const { left } = await client.hospital.mpi.compare.query({ patient: item.patient, other: item.other })
      await decidePair(client, item.kind === 'merged' ? 'patient-unmerged' : 'patient-distinction-ended', { patient: left, other: item.other }, { replaces: item.entry })
      onUndone?.()
      await queries.invalidateQueries()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return <>
    <Button variant="default" size="sm" loading={busy} onClick={() => void undo()}>{t('pair.undo')}</Button>
    {error !== undefined && <ErrorState error={error} onRetry={() => void undo()} />}
  </>
}
