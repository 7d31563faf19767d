import { useMemo, useState } from 'react'
import { Button } from '@mantine/core'
import { Link } from 'react-router'
import { importBundle, type ImportResult } from '@careledger/client'
import { fromUtf8, utf8 } from '@careledger/proof'
import { Facts, downloadFile } from '../../../components/facts.tsx'
import { Section } from '../../../components/page.tsx'
import { ErrorState } from '../../../components/states.tsx'
import { factsInWords } from '../../../records/fact-words.ts'
import { kindName } from '../../../records/kinds.ts'
import { plainFacts } from '../../../records/plain-words.ts'
import { at, items, list, readResource, text as textOf, type Resource } from '../../../records/resource.ts'
import { usePreferences } from '../../../session/preferences.tsx'
import { useSession } from '../../../session/session.tsx'
import { useClient } from '../../../session/services.tsx'

/** A summary in words: the person, then each section; whatever has no section stands by kind. */
export function BundleView({ text }: { readonly text: string }) {
  const preferences = usePreferences()
  const { t, instant } = preferences
  const bundle = useMemo(() => readResource(utf8(text)), [text])
  const entries = items(at(bundle, 'entry')).map((entry) => ({ url: textOf(at(entry, 'fullUrl')), resource: at(entry, 'resource') }))
  const ofType = (type: string): Resource | undefined => entries.find(({ resource }) => textOf(at(resource, 'resourceType')) === type)?.resource
  const composition = ofType('Composition')
  const patient = ofType('Patient')
  const date = textOf(at(composition, 'date')) ?? textOf(at(bundle, 'timestamp'))
  return (
    <div className="cl-card cl-section">
      <h2>{t('show.summary')}</h2>
      <p className="cl-note">{date !== undefined && t('show.summaryMade', { date: instant(date, 'patient'), place: list(items(at(composition, 'author')).map((one) => textOf(at(one, 'display')))) ?? '–' })} {t('show.summaryUnproven')}</p>
      {patient && <Facts facts={factsInWords(plainFacts(patient).filter(({ label }) => ['field.name', 'field.born', 'field.sex'].includes(label)), preferences)} />}
      {composition ? items(at(composition, 'section')).map((section, index) => <SectionView key={index} section={section} entries={entries} />) : <ByKind entries={entries} />}
      <div className="cl-decide"><Button variant="default" onClick={() => downloadFile('patient-summary.json', text, 'application/fhir+json')}>{t('carry.waySummary')}</Button></div>
      <ImportSummary text={text} />
    </div>
  )
}

interface Entry { readonly url: string | undefined, readonly resource: Resource | undefined }

/** Kinds named by the LOINC code of their section, so that the words are in the reader's language. */
const sectionKinds: Readonly<Record<string, string>> = { '48765-2': 'AllergyIntolerance', '10160-0': 'MedicationRequest', '11450-4': 'Condition', '11369-6': 'Immunization', '47519-4': 'Procedure', '30954-2': 'DiagnosticReport', '8716-3': 'Observation' }

function SectionView({ section, entries }: { readonly section: Resource, readonly entries: readonly Entry[] }) {
  const { t } = usePreferences()
  const kind = sectionKinds[textOf(at(section, 'code', 'coding', 0, 'code')) ?? '']
  const references = items(at(section, 'entry')).map((one) => textOf(at(one, 'reference')))
  const found = references.flatMap((reference) => entries.find(({ url, resource }) => reference !== undefined && (url === reference || `${textOf(at(resource, 'resourceType'))}/${textOf(at(resource, 'id'))}` === reference))?.resource ?? [])
  return (
    <section>
      <h3>{kind ? kindName(t, kind) : textOf(at(section, 'title'))}</h3>
      {found.length === 0 ? <p className="cl-note">{t('show.sectionEmpty')}</p> : <ResourceLines resources={found} />}
    </section>
  )
}

function ByKind({ entries }: { readonly entries: readonly Entry[] }) {
  const { t } = usePreferences()
  const kinds = Map.groupBy(entries.flatMap(({ resource }) => resource ?? []), (resource) => textOf(at(resource, 'resourceType')) ?? '')
  return [...kinds].filter(([kind]) => kind !== 'Patient').map(([kind, resources]) => <section key={kind}><h3>{kindName(t, kind)}</h3><ResourceLines resources={resources} /></section>)
}

/** What a summary says of each record; the rest is in the document. */
const told: ReadonlySet<string> = new Set(['field.value', 'field.partOf', 'field.dose', 'field.range', 'field.interpretation', 'field.severity', 'field.when', 'field.status'])

function ResourceLines({ resources }: { readonly resources: readonly Resource[] }) {
  const preferences = usePreferences()
  return (
    <ul className="cl-carried">
      {resources.map((resource, index) => {
        const plain = plainFacts(resource)
        const [what] = plain
        const rest = factsInWords(plain.filter(({ label }) => told.has(label) && label !== what?.label), preferences)
        return <li key={index}><strong>{what?.value ?? '–'}</strong>{rest.length > 0 && <p className="cl-note">{rest.map(({ label, value }) => `${label} ${String(value)}`).join(' · ')}</p>}</li>
      })}
    </ul>
  )
}

/** A document from elsewhere becomes records of the reader's own hospital, through the same import as any bundle. */
function ImportSummary({ text }: { readonly text: string }) {
  const { t } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const [state, setState] = useState<'idle' | 'busy'>('idle')
  const [result, setResult] = useState<ImportResult>()
  const [error, setError] = useState<unknown>()
  if (!actor?.roles.some((role) => role === 'doctor' || role === 'records-clerk')) return null
  const bring = async (): Promise<void> => {
    setState('busy')
    setError(undefined)
    await importBundle(client, utf8(text)).then(setResult, setError)
    setState('idle')
  }
  if (result) return <Imported result={result} />
  return (
    <Section title={t('show.import')}>
      <p>{t('show.importWhat')}</p>
      {error !== undefined && <ErrorState error={error} />}
      <div className="cl-decide"><Button loading={state === 'busy'} onClick={() => void bring()}>{t('show.import')}</Button></div>
    </Section>
  )
}

export function Imported({ result }: { readonly result: ImportResult }) {
  const { t } = usePreferences()
  return (
    <div className="cl-receipt" role="status">
      <p>{t('show.imported', { count: result.ids.length - result.alreadyThere })} {result.alreadyThere > 0 && t('show.importedAlready', { count: result.alreadyThere })}</p>
      <div className="cl-decide"><Button component={Link} to={`/patients/${result.patient}/timeline`}>{t('show.importedOpen')}</Button></div>
    </div>
  )
}

/** The words of a record from its exact bytes. */
export function ResourceWords({ payload }: { readonly payload: Uint8Array }) {
  const preferences = usePreferences()
  const resource = useMemo(() => readResource(payload), [payload])
  return resource ? <Facts facts={factsInWords(plainFacts(resource), preferences)} /> : <p className="cl-note">{fromUtf8(payload).slice(0, 200)}</p>
}
