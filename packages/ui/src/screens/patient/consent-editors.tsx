import { useState } from 'react'
import { Checkbox, Radio, Stack, TextInput } from '@mantine/core'
import { LoadingState, ErrorState } from '../../components/states.tsx'
import { KINDS, kindName } from '../../records/kinds.ts'
import { roleWord } from '../../shell/navigation.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useOperation } from '../../session/query.ts'
import type { DirectoryItem } from '../../session/shapes.ts'
import { WhoseRecords } from '../care/ward-name.tsx'
import { SensitiveChoice } from '../consent/sensitive-kinds.tsx'
import { DAYS, mayBeDirect, type ConsentDraft, type SharedFrom } from './consent-draft.ts'
import { purposeChoice, purposeChoiceFor, PURPOSES } from './purposes.ts'

interface EditorProps {
  readonly draft: ConsentDraft
  readonly onChange: (draft: ConsentDraft) => void
}

export function FromEditor({ draft, onChange, subjects }: EditorProps & { readonly subjects: readonly SharedFrom[] }) {
  const { t } = usePreferences()
  return (
    <Radio.Group aria-label={t('sharing.from')} value={draft.from?.patient ?? ''} onChange={(patient) => onChange({ ...draft, from: subjects.find((subject) => subject.patient === patient) })}>
      <Stack gap="sm">{subjects.map((subject) => <Radio key={subject.patient} value={subject.patient} label={<WhoseRecords of={subject} />} />)}</Stack>
    </Radio.Group>
  )
}

/** `once`: what is chosen here is not passed on further. */
export function WhoEditor({ draft, onChange, once = false }: EditorProps & { readonly once?: boolean }) {
  const { t } = usePreferences()
  const client = useClient()
  const [text, setText] = useState('')
  const found = useOperation(client.identity.directory, 'identity.directory', { limit: 20, ...(text.trim() !== '' && { text: text.trim() }) }, { keep: true })
  const describe = (item: DirectoryItem): string => (item.kind === 'organisation' ? t('sharing.whoOrganisationHint') : [item.roles[0] && t(roleWord(item.roles[0])), item.organisationName].filter(Boolean).join(' · '))
  return (
    <Stack gap="sm">
      <TextInput label={t('sharing.whoLabel')} description={t('sharing.whoHint')} value={text} onChange={(event) => setText(event.currentTarget.value)} autoComplete="off" />
      {found.error !== null && <ErrorState error={found.error} onRetry={() => void found.refetch()} />}
      {!found.data && found.error === null && <LoadingState rows={4} />}
      {found.data && (
        <ul className="cl-options" aria-label={t('sharing.who')}>
          {found.data.items.map((item) => (
            <li key={item.party}>
              <button type="button" className="cl-option" aria-pressed={draft.who?.party === item.party} onClick={() => onChange({ ...draft, who: item })}>
                <span>{item.kind === 'organisation' ? t('sharing.whoOrganisation', { name: item.name }) : item.name}</span>
                <span className="cl-note">{describe(item)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {found.data?.items.length === 0 && <p className="cl-note" role="status">{t('sharing.whoNone')}</p>}
      {!once && <Checkbox checked={draft.passOn} onChange={(event) => onChange({ ...draft, passOn: event.currentTarget.checked })} label={t('privacy.mayPassOn')} description={t('privacy.mayPassOnHint')} />}
    </Stack>
  )
}

export function WhatEditor({ draft, onChange }: EditorProps) {
  const { t } = usePreferences()
  const mode = draft.what === undefined ? '' : draft.what === 'all' ? 'all' : 'some'
  return (
    <Stack gap="md">
      <Radio.Group aria-label={t('sharing.what')} value={mode} onChange={(value) => onChange({ ...draft, what: value === 'all' ? 'all' : [], direct: false })}>
        <Stack gap="sm">
          <Radio value="some" label={t('sharing.whatSome')} />
          <Radio value="all" label={t('sharing.whatAll')} description={t('sharing.whatAllHint')} />
        </Stack>
      </Radio.Group>
      {mode === 'some' && (
        <>
          <Checkbox.Group aria-label={t('sharing.whatSome')} value={[...(draft.what as readonly string[])]} onChange={(what) => onChange({ ...draft, what })}>
            <div className="cl-kinds">{KINDS.map((kind) => <Checkbox key={kind} value={kind} label={kindName(t, kind)} />)}</div>
          </Checkbox.Group>
          <TextInput type="date" label={t('sharing.whatFrom')} description={t('sharing.whatFromHint')} value={draft.since ?? ''} onChange={(event) => onChange({ ...draft, since: event.currentTarget.value || undefined })} />
        </>
      )}
      {mode !== '' && <SensitiveChoice label={t('emergency.apart')} hint={t('emergency.apartHint')} value={draft.sensitive} onChange={(sensitive) => onChange({ ...draft, sensitive, direct: false })} />}
      {mode === 'all' && (
        <details open={draft.but.length > 0 || undefined}>
          <summary>{t('emergency.leaveOut')}</summary>
          <Checkbox.Group aria-label={t('emergency.leaveOut')} description={t('emergency.leaveOutHint')} value={[...draft.but]} onChange={(but) => onChange({ ...draft, but, direct: false })}>
            <div className="cl-kinds cl-kinds-gap">{KINDS.filter((kind) => kind !== 'Patient').map((kind) => <Checkbox key={kind} value={kind} label={kindName(t, kind)} />)}</div>
          </Checkbox.Group>
        </details>
      )}
      {mode === 'all' && <Checkbox checked={mayBeDirect(draft) && draft.direct} disabled={!mayBeDirect(draft)} onChange={(event) => onChange({ ...draft, direct: event.currentTarget.checked })} label={t('sharing.directLabel')} description={mayBeDirect(draft) ? t('sharing.directHint') : t('emergency.directAll')} />}
    </Stack>
  )
}

export function WhyEditor({ draft, onChange }: EditorProps) {
  const { t } = usePreferences()
  return (
    <Radio.Group aria-label={t('sharing.why')} value={draft.why ?? ''} onChange={(value) => onChange({ ...draft, why: PURPOSES.find((purpose) => purpose === value) })}>
      <Stack gap="sm">{PURPOSES.map((purpose) => <Radio key={purpose} value={purpose} label={t((draft.from?.acting === undefined ? purposeChoice : purposeChoiceFor)(purpose))} />)}</Stack>
    </Radio.Group>
  )
}

export function HowLongEditor({ draft, onChange }: EditorProps) {
  const { t } = usePreferences()
  return (
    <Radio.Group aria-label={t('sharing.howLong')} value={String(draft.days)} onChange={(value) => onChange({ ...draft, days: Number(value) })}>
      <Stack gap="sm">{DAYS.map((days) => <Radio key={days} value={String(days)} label={t(`sharing.days${days}`)} />)}</Stack>
    </Radio.Group>
  )
}
