import { Facts } from '../../components/facts.tsx'
import { AttachmentViewer } from '../../records/attachments/attachment-viewer.tsx'
import { attachmentsOf, storedAttachment } from '../../records/attachments/attachments-of.ts'
import type { Resource } from '../../records/resource.ts'
import { usePreferences } from '../../session/preferences.tsx'

/** Documents and images that a record names: title, type, size, where they are, and the thing itself on demand. `record`: its entry id. */
export function Attachments({ resource, record }: { readonly resource: Resource, readonly record: string }) {
  const { t, number, clinicalDate } = usePreferences()
  const found = attachmentsOf(resource)
  if (found.length === 0) return null
  return (
    <section className="cl-panel-part">
      <h3>{t('chart.attachments', { count: found.length })}</h3>
      {found.map((one, place) => (
        <div key={place}>
          <Facts facts={[
            { label: t('field.name'), value: one.title ?? t('chart.untitled') },
            ...(one.contentType === undefined ? [] : [{ label: t('field.kind'), value: <code>{one.contentType}</code> }]),
            ...(one.sizeBytes === undefined ? [] : [{ label: t('chart.size'), value: t('chart.bytes', { size: number(one.sizeBytes) }) }]),
            ...(one.created === undefined ? [] : [{ label: t('field.when'), value: clinicalDate(one.created) }]),
            ...(storedAttachment(one) !== undefined ? [] : [{ label: t('field.place'), value: one.url === undefined ? t(one.data !== undefined ? 'chart.insideRecord' : 'state.notKnown') : <Place url={one.url} /> }]),
          ]} />
          <AttachmentViewer key={`${record}/${place}`} attachment={one} record={record} />
        </div>
      ))}
    </section>
  )
}

/** A link only where it leads over HTTPS, and then without saying from where; any other place is text. */
function Place({ url }: { readonly url: string }) {
  return /^https:\/\//i.test(url) ? <a href={url} target="_blank" rel="noopener noreferrer"><code>{url}</code></a> : <code>{url}</code>
}
