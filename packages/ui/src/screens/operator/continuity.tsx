import { useEffect, useState } from 'react'
import { Button } from '@mantine/core'
import { parseContinuity, utf8, verifyContinuity, type ContinuityFile } from '@careledger/proof'
import { downloadFile, Facts, SourceText } from '../../components/facts.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { toTrust } from '../../session/trust.ts'

type Check = { readonly file: ContinuityFile, readonly fromSize: number, readonly toSize: number } | 'failed' | undefined

/** The continuity file, checked in this browser against the instance's keys, in words first and as a file for whoever wants to check it elsewhere. */
export function Continuity({ text }: { readonly text: string }) {
  const { t, number } = usePreferences()
  const client = useClient()
  const trust = useOperation(client.platform.trust, 'platform.trust', {})
  const [check, setCheck] = useState<Check>()
  useEffect(() => {
    if (trust.data === undefined) return
    let gone = false
    verifyContinuity(utf8(text), toTrust(trust.data)).then((found) => { if (!gone) setCheck(found) }, () => { if (!gone) setCheck('failed') })
    return () => { gone = true }
  }, [text, trust.data])
  const { network, from, to } = parseContinuity(utf8(text))
  return (
    <>
      <p className="cl-panel-line">
        <span>{check === undefined ? t('operator.continuityWaits') : check === 'failed' ? t('operator.continuityFails') : t('operator.continuityHolds', { from: number(check.fromSize), to: number(check.toSize), old: from.ledger, fresh: to.ledger })}</span>
        <StatusBadge status={check === undefined ? 'notChecked' : check === 'failed' ? 'mismatch' : 'proven'} />
      </p>
      <p className="cl-note">{t('operator.continuityHint')} <code>careledger ledger continuity</code></p>
      <Facts facts={[
        { label: t('operator.continuityOld', { ledger: from.ledger }), value: <code>{from.id}</code> },
        { label: t('operator.continuityNew', { ledger: to.ledger }), value: <code>{to.id}</code> },
      ]} />
      <SourceText text={`${from.checkpoint}\n${to.checkpoint}`} label={t('operator.note')} />
      <div className="cl-decide"><Button onClick={() => downloadFile(`continuity-${network}-${from.ledger}-${to.ledger}.json`, text)}>{t('operator.continuityDownload')}</Button></div>
    </>
  )
}
