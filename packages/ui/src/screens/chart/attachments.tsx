import { Facts } from '../../components/facts.tsx'
import { at, items, text, type Resource } from '../../records/resource.ts'
import { usePreferences } from '../../session/preferences.tsx'

interface Attachment {
  readonly title: string | undefined
  readonly contentType: string | undefined
  readonly url: string | undefined
  readonly sizeBytes: number | undefined
  readonly created: string | undefined
  /** Base64 that stands inside the resource. */
  readonly inside: boolean
}

/** Documents and images that a record names: title, type, size and where they are. */
export function Attachments({ resource }: { readonly resource: Resource }) {
  const { t, number, clinicalDate } = usePreferences()
  const found = attachmentsOf(resource)
  if (found.length === 0) return null
  return (
    <section className="cl-panel-part">
      <h3>{t('chart.attachments', { count: found.length })}</h3>
      {found.map((one, place) => (
        <Facts key={place} facts={[
          { label: t('field.name'), value: one.title ?? t('chart.untitled') },
          ...(one.contentType === undefined ? [] : [{ label: t('field.kind'), value: <code>{one.contentType}</code> }]),
          ...(one.sizeBytes === undefined ? [] : [{ label: t('chart.size'), value: t('chart.bytes', { size: number(one.sizeBytes) }) }]),
          ...(one.created === undefined ? [] : [{ label: t('field.when'), value: clinicalDate(one.created) }]),
          { label: t('field.place'), value: one.url === undefined ? t(one.inside ? 'chart.insideRecord' : 'state.notKnown') : <Place url={one.url} /> },
        ]} />
      ))}
    </section>
  )
}

/** A link only where it leads over HTTPS, and then without saying from where; any other place is text. */
function Place({ url }: { readonly url: string }) {
  return /^https:\/\//i.test(url) ? <a href={url} target="_blank" rel="noopener noreferrer"><code>{url}</code></a> : <code>{url}</code>
}

/** DocumentReference.content, DiagnosticReport.presentedForm, Media.content, and photos. Source: FHIR R4 Attachment. */
function attachmentsOf(resource: Resource): readonly Attachment[] {
  const nodes = [...items(at(resource, 'content')).map((content) => at(content, 'attachment') ?? content), ...items(at(resource, 'presentedForm')), ...items(at(resource, 'photo'))]
  return nodes.filter((node) => node.kind === 'object').map((node) => {
    const [size, data] = [text(at(node, 'size')), text(at(node, 'data'))]
    const sizeBytes = size === undefined ? (data === undefined ? undefined : Math.floor((data.length * 3) / 4)) : Number(size)
    return { title: text(at(node, 'title')), contentType: text(at(node, 'contentType')), url: text(at(node, 'url')), sizeBytes, created: text(at(node, 'creation')), inside: data !== undefined }
  })
}
