import { useRef, useState, type FormEvent } from 'react'
import { Button, NativeSelect, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Section } from '../../components/page.tsx'
import { ErrorState } from '../../components/states.tsx'
import type { WordKey } from '../../i18n/translate.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { DAYS } from '../patient/consent-draft.ts'
import { purposeWord, type Purpose } from '../patient/purposes.ts'

type Problems = Partial<Record<'number' | 'birthDate', WordKey>>
const purposes: readonly Purpose[] = ['treatment', 'payment', 'research']

/** Asks a person for access, by the whole number and birth date. The words afterwards are the same whoever it is. What is typed stays here. */
export function AskAccess() {
  const { t, instant } = usePreferences()
  const client = useClient()
  const [fields, setFields] = useState({ number: '', birthDate: '' })
  const [purpose, setPurpose] = useState<Purpose>('treatment')
  const [days, setDays] = useState(30)
  const [problems, setProblems] = useState<Problems>({})
  const form = useRef<HTMLFormElement>(null)
  const ask = useMutation({
    mutationFn: ({ number, birthDate }: typeof fields) => client.hospital.requests.ask.mutate({ identifier: { value: number.trim() }, birthDate, purpose, days, direct: false }),
    onSuccess: () => setFields({ number: '', birthDate: '' }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const missing: Problems = { ...(!fields.number.trim() && { number: 'ask.needNumber' }), ...(!fields.birthDate && { birthDate: 'ask.needBirthDate' }) }
    setProblems(missing)
    if (Object.keys(missing).length === 0) return ask.mutate(fields)
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
  }
  const field = (name: keyof typeof fields) => ({
    value: fields[name], required: true, withAsterisk: false, error: problems[name] && t(problems[name]), autoComplete: 'off',
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => { setFields({ ...fields, [name]: event.currentTarget.value }); ask.reset() },
  })
  return (
    <Section title={t('ask.title')}>
      <p className="cl-note">{t('ask.why')}</p>
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput label={t('ask.number')} {...field('number')} />
          <TextInput type="date" label={t('ask.birthDate')} {...field('birthDate')} />
          <NativeSelect label={t('ask.purpose')} value={purpose} onChange={(event) => setPurpose(event.currentTarget.value as Purpose)} data={purposes.map((value) => ({ value, label: t(purposeWord(value)) }))} />
          <NativeSelect label={t('ask.days')} value={String(days)} onChange={(event) => setDays(Number(event.currentTarget.value))} data={DAYS.map((value) => ({ value: String(value), label: t('ask.day', { count: value }) }))} />
          <div><Button type="submit" variant="default" loading={ask.isPending}>{t('ask.ask')}</Button></div>
        </Stack>
      </form>
      <div role="status" aria-live="polite">{ask.data && <><p><strong>{t('ask.asked')}</strong></p><p className="cl-note">{t('ask.askedWhen', { date: instant(ask.data.ends, 'date') })}</p></>}</div>
      {ask.error !== null && <ErrorState error={ask.error} onRetry={() => ask.mutate(fields)} />}
    </Section>
  )
}
