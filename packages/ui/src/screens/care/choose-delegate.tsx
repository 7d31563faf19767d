import { useState } from 'react'
import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { giveDelegation, type DelegationTerms, type SubjectAt } from '@careledger/client'
import { ErrorState, Outcome } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'

/** The patient lets somebody act for them. */
export function ChooseDelegate() {
  const { t } = usePreferences()
  const client = useClient()
  const [open, setOpen] = useState(false)
  const subjects = useOperation(client.hospital.consents.subjects, 'hospital.consents.subjects', {}, { enabled: open })
  if (!open) return <div className="cl-decide"><Button variant="default" onClick={() => setOpen(true)}>{t('care.add')}</Button></div>
  return <Outcome result={subjects} rows={3}>{({ items }) => <DelegateForm places={items} bases={['chosen']} submit={t('care.give')} />}</Outcome>
}

interface FormProps {
  readonly places: readonly (SubjectAt & { readonly custodianName?: string })[]
  readonly bases: readonly [DelegationTerms['basis'], ...DelegationTerms['basis'][]]
  readonly submit: string
}

type Problem = 'care.problemNumber' | 'care.problemUntil' | 'care.problemUnknown'
const basisWords = { 'chosen': 'care.basisChosen', 'parent': 'care.basisParent', 'legal-guardian': 'care.basisGuardian' } as const

/** Who, for what, and until when; the same for the patient and for the clerk who enters a parent. */
export function DelegateForm({ places, bases, submit }: FormProps) {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const [place, setPlace] = useState(0)
  const [delegate, setDelegate] = useState('')
  const [basis, setBasis] = useState<DelegationTerms['basis']>(bases[0])
  const [share, setShare] = useState(bases[0] !== 'chosen')
  const [until, setUntil] = useState(() => nextYear(client.now()))
  const [problem, setProblem] = useState<Problem>()
  const [error, setError] = useState<unknown>()
  const [given, setGiven] = useState<string>()
  const [busy, setBusy] = useState(false)
  const at = places[place]

  const give = async (): Promise<void> => {
    setError(undefined)
    setGiven(undefined)
    const found = problemOf(delegate.trim(), until, client.now(), basis)
    setProblem(found)
    if (found !== undefined || at === undefined) return
    setBusy(true)
    try {
      await giveDelegation(client, at, { delegate: delegate.trim(), basis, scope: share ? ['read', 'consent'] : ['read'], until })
      setGiven(until)
      await queries.invalidateQueries()
    } catch (failure) {
      if (problemCode(failure) === 'INPUT_MALFORMED') setProblem('care.problemUnknown')
      else setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form className="cl-form cl-form-open" noValidate onSubmit={(event) => { event.preventDefault(); void give() }}>
      {places.length > 1 && <NativeSelect label={t('care.where')} value={String(place)} data={places.map(({ custodianName, custodian }, index) => ({ value: String(index), label: custodianName ?? custodian }))} onChange={(event) => setPlace(Number(event.currentTarget.value))} />}
      <TextInput label={t('care.number')} description={t('care.numberHint')} value={delegate} maxLength={64} autoComplete="off" spellCheck={false} onChange={(event) => setDelegate(event.currentTarget.value)} error={(problem === 'care.problemNumber' || problem === 'care.problemUnknown') && t(problem)} />
      {bases.length > 1 && <NativeSelect label={t('care.basisLabel')} value={basis} data={bases.map((one) => ({ value: one, label: t(basisWords[one]) }))} onChange={(event) => setBasis(event.currentTarget.value as DelegationTerms['basis'])} />}
      <Checkbox label={t('care.share')} checked={share} onChange={(event) => setShare(event.currentTarget.checked)} />
      <TextInput type="date" label={t('care.howLong')} description={basis === 'chosen' ? t('care.howLongHint') : undefined} value={until} onChange={(event) => setUntil(event.currentTarget.value)} error={problem === 'care.problemUntil' && t(problem)} />
      {error !== undefined && <ErrorState error={error} />}
      {given !== undefined && <p className="cl-notice" role="status">{t('care.given', { date: instant(`${given}T00:00:00.000Z`, 'date') })}</p>}
      <div className="cl-decide"><Button type="submit" loading={busy}>{submit}</Button></div>
    </form>
  )
}

function nextYear(now: Date): string {
  return new Date(Date.UTC(now.getUTCFullYear() + 1, now.getUTCMonth(), now.getUTCDate())).toISOString().slice(0, 10)
}

function problemOf(delegate: string, until: string, now: Date, basis: DelegationTerms['basis']): Problem | undefined {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(delegate)) return 'care.problemNumber'
  const latest = new Date(Date.UTC(now.getUTCFullYear() + (basis === 'chosen' ? 5 : 21), now.getUTCMonth(), now.getUTCDate())).toISOString().slice(0, 10)
  return /^\d{4}-\d{2}-\d{2}$/.test(until) && until > now.toISOString().slice(0, 10) && until <= latest ? undefined : 'care.problemUntil'
}
