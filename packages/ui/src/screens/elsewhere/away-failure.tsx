import { Button } from '@mantine/core'
import { EmptyState, ErrorState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import type { ElsewherePlace } from '../../session/shapes.ts'

/** Why nothing can be read at another hospital: it does not answer, or does not let this hospital's people in. */
export function AwayFailure({ place, error, onRetry }: { readonly place: ElsewherePlace, readonly error: unknown, readonly onRetry: () => void }) {
  const { t } = usePreferences()
  const code = problemCode(error)
  const again = <Button variant="default" onClick={onRetry}>{t('state.tryAgain')}</Button>
  if (code === 'UNAVAILABLE' || code === 'BUSY') return <EmptyState icon="hourglass" title={t('elsewhere.silent', { place: place.title })} why={t('elsewhere.silentWhy')} action={again} />
  if (['NOT_ALLOWED', 'KEY_UNKNOWN', 'KEY_REVOKED'].includes(code)) return <EmptyState icon="lock" title={t('elsewhere.closed', { place: place.title })} why={t('elsewhere.closedWhy')} action={again} />
  return <ErrorState error={error} onRetry={onRetry} />
}
