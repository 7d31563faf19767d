import { useMemo } from 'react'
import { useQuery } from '@tanstack/react-query'
import { fromBase64url } from '@careledger/proof'
import { Icon, type IconName } from '../components/icon.tsx'
import { RichText } from '../components/rich.tsx'
import type { Translate } from '../i18n/translate.ts'
import { usePreferences } from '../session/preferences.tsx'
import { useSession } from '../session/session.tsx'
import { useClient } from '../session/services.tsx'
import type { RecordRead } from '../session/shapes.ts'
import { readResource, type Resource } from './resource.ts'
import { linePlaces, resultCode, resultMeaning, type ResultMeaning, type Standing } from './result-meaning.ts'
import { withUnits } from './units.ts'

const icons: Readonly<Record<Standing, IconName>> = { critical: 'octagon', low: 'down', high: 'triangle', abnormal: 'triangle', within: 'check', unknown: 'minus' }
const words = { critical: 'result.critical', low: 'result.low', high: 'result.high', abnormal: 'result.abnormal', within: 'result.within', unknown: 'result.unknown' } as const
const sentences = { critical: 'result.saysCritical', low: 'result.saysLow', high: 'result.saysHigh', abnormal: 'result.saysAbnormal', within: 'result.saysWithin', unknown: 'result.saysUnknown' } as const

/** Shape and word of where a result lies. */
export function StandingBadge({ standing }: { readonly standing: Standing }) {
  const { t } = usePreferences()
  return <span className="cl-badge cl-standing" data-standing={standing}><Icon name={icons[standing]} size={16} /><span>{t(words[standing])}</span></span>
}

/** A result as a patient reads it: value and word, its own range as a line, what changed, what was written about it. */
export function ResultWords({ data }: { readonly data: RecordRead }) {
  const { t } = usePreferences()
  const resource = useMemo(() => readResource(fromBase64url(data.opening.payload)), [data.opening.payload])
  const meaning = resource && resultMeaning(resource)
  if (!resource || !meaning) return null
  return (
    <section className="cl-result" aria-label={t('result.title')}>
      <p className="cl-result-value"><strong>{withUnits(meaning.value)}</strong> <StandingBadge standing={meaning.standing} /></p>
      <p><RichText text={meaningSentence(t, meaning)} /></p>
      <NumberLine meaning={meaning} />
      <Change data={data} resource={resource} meaning={meaning} />
      {meaning.notes.length > 0 ? meaning.notes.map((note) => <p key={note}><RichText text={t('result.wrote', { note })} /></p>) : <p className="cl-note">{t('result.noAdvice')}</p>}
    </section>
  )
}

export function meaningSentence(t: Translate, { standing, range }: Pick<ResultMeaning, 'standing' | 'range'>): string {
  return range === undefined && standing !== 'unknown' ? t('result.saysWord', { word: t(words[standing]) }) : t(sentences[standing], { range: withUnits(range ?? '') })
}

/** Decoration for the eye: the sentence above it says the same. */
function NumberLine({ meaning }: { readonly meaning: ResultMeaning }) {
  const places = linePlaces(meaning)
  if (!places) return null
  const [from, to] = [places.low ?? 0, places.high ?? 100]
  const label = (place: number): number => Math.min(92, Math.max(8, place))
  return (
    <div className="cl-line-box" aria-hidden="true">
      <svg className="cl-number-line" viewBox="0 0 100 12" preserveAspectRatio="none">
        <rect className="cl-line-rail" x="0" y="4" width="100" height="4" />
        <rect className="cl-line-range" x={from} y="2" width={Math.max(0, to - from)} height="8" />
      </svg>
      <span className="cl-line-mark" data-standing={meaning.standing} style={{ insetInlineStart: `${places.value}%` }} />
      {places.low !== undefined && <span className="cl-line-word" style={{ insetInlineStart: `${label(places.low)}%` }}>{meaning.low}</span>}
      {places.high !== undefined && <span className="cl-line-word" style={{ insetInlineStart: `${label(places.high)}%` }}>{meaning.high}</span>}
    </div>
  )
}

/** How many newest results are looked at to find the one before this one. */
const lookedAt = 100

/** The change since the result before it of the same kind and unit. What cannot be compared is not compared. */
function Change({ data, resource, meaning }: { readonly data: RecordRead, readonly resource: Resource, readonly meaning: ResultMeaning }) {
  const { t, clinicalDate } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const { id, title, date } = data.item
  const found = useQuery({
    queryKey: [actor?.key ?? 'nobody', 'result-before', id], staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const { items } = await client.hospital.records.list.query({ patient: data.patient, types: ['Observation'], limit: lookedAt }, { signal })
      const name = nameOf(title)
      const before = items.filter((item) => item.id !== id && item.replacedBy === undefined && nameOf(item.title) === name && item.date !== undefined && date !== undefined && item.date < date).toSorted((a, b) => ((a.date ?? '') < (b.date ?? '') ? 1 : -1))[0]
      if (!before) return null
      const read = await client.hospital.records.read.query({ id: before.id }, { signal })
      const other = readResource(fromBase64url(read.opening.payload))
      const measured = other && resultCode(other) === resultCode(resource) ? resultMeaning(other) : undefined
      return measured && measured.unit === meaning.unit ? { value: measured.value, number: measured.number, date: before.date as string } : null
    },
  })
  if (found.data === undefined) return <p className={found.isLoading ? 'cl-result-change cl-waiting' : 'cl-result-change'}>{'\u00a0'}</p>
  if (found.data === null) return <p className="cl-result-change">{t('result.first')}</p>
  const { value, number, date: day } = found.data
  const key = number === meaning.number ? 'result.same' : number < meaning.number ? 'result.rose' : 'result.fell'
  return <p className="cl-result-change"><RichText text={t(key, { before: withUnits(value), date: clinicalDate(day.slice(0, 10)) })} /></p>
}

/** The words of a title before its first figure: "Haemoglobin 11.4 g/dL" is of "Haemoglobin". */
const nameOf = (title: string): string => title.replace(/\s+[<>≤≥]?=?\s*-?\d[\d.,]*(\s|$).*$/, '')
