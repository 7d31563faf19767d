import { useState } from 'react'
import { Button, Stack } from '@mantine/core'
import { closeCustody, verifyProofText } from '@careledger/client'
import { Problem } from '@careledger/api/contracts'
import { sha256, toBase64url, utf8 } from '@careledger/proof'
import { FileField } from '../../components/file-field.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useOperation } from '../../session/query.ts'
import { useClient } from '../../session/services.tsx'
import { useSession } from '../../session/session.tsx'
import { useAct } from '../keeping/use-act.ts'
import { readTrustFile } from './read-json-file.ts'

/** Under the confirmed order of a hospital that closes: the record is closed here against the new hospital's receipt, which is checked first. */
export function CloseByReceipt({ patient }: { readonly patient: string }) {
  const { t } = usePreferences()
  const client = useClient()
  const { actor } = useSession()
  const act = useAct()
  const [files, setFiles] = useState<{ readonly receipt: File | null, readonly trust: File | null }>({ receipt: null, trust: null })
  const found = useOperation(client.hospital.custody.order, 'hospital.custody.order', { custodian: actor?.organisation ?? '' })
  const order = found.data?.order
  if (order?.confirmed === undefined) return null
  const close = (): void => void act.run(async () => {
    if (files.receipt === null || files.trust === null) return
    const proof = await files.receipt.text()
    const { valid, file } = await verifyProofText(proof, await readTrustFile(files.trust))
    if (!valid || file?.entry.type !== 'custody-received' || file.entry.custodian !== order.to) throw new Problem('COMMITMENT_MISMATCH', 'This is no receipt of the new custodian that holds by these keys.')
    const at = await client.hospital.custody.prepare.query({ patient })
    await closeCustody(client, at, { to: order.to, order: order.entry, receipt: toBase64url(sha256(utf8(proof))) })
  }, 'custody.saidClosed', { name: order.toName })
  return (
    <Section title={t('custody.byReceipt')}>
      <Stack gap="md">
        <p className="cl-note">{t('custody.byReceiptHow', { name: order.toName })}</p>
        <FileField label={t('custody.receiptFile')} accept=".receipt" value={files.receipt} onChange={(receipt) => setFiles({ ...files, receipt })} />
        <FileField label={t('custody.receiptTrust')} accept="application/json,.json" value={files.trust} onChange={(trust) => setFiles({ ...files, trust })} />
        <div><Button loading={act.busy} disabled={files.receipt === null || files.trust === null} onClick={close}>{t('custody.closeYes')}</Button></div>
        <p className="cl-note" role="status">{act.said}</p>
        {act.error !== undefined && <ErrorState error={act.error} />}
      </Stack>
    </Section>
  )
}
