import { useRef, useState, type FormEvent } from 'react'
import { Button, Checkbox, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useParams, useSearchParams } from 'react-router'
import { openInEmergency } from '@careledger/client'
import { Page, Section } from '../../components/page.tsx'
import { Rich } from '../../components/rich.tsx'
import { EmptyState, ErrorState } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { problemCode } from '../../session/problem.ts'
import { useKept } from '../../session/kept.ts'
import { useClient } from '../../session/services.tsx'
import { SensitiveChoice, type Sensitivity } from './sensitive-kinds.tsx'

export const EMERGENCY_REASON_WORDS = { 'unconscious': 'emergency.reasonUnconscious', 'cannot-communicate': 'emergency.reasonCannot', 'no-time': 'emergency.reasonNoTime', 'other': 'emergency.reasonOther' } as const satisfies Readonly<Record<string, WordKey>>
type Reason = keyof typeof EMERGENCY_REASON_WORDS
const REASONS = Object.keys(EMERGENCY_REASON_WORDS) as readonly Reason[]
type Field = 'number' | 'birthDate' | 'reason' | 'text' | 'kinds' | 'attest'

/** Opens a record without permission. The test stands first, nothing is chosen beforehand, and no single key does it. What is typed stays here. */
export function EmergencyForm() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const queries = useQueryClient()
  const { patient } = useParams()
  const [search] = useSearchParams()
  const seal = patient !== undefined && search.get('opens') === 'seal'
  const [fields, setFields, forget] = useKept(`emergency/${patient ?? ''}`, { number: '', birthDate: '', text: '' })
  const [reason, setReason] = useState<Reason>()
  const [kinds, setKinds] = useState<readonly Sensitivity[]>([])
  const [attested, setAttested] = useState(false)
  const [problems, setProblems] = useState<Partial<Record<Field, WordKey>>>({})
  const form = useRef<HTMLFormElement>(null)
  const opening = useMutation({
    mutationFn: () => openInEmergency(client, patient === undefined ? { identifier: { value: fields.number.trim() }, birthDate: fields.birthDate } : { patient }, {
      opens: seal ? 'seal' : 'record', reason: reason as Reason, text: fields.text.trim(), ...(kinds.length > 0 && { sensitive: [...kinds] }),
    }),
    onSuccess: () => { forget(); return queries.invalidateQueries() },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const missing: Partial<Record<Field, WordKey>> = {
      ...(patient === undefined && !fields.number.trim() && { number: 'emergency.needNumber' }), ...(patient === undefined && !fields.birthDate && { birthDate: 'emergency.needBirthDate' }),
      ...(!reason && { reason: 'emergency.needReason' }), ...(fields.text.trim().length < 3 && { text: 'emergency.needText' }), ...(seal && kinds.length === 0 && { kinds: 'emergency.needKinds' }), ...(!attested && { attest: 'emergency.needAttest' }),
    }
    setProblems(missing)
    if (Object.keys(missing).length === 0) return opening.mutate()
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-error] input')?.focus())
  }
  /** What was wrong with a field is not said any longer once it is changed. */
  const settle = (field: Field): void => {
    setProblems(({ [field]: _settled, ...others }) => others)
    opening.reset()
  }
  const problem = (field: Field): string | undefined => (problems[field] ? t(problems[field]) : undefined)
  const text = (name: keyof typeof fields) => ({
    value: fields[name], required: true, withAsterisk: false, error: problem(name), autoComplete: 'off',
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => { setFields({ ...fields, [name]: event.currentTarget.value }); settle(name) },
  })

  if (opening.data) {
    return (
      <Page title={t('emergency.found')} width="read" answer={t('emergency.hours')}>
        <ul className="cl-lines cl-card" role="status">
          {opening.data.map((one) => <li key={one.id} className="cl-line"><Link className="cl-row-link" to={`/patients/${one.patient}`}>{t('emergency.foundAt', { place: one.custodianName, time: instant(one.until, 'time') })}</Link></li>)}
        </ul>
      </Page>
    )
  }
  return (
    <Page title={t(seal ? 'emergency.sealTitle' : 'emergency.title')} width="read">
      <form ref={form} onSubmit={submit} noValidate className="cl-emergency">
        <p className="cl-emergency-test"><Rich k={seal ? 'emergency.sealTest' : 'emergency.test'} /></p>
        <Stack gap="md">
          {patient === undefined && <TextInput label={t('emergency.number')} description={t('emergency.numberHint')} {...text('number')} />}
          {patient === undefined && <TextInput type="date" label={t('emergency.birthDate')} {...text('birthDate')} />}
          <Radio.Group label={t('emergency.reason')} value={reason ?? ''} onChange={(value) => { setReason(value as Reason); settle('reason') }} error={problem('reason')}>
            <Stack gap="sm" mt="xs">{REASONS.map((value) => <Radio key={value} value={value} label={t(EMERGENCY_REASON_WORDS[value])} />)}</Stack>
          </Radio.Group>
          <Textarea label={t('emergency.text')} description={t('emergency.textHint')} maxLength={500} autosize minRows={2} {...text('text')} />
          <SensitiveChoice label={t('emergency.kinds')} hint={t('emergency.kindsHint')} value={kinds} onChange={(chosen) => { setKinds(chosen); settle('kinds') }} error={problem('kinds')} />
          <Checkbox checked={attested} onChange={(event) => { setAttested(event.currentTarget.checked); settle('attest') }} label={t('emergency.attest')} error={problem('attest')} />
          <p>{t('emergency.hours')}</p>
          <div className="cl-decide">
            <Button type="submit" size="lg" loading={opening.isPending}>{t(seal ? 'emergency.openSeal' : 'emergency.open')}</Button>
            <Button size="lg" variant="default" component={Link} to={patient === undefined ? '/patients/find' : `/patients/${patient}`}>{t(patient === undefined ? 'emergency.back' : 'emergency.backChart')}</Button>
          </div>
        </Stack>
      </form>
      {opening.error !== null && (problemCode(opening.error) === 'NOT_ALLOWED' ? <EmptyState icon="search" title={t('emergency.nothing')} why={t('emergency.nothingWhy')} /> : <ErrorState error={opening.error} onRetry={() => opening.mutate()} />)}
    </Page>
  )
}

/** The way there from where one looks for people. */
export function EmergencyLead() {
  const { t } = usePreferences()
  return (
    <Section title={t('emergency.title')}>
      <p className="cl-note">{t('emergency.findLead')}</p>
      <div><Button component={Link} to="/patients/emergency" variant="default">{t('emergency.findOpen')}</Button></div>
    </Section>
  )
}
