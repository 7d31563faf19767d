import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { fromBase64url } from '@careledger/proof'
import { Outcome } from '../../components/states.tsx'
import { readResource } from '../../records/resource.ts'
import { resultMeaning, type ResultMeaning } from '../../records/result-meaning.ts'
import { StandingBadge } from '../../records/result-words.tsx'
import { withUnits } from '../../records/units.ts'
import { usePreferences } from '../../session/preferences.tsx'
import { useSession } from '../../session/session.tsx'
import { useClient } from '../../session/services.tsx'

interface Newest {
  readonly day: string | undefined
  readonly results: readonly { readonly id: string, readonly title: string, readonly meaning: ResultMeaning | undefined }[]
}

/** Results of one day that are read for the first look. */
const shownMax = 6

/** The laboratory results of the newest day, each with its word: what stands out first. */
export function useNewestResults(patient: string | undefined) {
  const client = useClient()
  const { actor } = useSession()
  return useQuery<Newest>({
    queryKey: [actor?.key ?? 'nobody', 'newest-results', patient], enabled: patient !== undefined, staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const { items } = await client.hospital.cards.choices.query({ patient: patient as string }, { signal })
      const results = items.filter(({ type, date }) => type === 'Observation' && date !== undefined)
      const day = results.map(({ date }) => (date as string).slice(0, 10)).sort().at(-1)
      const newest = results.filter(({ date }) => date?.startsWith(day ?? '-')).slice(0, shownMax)
      const read = await Promise.all(newest.map(async ({ id, title }) => {
        const { opening } = await client.hospital.records.read.query({ id }, { signal })
        const resource = readResource(fromBase64url(opening.payload))
        return { id, title, meaning: resource && resultMeaning(resource) }
      }))
      return { day, results: read.toSorted((a, b) => weight(b.meaning) - weight(a.meaning)) }
    },
  })
}

const weights = { critical: 4, high: 3, low: 3, abnormal: 3, unknown: 1, within: 0 } as const
const weight = (meaning: ResultMeaning | undefined): number => (meaning ? weights[meaning.standing] : 1)

/** How many of them are outside their own range; the first thing a person asks. */
export function outsideOf({ results }: Newest): number {
  return results.filter(({ meaning }) => weight(meaning) > 2).length
}

export function NewestResults({ patient }: { readonly patient: string }) {
  const { t, clinicalDate } = usePreferences()
  const found = useNewestResults(patient)
  return (
    <Outcome result={found} rows={4}>
      {(newest) => (newest.results.length === 0 || newest.day === undefined ? <p className="cl-note">{t('home.resultsNone')}</p> : (
        <>
          <p className="cl-note">{t(outsideOf(newest) > 0 ? 'home.resultsOutside' : 'home.resultsWithin', { count: outsideOf(newest), total: newest.results.length, date: clinicalDate(newest.day) })}</p>
          <ul className="cl-lines">
            {newest.results.map(({ id, title, meaning }) => (
              <li key={id} className="cl-line" data-row><div><Link to={`/me/record?record=${id}`}>{withUnits(title)}</Link></div>{meaning && <StandingBadge standing={meaning.standing} />}</li>
            ))}
          </ul>
        </>
      ))}
    </Outcome>
  )
}
