import { useState } from 'react'
import { Button, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from 'react-router'
import { addDevice, findAskingDevice, type AskingDevice } from '@careledger/client'
import { keyCode, readKeyCode } from '@careledger/proof'
import { Facts } from '../../components/facts.tsx'
import { Page } from '../../components/page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import { useClient } from '../../session/services.tsx'

type Step = { readonly at: 'code' } | { readonly at: 'check', readonly device: AskingDevice } | { readonly at: 'added', readonly name: string }

/** The code of the new device, a look at what it is, then a signature that lets it in. */
export function AddDevice() {
  const { t } = usePreferences()
  const [step, setStep] = useState<Step>({ at: 'code' })
  return (
    <Page title={t('device.addTitle')} width="read" answer={step.at === 'code' ? t('device.addAnswer') : undefined}>
      {step.at === 'code' && <EnterCode onFound={(device) => setStep({ at: 'check', device })} />}
      {step.at === 'check' && <Check device={step.device} onAdded={(name) => setStep({ at: 'added', name })} onBack={() => setStep({ at: 'code' })} />}
      {step.at === 'added' && (
        <>
          <p className="cl-notice" role="status">{t('device.added', { name: step.name })}</p>
          <div className="cl-decide"><Button component={Link} to="/me/keys">{t('keys.title')}</Button></div>
        </>
      )}
    </Page>
  )
}

export function EnterCode({ onFound, onBack, submit }: { readonly onFound: (device: AskingDevice) => void, readonly onBack?: () => void, readonly submit?: string }) {
  const { t } = usePreferences()
  const client = useClient()
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<'device.codeProblem' | 'device.codeNone' | 'device.codeFalse'>()
  const [error, setError] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const find = async (): Promise<void> => {
    const code = readKeyCode(text)
    setProblem(undefined)
    setError(undefined)
    if (code.length !== 14) return setProblem('device.codeProblem')
    setBusy(true)
    try {
      onFound(await findAskingDevice(client, code))
    } catch (failure) {
      const known = problemCode(failure)
      if (known === 'NOT_ALLOWED' || known === 'INPUT_MALFORMED') setProblem('device.codeNone')
      else if (known === 'SIGNATURE_INVALID') setProblem('device.codeFalse')
      else setError(failure)
      setBusy(false)
    }
  }
  return (
    <form className="cl-form cl-form-open" noValidate onSubmit={(event) => { event.preventDefault(); void find() }}>
      <TextInput size="md" label={t('device.codeLabel')} description={t('device.codeHint')} value={text} autoComplete="off" autoCapitalize="characters" spellCheck={false} maxLength={24} onChange={(event) => setText(event.currentTarget.value)} error={problem && t(problem)} />
      {error !== undefined && <ErrorState error={error} onRetry={() => void find()} />}
      <div className="cl-decide"><Button type="submit" loading={busy}>{submit ?? t('device.find')}</Button>{onBack === undefined ? <Button component={Link} to="/me/keys" variant="default">{t('shell.back')}</Button> : <Button variant="default" onClick={onBack}>{t('shell.back')}</Button>}</div>
    </form>
  )
}

function Check({ device, onAdded, onBack }: { readonly device: AskingDevice, readonly onAdded: (name: string) => void, readonly onBack: () => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const name = device.name ?? t('device.unnamed')
  const add = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await addDevice(client, device)
      await queries.invalidateQueries()
      onAdded(name)
    } catch (failure) {
      setError(failure)
      setBusy(false)
    }
  }
  return (
    <>
      <h2>{t('device.check')}</h2>
      <Facts facts={[{ label: t('device.checkName'), value: name }, { label: t('device.checkCode'), value: <code>{keyCode(device.key)}</code> }]} />
      <p>{t('device.checkText')}</p>
      {error !== undefined && <ErrorState error={error} />}
      <div className="cl-decide"><Button loading={busy} onClick={() => void add()}>{t('device.addDo')}</Button><Button variant="default" onClick={onBack}>{t('shell.back')}</Button></div>
    </>
  )
}
