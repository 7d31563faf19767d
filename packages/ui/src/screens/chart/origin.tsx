import { Facts } from '../../components/facts.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import type { ChartDetail } from '../../session/shapes.ts'
import { useRecordWords } from './joined.tsx'

/** Who wrote it into the record, for whom and when, which the signature proves; below, what FHIR Provenance claims beside it. `page`: the patient record whose chart is open. */
export function Origin({ data: { item, patient, provenance }, place, page }: { readonly data: ChartDetail, readonly place: string, readonly page: string }) {
  const { t, instant, clinicalDate } = usePreferences()
  const record = useRecordWords()(patient === page ? undefined : patient)
  return (
    <section className="cl-panel-part cl-origin">
      <h3>{t('chart.origin')}</h3>
      <Facts facts={[{ label: t('chart.signedBy'), value: item.author.name }, { label: t('chart.signedFor'), value: place }, { label: t('chart.signedAt'), value: instant(item.recordedAt, 'patient') }, ...(record === undefined ? [] : [{ label: t('chart.standsIn'), value: record }])]} />
      {item.recorded && <p className="cl-note">{t('chart.recordedOnly', { author: item.author.name })}</p>}
      {provenance.map((one) => (
        <div key={one.id} className="cl-provenance">
          <h4>{t('chart.provenance')}</h4>
          <Facts facts={[
            ...(one.recorded === undefined ? [] : [{ label: t('field.when'), value: clinicalDate(one.recorded) }]),
            ...(one.activity === undefined ? [] : [{ label: t('field.activity'), value: one.activity }]),
            ...(one.reason === undefined ? [] : [{ label: t('field.reason'), value: one.reason }]),
            ...one.agents.map(({ role, who, onBehalfOf }) => ({ label: role ?? t('field.by'), value: [who ?? t('state.notKnown'), onBehalfOf].filter(Boolean).join(', ') })),
          ]} />
          <p className="cl-note">{t('chart.provenanceSigned', { author: one.author.name })}</p>
        </div>
      ))}
    </section>
  )
}
