import type { ReactNode } from 'react'
import { Button, CopyButton } from '@mantine/core'
import { usePreferences } from '../session/preferences.tsx'
import { Icon } from './icon.tsx'

export interface Fact {
  readonly label: string
  readonly value: ReactNode
}

/** Label and value, the value stronger. */
export function Facts({ facts, columns = false }: { readonly facts: readonly Fact[], readonly columns?: boolean }) {
  return (
    <dl className="cl-facts" data-columns={columns || undefined}>
      {facts.map(({ label, value }, index) => <div key={`${label}-${index}`}><dt>{label}</dt><dd>{value}</dd></div>)}
    </dl>
  )
}

/** A hash in groups of four, with a button to copy it; `short`: its two ends, or all of it where it is no longer than those. */
export function Hash({ value, short = false }: { readonly value: string, readonly short?: boolean }) {
  const { t } = usePreferences()
  const ends = value.length > 20 ? `${value.slice(0, 8)} … ${value.slice(-8)}` : value
  const shown = short ? ends : (value.match(/.{1,4}/g) ?? []).join(' ')
  return (
    <span className="cl-hash">
      <code>{shown}</code>
      <CopyButton value={value}>
        {({ copied, copy }) => <Button variant="subtle" size="compact-sm" onClick={copy} leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}>{copied ? t('state.copied') : t('state.copy')}</Button>}
      </CopyButton>
    </span>
  )
}

/** Text as it is, in a frame that scrolls by keyboard too. */
export function SourceText({ text, label }: { readonly text: string, readonly label: string }) {
  return <pre className="cl-source" tabIndex={0} role="region" aria-label={label}>{text}</pre>
}

/** Offers bytes as a file. */
export function downloadFile(name: string, content: Uint8Array | string, mediaType = 'application/json'): void {
  const url = URL.createObjectURL(new Blob([content as BlobPart], { type: mediaType }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
