import { useState } from 'react'
import { Button, Checkbox, Radio, Stack, TextInput } from '@mantine/core'
import { Link } from 'react-router'
import { fetchCarried, newPassphrase, PASSPHRASE_MIN, sealCarryFile, type CarryLock } from '@careledger/client'
import { jwkThumbprint, randomBytes, toPublicJwk, type P256Jwk } from '@careledger/proof'
import { CopyLine } from '../../../components/copy-line.tsx'
import { downloadFile } from '../../../components/facts.tsx'
import { FileDrop } from '../../../components/file-drop.tsx'
import { Page } from '../../../components/page.tsx'
import { RichText } from '../../../components/rich.tsx'
import { ErrorState } from '../../../components/states.tsx'
import { usePreferences } from '../../../session/preferences.tsx'
import { useClient } from '../../../session/services.tsx'
import type { PatientSummary } from '../../../session/shapes.ts'
import { KindsChoice } from './make-link.tsx'
import { PlaceChoice, WithPlaces } from './place-choice.tsx'
import { Problems } from './problems.tsx'

/** Chosen records with their proofs in one file that only a passphrase, or one person's key, opens. */
export function MakeFile() {
  const { t } = usePreferences()
  const [packed, setPacked] = useState<number>()
  return (
    <Page title={t('carry.fileTitle')} width="read" answer={packed === undefined ? t('carry.fileAnswer') : t('carry.packed', { count: packed })}>
      {packed === undefined ? <WithPlaces>{(places) => <Form places={places} onPacked={setPacked} />}</WithPlaces> : (
        <>
          <p className="cl-receipt" role="status"><RichText text={t('carry.packedWhat')} /></p>
          <div className="cl-decide"><Button component={Link} to="/me/carry">{t('carry.title')}</Button><Button variant="default" onClick={() => setPacked(undefined)}>{t('carry.another')}</Button></div>
        </>
      )}
    </Page>
  )
}

type Problem = 'carry.problemKinds' | 'carry.problemPhrase' | 'carry.problemKey'

function Form({ places, onPacked }: { readonly places: readonly [PatientSummary, ...PatientSummary[]], readonly onPacked: (count: number) => void }) {
  const { t } = usePreferences()
  const client = useClient()
  const [place, setPlace] = useState(places[0])
  const [kinds, setKinds] = useState<readonly string[]>(['Observation', 'Condition', 'AllergyIntolerance', 'MedicationRequest', 'Immunization'])
  const [from, setFrom] = useState('')
  const [lock, setLock] = useState<'phrase' | 'key'>('phrase')
  const [phrase, setPhrase] = useState(() => newPassphrase(randomBytes(25)))
  const [recipient, setRecipient] = useState<P256Jwk>()
  const [tried, setTried] = useState(false)
  const [progress, setProgress] = useState<{ readonly done: number, readonly total: number }>()
  const [error, setError] = useState<unknown>()
  const problems: Problem[] = [
    ...(kinds.length === 0 ? ['carry.problemKinds' as const] : []),
    ...(lock === 'phrase' && phrase.trim().length < PASSPHRASE_MIN ? ['carry.problemPhrase' as const] : []),
    ...(lock === 'key' && !recipient ? ['carry.problemKey' as const] : []),
  ]
  const pack = async (): Promise<void> => {
    setTried(true)
    if (problems.length > 0) return
    setError(undefined)
    setProgress({ done: 0, total: 0 })
    try {
      const file = await fetchCarried(client, { patient: place.patient, custodian: { party: place.custodian, name: place.custodianName }, types: kinds, ...(from !== '' && { from }) }, { onProgress: (done, total) => setProgress({ done, total }) })
      const how: CarryLock = lock === 'key' && recipient ? { recipient } : { passphrase: phrase }
      downloadFile(`records-${file.made.slice(0, 10)}.careledger`, await sealCarryFile(file, how), 'application/jose')
      onPacked(file.proofs.length)
    } catch (failure) {
      setError(failure)
      setProgress(undefined)
    }
  }
  return (
    <form className="cl-form cl-form-open" noValidate onSubmit={(event) => { event.preventDefault(); void pack() }}>
      <Problems title={t('carry.fileTitle')} problems={tried ? problems.map((key) => t(key)) : []} />
      <PlaceChoice places={places} value={place} onChange={setPlace} />
      <KindsChoice value={kinds} onChange={setKinds} error={tried && kinds.length === 0 ? t('carry.problemKinds') : undefined} />
      <TextInput type="date" label={t('carry.from')} description={t('carry.fromHint')} value={from} onChange={(event) => setFrom(event.currentTarget.value)} />
      <Radio.Group size="md" label={t('carry.lock')} value={lock} onChange={(value) => setLock(value === 'key' ? 'key' : 'phrase')}>
        <Stack gap="sm" mt="xs">
          <Radio value="phrase" label={t('carry.lockPass')} />
          <Radio value="key" label={t('carry.lockKey')} description={t('carry.lockKeyHint')} />
        </Stack>
      </Radio.Group>
      {lock === 'phrase' ? <Phrase value={phrase} onChange={setPhrase} error={tried && phrase.trim().length < PASSPHRASE_MIN ? t('carry.problemPhrase') : undefined} /> : <RecipientKey value={recipient} onChange={setRecipient} />}
      {error !== undefined && <ErrorState error={error} onRetry={() => void pack()} />}
      <div className="cl-decide">
        <Button type="submit" loading={progress !== undefined}>{t('carry.pack')}</Button>
        {progress !== undefined && progress.total > 0 && <span role="status">{t(progress.done < progress.total ? 'carry.packing' : 'carry.sealing', { done: progress.done, total: progress.total })}</span>}
        <Button component={Link} to="/me/carry" variant="default">{t('shell.back')}</Button>
      </div>
    </form>
  )
}

function Phrase({ value, onChange, error }: { readonly value: string, readonly onChange: (phrase: string) => void, readonly error: string | undefined }) {
  const { t } = usePreferences()
  const [written, setWritten] = useState(false)
  return (
    <>
      <div className="cl-with-button">
        <TextInput label={t('carry.phrase')} description={t('carry.phraseHint')} value={value} autoComplete="off" spellCheck={false} onChange={(event) => onChange(event.currentTarget.value)} error={error} />
        <CopyLine value={value} copy={t('state.copy')} copied={t('carry.copied')} />
      </div>
      <Checkbox checked={written} onChange={(event) => setWritten(event.currentTarget.checked)} label={t('carry.phraseWritten')} />
    </>
  )
}

function RecipientKey({ value, onChange }: { readonly value: P256Jwk | undefined, readonly onChange: (key: P256Jwk | undefined) => void }) {
  const { t } = usePreferences()
  const [bad, setBad] = useState(false)
  const read = async (file: File): Promise<void> => {
    try {
      const { kty, crv, x, y } = JSON.parse(await file.text()) as Record<string, string>
      const key = toPublicJwk({ kty, crv, x, y } as never)
      onChange(key.kty === 'EC' ? key : undefined)
      setBad(key.kty !== 'EC')
    } catch {
      onChange(undefined)
      setBad(true)
    }
  }
  return (
    <div>
      <FileDrop compact title={t('carry.keyDrop')} hint={value ? t('carry.keyChosen', { key: jwkThumbprint(value).slice(0, 12) }) : t('carry.lockKeyHint')} accept=".json,application/json" onFile={(file) => void read(file)} />
      {bad && <p className="cl-field-problem" role="alert">{t('carry.keyBad')}</p>}
    </div>
  )
}
