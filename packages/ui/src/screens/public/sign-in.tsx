import { useState } from 'react'
import { useNavigate } from 'react-router'
import { FileDrop } from '../../components/file-drop.tsx'
import { Page } from '../../components/page.tsx'
import { ErrorState, LoadingState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useSession } from '../../session/session.tsx'
import { homeOf } from '../../shell/navigation.ts'

/** Signs in with a key file: kept so that it can sign and never be read out again. */
export function SignIn() {
  const { t } = usePreferences()
  const { signInWith, status } = useSession()
  const navigate = useNavigate()
  const [problem, setProblem] = useState(false)
  const [error, setError] = useState<unknown>()

  const use = async (file: File): Promise<void> => {
    setProblem(false)
    setError(undefined)
    const jwk = await readKey(file)
    if (jwk === undefined) return setProblem(true)
    try {
      await navigate(homeOf(await signInWith(jwk)))
    } catch (failure) {
      if (failure instanceof TypeError || (failure as { readonly name?: unknown }).name === 'ProofError') setProblem(true)
      else setError(failure)
    }
  }
  return (
    <Page title={t('keys.ownTitle')} width="read" answer={t('keys.ownAnswer')}>
      <FileDrop title={t('keys.choose')} hint={t('keys.fileHint')} accept=".json,.jwk,application/json" onFile={(file) => void use(file)} />
      {status === 'signing-in' && <LoadingState rows={1} />}
      {problem && <p className="cl-field-problem" role="alert">{t('keys.notAKey')}</p>}
      {error !== undefined && <ErrorState error={error} />}
    </Page>
  )
}

async function readKey(file: File): Promise<unknown> {
  try {
    return file.size < 10_000 ? (JSON.parse(await file.text()) as unknown) : undefined
  } catch {
    return undefined
  }
}
