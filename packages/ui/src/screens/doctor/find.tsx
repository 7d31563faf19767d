import { useRef, useState, type FormEvent } from 'react'
import { Button, SegmentedControl, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Page, Section } from '../../components/page.tsx'
import { EmptyState, ErrorState } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useSession } from '../../session/session.tsx'
import { useClient } from '../../session/services.tsx'
import { EmergencyLead } from '../consent/emergency-form.tsx'
import { AskAccess } from '../identity/ask-access.tsx'
import { PatientTable } from './patient-table.tsx'

type Way = 'number' | 'name'
type Problems = Partial<Record<'number' | 'family' | 'birthDate', WordKey>>

/** Finds one patient. What is typed stays in this component: never in the address, the title or the history. */
export function Find() {
  const { t } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const [way, setWay] = useState<Way>('number')
  const [fields, setFields] = useState({ number: '', family: '', birthDate: '' })
  const [problems, setProblems] = useState<Problems>({})
  const form = useRef<HTMLFormElement>(null)
  const find = useMutation({
    mutationFn: (asked: typeof fields) => client.hospital.patients.find.query(way === 'number' ? { identifier: { value: asked.number.trim() } } : { family: asked.family.trim(), birthDate: asked.birthDate }),
  })

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const missing: Problems = way === 'number' ? { ...(!fields.number.trim() && { number: 'find.needNumber' }) } : { ...(!fields.family.trim() && { family: 'find.needFamily' }), ...(!fields.birthDate && { birthDate: 'find.needBirthDate' }) }
    setProblems(missing)
    if (Object.keys(missing).length === 0) return find.mutate(fields)
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }
  const field = (name: keyof typeof fields) => ({
    name, value: fields[name], required: true, withAsterisk: false, error: problems[name] && t(problems[name]), autoComplete: 'off',
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => setFields({ ...fields, [name]: event.currentTarget.value }),
  })

  return (
    <Page title={t('find.title')} width="read" answer={t('find.answer')}>
      <form ref={form} onSubmit={submit} noValidate className="cl-card cl-section" data-filter>
        <Stack gap="md">
          <SegmentedControl aria-label={t('find.how')} size="md" value={way} onChange={(value) => { setWay(value as Way); setProblems({}); find.reset() }} data={[{ value: 'number', label: t('find.byNumber') }, { value: 'name', label: t('find.byName') }]} />
          {way === 'number' && <TextInput label={t('find.number')} description={t('find.numberHint')} {...field('number')} />}
          {way === 'name' && <TextInput label={t('find.family')} description={t('find.familyHint')} {...field('family')} />}
          {way === 'name' && <TextInput type="date" label={t('find.birthDate')} {...field('birthDate')} />}
          <div><Button type="submit" loading={find.isPending}>{t('find.find')}</Button></div>
        </Stack>
      </form>
      <div role="status" aria-live="polite">
        {find.data && find.data.items.length > 0 && <Section title={t('find.found', { count: find.data.items.length })} plain><PatientTable items={find.data.items} /></Section>}
        {find.data?.items.length === 0 && <EmptyState title={t('find.none')} why={t('find.noneWhy')} icon="search" />}
      </div>
      {find.error !== null && <ErrorState error={find.error} onRetry={() => find.mutate(fields)} />}
      <AskAccess />
      {actor?.roles.includes('doctor') && <EmergencyLead />}
    </Page>
  )
}
