import { useRef, useState } from 'react'
import { Autocomplete } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import type { Coded, Coding } from '@careledger/client'
import type { WordKey } from '../../../i18n/translate.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useOperation } from '../../../session/query.ts'
import { useClient } from '../../../session/services.tsx'
import type { WritingPlace } from '../../../session/shapes.ts'
import { useField } from './fields.tsx'

type Use = WritingPlace['known'][number]['use']

interface LookupProps {
  readonly field: string
  readonly label: WordKey
  readonly hint: WordKey
  readonly use: Use
  readonly value: Coded
  readonly known: WritingPlace['known']
  readonly onChange: (value: Coded) => void
}

interface Suggestion {
  /** What the list shows, once each. */
  readonly shown: string
  readonly coded: Coded
}

/**
 * Words with a code where one is chosen: first what this patient's records use, then the hospital's lists. Other words are taken as they are, and
 * the field says that they have no code.
 */
export function LookupField({ field, label, hint, use, value, known, onChange }: LookupProps) {
  const { t } = usePreferences()
  const { id, error, onBlur } = useField(field)
  const client = useClient()
  const [text] = useDebouncedValue(value.text.trim(), 250)
  const coded = value.codings !== undefined && value.codings.length > 0
  const found = useOperation(client.hospital.writing.codes, 'hospital.codes', { use, text: text.slice(0, 100), limit: 10 }, { enabled: text.length > 1 && !coded, keep: true })
  const suggestions = coded ? [] : once([
    ...known.filter((one) => one.use === use && begins(one.text, value.text)).map(({ text: words, coding }) => ({ text: words, codings: [{ ...coding, display: words }] })),
    ...(found.data?.items ?? []).filter(({ display, code }) => begins(`${display} ${code}`, value.text) || text === value.text.trim()).map(({ system, code, display }) => ({ text: display, codings: [{ system, code, display }] })),
  ])
  const [open, setOpen] = useState(false)
  const chosen = useRef<Suggestion>(undefined)
  return (
    <Autocomplete size="md"
      id={id} error={error} onBlur={onBlur} label={t(label)} value={value.text} data={suggestions.map(({ shown }) => shown)} filter={({ options }) => options} limit={12} autoComplete="off" inputWrapperOrder={['label', 'input', 'description', 'error']}
      description={coded ? <CodeNote codings={value.codings ?? []} /> : value.text.trim() === '' ? t(hint) : t('write.uncoded')}
      comboboxProps={{ withinPortal: false }} openOnFocus={false} dropdownOpened={open && suggestions.length > 0} onDropdownOpen={() => setOpen(true)} onDropdownClose={() => setOpen(false)}
      onOptionSubmit={(shown) => { chosen.current = suggestions.find((one) => one.shown === shown) }}
      onChange={(next) => {
        const picked = chosen.current?.shown === next ? chosen.current.coded : undefined
        chosen.current = undefined
        setOpen(picked === undefined)
        if (picked !== undefined || next !== value.text) onChange(picked ?? { text: next })
      }}
    />
  )
}

function CodeNote({ codings }: { readonly codings: readonly Coding[] }) {
  const { t } = usePreferences()
  return <>{t('write.coded')} {codings.map(({ system, code }) => <code key={`${system ?? ''}|${code}`}>{code}{system === undefined ? '' : ` (${system.replace(/^https?:\/\//, '')})`}</code>)}</>
}

/** Two codes of the same words are told apart by their codes. */
function once(found: readonly Coded[]): readonly Suggestion[] {
  const byShown = new Map<string, Suggestion>()
  for (const coded of found) {
    const code = coded.codings?.[0]?.code ?? ''
    const shown = byShown.has(coded.text) ? `${coded.text} (${code})` : coded.text
    if ([...byShown.values()].some((one) => one.coded.codings?.[0]?.code === code && one.coded.codings[0].system === coded.codings?.[0]?.system) || byShown.has(shown)) continue
    byShown.set(shown, { shown, coded })
  }
  return [...byShown.values()]
}

/** Each word asked for begins a word. */
function begins(words: string, asked: string): boolean {
  const all = split(words)
  return asked.trim() !== '' && split(asked).every((word) => all.some((one) => one.startsWith(word)))
}

const split = (text: string): readonly string[] => text.normalize('NFKC').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
