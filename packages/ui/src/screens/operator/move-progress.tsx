import { useState } from 'react'
import { Button, Progress } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useParams } from 'react-router'
import { Facts } from '../../components/facts.tsx'
import { Page, Section } from '../../components/page.tsx'
import { RichText } from '../../components/rich.tsx'
import { ErrorState, Outcome } from '../../components/states.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import type { Move } from '../../session/shapes.ts'
import { Continuity } from './continuity.tsx'
import { copiedShare, isUnderWay, moveSteps } from './ledger-facts.ts'
import { moveStatus } from './ledgers.tsx'

/** A move as it goes on: its steps with counts, pause, resume and cancel, and in the end the proof that the log went on unbroken. */
export function MoveProgress() {
  const { t } = usePreferences()
  const { move: id = '' } = useParams()
  const client = useClient()
  const queries = useQueryClient()
  const result = useOperation(client.platform.moves.read, 'platform.moves.read', { id }, { refetchMs: 1_000 })
  const [error, setError] = useState<unknown>()
  const move = result.data?.move
  const act = async (kind: 'pause' | 'resume' | 'cancel'): Promise<void> => {
    setError(undefined)
    try {
      await client.platform.moves[kind].mutate({ id })
    } catch (failure) {
      setError(failure)
    }
    await queries.invalidateQueries()
  }
  return (
    <Page title={move ? t('operator.moveName', { network: move.network, to: move.to }) : t('operator.movesTitle')} width="read"
      answer={move ? <RichText text={sentenceOf(t, move)} /> : '\u00a0'} status={move && <StatusBadge status={moveStatus(move)} />}>
      <Outcome result={result} rows={6}>
        {({ move: found, continuity }) => (
          <>
            {error !== undefined && <ErrorState error={error} />}
            <Section title={t('operator.steps')}>
              <Steps move={found} />
              {isUnderWay(found) && (
                <div className="cl-decide">
                  {found.paused || found.state === 'halted'
                    ? <Button onClick={() => void act('resume')}>{t(found.state === 'halted' ? 'operator.checkAgain' : 'operator.resume')}</Button>
                    : <Button variant="default" onClick={() => void act('pause')}>{t('operator.pause')}</Button>}
                  {!found.switched && <Button variant="default" onClick={() => void act('cancel')}>{t('operator.cancelMove')}</Button>}
                </div>
              )}
            </Section>
            {found.findings.length > 0 && <Findings move={found} />}
            {found.state === 'done' && <Section title={t('operator.continuity')}>{continuity === undefined ? <p>{t('operator.continuityNone')}</p> : <Continuity text={continuity} />}</Section>}
          </>
        )}
      </Outcome>
    </Page>
  )
}

function sentenceOf(t: ReturnType<typeof usePreferences>['t'], move: Move): string {
  const values = { network: move.network, from: move.from ?? '–', to: move.to, count: move.findingsTotal }
  if (move.state === 'done') return t(move.from === undefined ? 'operator.moveAdded' : 'operator.moveDone', values)
  if (move.state === 'cancelled') return t('operator.moveCancelled', values)
  if (move.state === 'halted') return t(move.findingsTotal > 0 ? 'operator.moveHalted' : 'operator.moveHaltedLog', values)
  return t(move.paused ? 'operator.movePaused' : move.switched ? 'operator.moveSwitched' : 'operator.moveRuns', values)
}

const stepWords = { copy: 'operator.stepCopy', settle: 'operator.stepSettle', check: 'operator.stepCheck', switch: 'operator.stepSwitch', prove: 'operator.stepProve' } as const

function Steps({ move }: { readonly move: Move }) {
  const { t, number } = usePreferences()
  const detail = {
    copy: move.total === undefined ? t('operator.stepCopySoon') : t('operator.stepCopyCount', { looked: number(move.looked), total: number(move.total), copied: number(move.copied) }),
    settle: t('operator.stepSettleCount', { count: move.waiting }),
    check: t('operator.stepCheckCount', { count: move.checked }),
    switch: t('operator.stepSwitchWords', { to: move.to }),
    prove: t('operator.stepProveWords'),
  }
  return (
    <>
      {move.state === 'copying' && <Progress value={copiedShare(move)} size="lg" mb="md" aria-label={t(stepWords.copy)} />}
      <ol className="cl-move-steps">
        {moveSteps(move).map(({ name, status }) => (
          <li key={name} data-status={status}>
            <div><span className="cl-step-name">{t(stepWords[name])}</span><span className="cl-note">{detail[name]}</span></div>
            <StatusBadge status={status} filled={status === 'bad'} />
          </li>
        ))}
      </ol>
      {move.problem !== undefined && <p className="cl-field-problem" lang="en">{move.problem}</p>}
      {move.paused && <p className="cl-note">{t('operator.pausedHint')}</p>}
    </>
  )
}

function Findings({ move }: { readonly move: Move }) {
  const { t } = usePreferences()
  return (
    <Section title={t('operator.findings', { count: move.findingsTotal })}>
      <ul className="cl-plain-list">
        {move.findings.map(({ what, item }) => <li key={`${what} ${item}`}>{t(what === 'lost' ? 'operator.findingLost' : 'operator.findingAltered')} <code>{item}</code></li>)}
      </ul>
      <p className="cl-note">{t('operator.findingsHint')}</p>
      <Facts facts={[{ label: t('operator.moveTo'), value: move.to }]} />
    </Section>
  )
}
