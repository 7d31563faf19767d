import { useState } from 'react'
import { Button, PasswordInput } from '@mantine/core'
import { importCarried, openCarryFile, type CarryFile, type CarryKey, type CheckedCarryFile, type ImportResult } from '@careledger/client'
import { FileDrop } from '../../../components/file-drop.tsx'
import { ErrorState, EmptyState } from '../../../components/states.tsx'
import { problemCode } from '../../../session/problem.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useSession } from '../../../session/session.tsx'
import { useClient } from '../../../session/services.tsx'
import { Imported } from './bundle-view.tsx'
import { FileView } from './proofs-view.tsx'

/** Opens an encrypted file with its passphrase or key, checks every proof, and lets a hospital's people bring the records in. */
export function OpenFile({ text, lock }: { readonly text: string, readonly lock: 'passphrase' | 'key' }) {
  const { t, instant } = usePreferences()
  const [file, setFile] = useState<CarryFile>()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const open = async (key: CarryKey): Promise<void> => {
    setBusy(true)
    setError(undefined)
    await openCarryFile(text, key).then(setFile, setError)
    setBusy(false)
  }
  if (file) return <><p className="cl-note">{t('show.fileFrom', { date: instant(file.made, 'patient'), place: file.custodian.name })}</p><FileView file={file} after={(checked) => <Bring checked={checked} />} /></>
  return (
    <>
      {lock === 'passphrase' ? <AskPhrase busy={busy} onOpen={(passphrase) => void open({ passphrase })} /> : <AskKey onOpen={(privateKey) => void open({ privateKey })} />}
      {error !== undefined && (problemCode(error) === 'COMMITMENT_MISMATCH' ? <EmptyState title={t('show.altered')} why={t('show.alteredWhy')} icon="octagon" /> : <ErrorState error={error} />)}
    </>
  )
}

function AskPhrase({ busy, onOpen }: { readonly busy: boolean, readonly onOpen: (passphrase: string) => void }) {
  const { t } = usePreferences()
  const [phrase, setPhrase] = useState('')
  return (
    <form className="cl-form cl-form-open" onSubmit={(event) => { event.preventDefault(); onOpen(phrase) }}>
      <PasswordInput size="md" label={t('show.passphrase')} description={t('show.passphraseHint')} value={phrase} autoComplete="off" onChange={(event) => setPhrase(event.currentTarget.value)} visibilityToggleButtonProps={{ 'aria-label': t('show.passphrase'), tabIndex: 0 }} />
      <div className="cl-decide"><Button type="submit" loading={busy} disabled={phrase === ''}>{t('show.open')}</Button></div>
    </form>
  )
}

type PrivateKey = Extract<CarryKey, { readonly privateKey: unknown }>['privateKey']

function AskKey({ onOpen }: { readonly onOpen: (key: PrivateKey) => void }) {
  const { t } = usePreferences()
  const [bad, setBad] = useState(false)
  const read = async (file: File): Promise<void> => {
    try {
      const { kty, crv, x, y, d } = JSON.parse(await file.text()) as Record<string, string | undefined>
      setBad(kty !== 'EC' || crv !== 'P-256' || !x || !y || !d)
      if (kty === 'EC' && crv === 'P-256' && x && y && d) onOpen({ kty, crv, x, y, d })
    } catch {
      setBad(true)
    }
  }
  return (
    <div className="cl-form cl-form-open">
      <p>{t('show.keyNeeded')}</p>
      <FileDrop compact title={t('show.keyDrop')} hint={t('show.keyHint')} accept=".json,application/json" onFile={(file) => void read(file)} />
      {bad && <p className="cl-field-problem" role="alert">{t('show.keyBad')}</p>}
    </div>
  )
}

function Bring({ checked }: { readonly checked: CheckedCarryFile }) {
  const { t } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<ImportResult>()
  const [error, setError] = useState<unknown>()
  if (!actor?.roles.some((role) => role === 'doctor' || role === 'records-clerk')) return null
  if (!checked.valid) return <p className="cl-notice">{t('show.importNot')}</p>
  if (result) return <Imported result={result} />
  const bring = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    await importCarried(client, checked).then(setResult, setError)
    setBusy(false)
  }
  return (
    <section className="cl-cheat">
      <h3>{t('show.import')}</h3>
      <p>{t('show.importWhat')}</p>
      {error !== undefined && <ErrorState error={error} />}
      <Button loading={busy} onClick={() => void bring()}>{t(busy ? 'show.importing' : 'show.import')}</Button>
    </section>
  )
}
