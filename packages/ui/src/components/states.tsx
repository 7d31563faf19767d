import { useEffect, useState, type ReactNode } from 'react'
import { Button, Skeleton } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { asksForKey, problemCode } from '../session/problem.ts'
import { usePreferences } from '../session/preferences.tsx'
import { Icon, type IconName } from './icon.tsx'

/** True after so many milliseconds on screen. */
function useAfter(milliseconds: number): boolean {
  const [passed, setPassed] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setPassed(true), milliseconds)
    return () => clearTimeout(timer)
  }, [milliseconds])
  return passed
}

/** Loading: nothing to see for 200 ms but the space is kept; then bones of the final shape; after 2 s words. */
export function LoadingState({ rows = 5, height = 44 }: { readonly rows?: number, readonly height?: number }) {
  const { t } = usePreferences()
  const visible = useAfter(200)
  const long = useAfter(2_000)
  return (
    <div className="cl-loading" aria-busy="true" data-visible={visible || undefined}>
      <span className="cl-hidden">{t('state.loading')}</span>
      {Array.from({ length: rows }, (_, index) => <Skeleton key={index} height={height - 8} mb={8} />)}
      {long && <p className="cl-note">{t('state.stillLoading')}</p>}
    </div>
  )
}

interface MessageProps {
  readonly icon: IconName
  readonly title: string
  readonly why?: ReactNode
  readonly what?: ReactNode
  readonly action?: ReactNode
  readonly tone?: 'critical' | 'neutral'
  readonly alert?: boolean
}

function Message({ icon, title, why, what, action, tone = 'neutral', alert = false }: MessageProps) {
  return (
    <div className="cl-message" data-tone={tone} role={alert ? 'alert' : undefined}>
      <span className="cl-message-icon"><Icon name={icon} size={28} /></span>
      <div>
        <p className="cl-message-title">{title}</p>
        {why !== undefined && <p>{why}</p>}
        {what !== undefined && <p>{what}</p>}
        {action !== undefined && <div className="cl-message-act">{action}</div>}
      </div>
    </div>
  )
}

/** Nothing yet: why, and the one action that changes it. */
export function EmptyState({ title, why, action, icon = 'file' }: { readonly title: string, readonly why: string, readonly action?: ReactNode, readonly icon?: IconName }) {
  return <Message icon={icon} title={title} why={why} action={action} />
}

/** Nothing matches the filter: names it and offers to take it away. */
export function NothingMatches({ filter, onClear }: { readonly filter: string, readonly onClear: () => void }) {
  const { t } = usePreferences()
  return <Message icon="search" title={t('state.nothingMatches')} why={t('state.nothingMatchesWhy', { filter })} action={<Button variant="default" onClick={onClear}>{t('state.clear')}</Button>} />
}

/** Not shared: says nothing about whether anything exists. */
export function RefusedState({ action }: { readonly action?: ReactNode }) {
  const { t } = usePreferences()
  return <Message icon="lock" title={t('state.refusedTitle')} why={t('state.refusedWhy')} what={t('state.refusedDo')} action={action} />
}

/** A failure in three parts, with the code in small type. */
export function ErrorState({ error, onRetry }: { readonly error: unknown, readonly onRetry?: (() => void) | undefined }) {
  const { t } = usePreferences()
  const code = problemCode(error)
  if (asksForKey(error)) return <Message icon="key" title={t('account.keyTitle')} why={t('account.keyWhy')} what={t('account.keyDo')} alert />
  if (code === 'NOT_ALLOWED') return <RefusedState />
  const [happened, why, what] = t(`problem.${code}`).split('|') as [string, string, string]
  return (
    <Message icon="octagon" tone="critical" alert title={happened} why={why} what={<>{what} <span className="cl-code">{t('problem.code', { code })}</span></>}
      action={onRetry && <Button variant="default" onClick={onRetry}>{t('state.tryAgain')}</Button>} />
  )
}

/** Shows figures that could not be renewed, with their age. */
export function StaleNote({ at }: { readonly at: number }) {
  const { t, instant } = usePreferences()
  return <p className="cl-stale" role="status"><Icon name="hourglass" size={16} /> {t('state.stale', { time: instant(new Date(at), 'time') })}</p>
}

type Answer<Data> = Pick<UseQueryResult<Data>, 'error' | 'dataUpdatedAt'> & { readonly data?: Data | undefined, readonly refetch: () => unknown }

/** One of the five states of a query: loading, refused, failed, old, or its data. */
export function Outcome<Data>({ result, rows, height, children }: { readonly result: Answer<Data>, readonly rows?: number, readonly height?: number, readonly children: (data: Data) => ReactNode }) {
  if (result.data !== undefined) return <>{result.error !== null && <StaleNote at={result.dataUpdatedAt} />}{children(result.data)}</>
  if (result.error !== null) return <ErrorState error={result.error} onRetry={() => void result.refetch()} />
  return <LoadingState {...(rows !== undefined && { rows })} {...(height !== undefined && { height })} />
}
