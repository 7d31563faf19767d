import { useEffect, useRef, useState } from 'react'
import { Button } from '@mantine/core'
import { Link, useLocation, useNavigate } from 'react-router'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { beginByAccount, finishByAccount } from '../../session/account.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import { useOperation } from '../../session/query.ts'
import { useServices } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { homeOf } from '../../shell/navigation.ts'

/** The way in by an account, where the operator has set a provider; nothing where not. */
export function AccountButton({ onError }: { readonly onError: (error: unknown) => void }) {
  const { t } = usePreferences()
  const { client, keyring } = useServices()
  const provider = useOperation(client.session.account.provider, 'session.account.provider', {})
  const name = provider.data?.name
  if (name === undefined) return null
  return <div className="cl-decide"><Button size="md" variant="default" leftSection={<Icon name="building" size={20} />} onClick={() => void beginByAccount(client, keyring).catch(onError)}>{t('account.with', { provider: name })}</Button><span className="cl-note">{t('account.hint')}</span></div>
}

/** Where the provider sends the browser back to. */
export function AccountReturn() {
  const { t } = usePreferences()
  const { keyring } = useServices()
  const { signInByAccount } = useSession()
  const { search } = useLocation()
  const navigate = useNavigate()
  const started = useRef(false)
  const [failed, setFailed] = useState<unknown>()
  const [strange, setStrange] = useState(false)
  useEffect(() => {
    if (started.current) return
    started.current = true
    void finishByAccount(keyring, signInByAccount, search).then((actor) => (actor === undefined ? setStrange(true) : navigate(homeOf(actor), { replace: true }))).catch(setFailed)
  }, [keyring, signInByAccount, search, navigate])
  const why = strange ? 'account.failedAttempt' : whyOf(failed)
  return (
    <Page title={t('account.title')} width="read" answer={t('account.answer')}>
      {why !== undefined ? <EmptyState icon="lock" title={t('account.failedTitle')} why={t(why)} action={<Button component={Link} to="/sign-in">{t('account.again')}</Button>} />
        : failed !== undefined ? <ErrorState error={failed} /> : <LoadingState rows={1} />}
    </Page>
  )
}

function whyOf(failed: unknown): WordKey | undefined {
  const check = (failed as { readonly details?: { readonly check?: unknown } } | undefined)?.details?.check
  if (failed === undefined || problemCode(failed) !== 'NOT_SIGNED_IN') return undefined
  return check === 'account' ? 'account.failedUnknown' : 'account.failedAttempt'
}
