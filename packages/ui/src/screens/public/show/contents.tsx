import type { ShownContent } from '@careledger/client'
import { usePreferences } from '../../../session/preferences.tsx'
import { BundleView } from './bundle-view.tsx'
import { CardView } from './card-view.tsx'
import { ProofsView } from './proofs-view.tsx'

/** Everything that a link holds, proofs first: they say what can be trusted. */
export function Contents({ contents }: { readonly contents: readonly ShownContent[] }) {
  const { t } = usePreferences()
  const order = ['proofs', 'cards', 'bundle', 'unknown'] as const
  return contents.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)).map((content, index) => {
    if (content.kind === 'proofs') return <ProofsView key={index} proofs={content.proofs} />
    if (content.kind === 'cards') return content.jwss.map((jws) => <CardView key={jws} text={jws} />)
    if (content.kind === 'bundle') return <BundleView key={index} text={content.text} />
    return <p key={index} className="cl-notice">{t('show.unknownContent')}</p>
  })
}
