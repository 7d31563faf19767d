import { Button } from '@mantine/core'
import { downloadFile, Facts, Hash, SourceText } from '../components/facts.tsx'
import { Icon } from '../components/icon.tsx'
import { usePreferences } from '../session/preferences.tsx'
import type { ProofCheck } from './proof-check.ts'

/** The third depth: the way to the head of the log, the ledgers, the file itself. Shut until somebody asks. */
export function ProofRaw({ check, name }: { readonly check: ProofCheck, readonly name: string }) {
  const { t, number } = usePreferences()
  const { file } = check.result
  const fileName = `${name}.careledger-proof.json`
  return (
    <details className="cl-raw">
      <summary>{t('proof.raw')}</summary>
      <p className="cl-note">{t('proof.rawHint')}</p>
      <Button variant="default" leftSection={<Icon name="download" size={18} />} onClick={() => downloadFile(fileName, check.text)}>{t('proof.download')}</Button>
      <p className="cl-note">{t('proof.command')} <code>careledger verify {fileName}</code></p>
      {file && (
        <>
          <h3>{t('proof.path')}</h3>
          <ol className="cl-path">
            <li>{t('proof.thisEntry', { index: number(file.log.index) })}</li>
            {file.log.path.map((hash, index) => <li key={`${hash}-${index}`}><span className="cl-note">{t('proof.pathNode', { n: index + 1 })}</span> <Hash value={hash} short /></li>)}
            <li>{t('proof.head', { size: number(file.log.size) })}</li>
          </ol>
          {file.anchors.length > 0 && (
            <>
              <h3>{t('proof.anchors')}</h3>
              {file.anchors.map((anchor) => <Facts key={`${anchor.ledgerId}-${anchor.id}`} facts={[{ label: anchor.kind, value: anchor.ledgerId }, { label: anchor.for, value: <Hash value={anchor.digest} short /> }]} />)}
            </>
          )}
        </>
      )}
      <h3>{t('proof.fileTree')}</h3>
      <SourceText text={pretty(check.text)} label={t('proof.fileTree')} />
    </details>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text.slice(0, 10_000)
  }
}
