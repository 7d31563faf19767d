import { useState } from 'react'
import { Button, Stack } from '@mantine/core'
import { openCustodyBundle, transferCustody, type CareLedgerClient, type CustodyBundle, type TransferResult } from '@careledger/client'
import type { Trust } from '@careledger/proof'
import { downloadFile, Facts } from '../../components/facts.tsx'
import { FileField } from '../../components/file-field.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useAct } from '../keeping/use-act.ts'
import { readPrivateKeyFile, readTrustFile } from './read-json-file.ts'

interface Files { readonly sealed: File | null, readonly key: File | null, readonly trust: File | null }
interface Opened { readonly bundle: CustodyBundle, readonly trust: Trust }

/** Opens a sealed file of another hospital: every proof is checked and shown before anything is written; afterwards there is a receipt. */
export function UnpackRecord() {
  const { t, number, instant } = usePreferences()
  const client = useClient()
  const act = useAct()
  const [files, setFiles] = useState<Files>({ sealed: null, key: null, trust: null })
  const [opened, setOpened] = useState<Opened>()
  const [result, setResult] = useState<TransferResult>()
  const choose = (chosen: Partial<Files>): void => {
    setFiles({ ...files, ...chosen })
    setOpened(undefined)
    setResult(undefined)
  }
  const look = (): void => void act.run(async () => {
    const { sealed, key, trust: keys } = files
    if (sealed === null || key === null || keys === null) return
    const trust = await readTrustFile(keys)
    const bundle = await openCustodyBundle(await sealed.text(), await readPrivateKeyFile(key))
    await transferCustody({ from: bundle, to: client, patient: bundle.patient, trust, dryRun: true })
    setOpened({ bundle, trust })
  })
  const bring = ({ bundle, trust }: Opened): void => void act.run(async () => setResult(await transferCustody({ from: bundle, to: client, patient: bundle.patient, trust })), 'custody.saidBrought')
  const saveReceipt = ({ bundle }: Opened, { patient = '' }: TransferResult): void => void act.run(async () => downloadFile(`${bundle.patient}.receipt`, await receiptOf(client, patient)))
  return (
    <Section title={t('custody.unpackTitle')}>
      <Stack gap="md">
        <p className="cl-note">{t('custody.unpackHow')}</p>
        <FileField label={t('custody.unpackFile')} accept=".careledger" value={files.sealed} onChange={(sealed) => choose({ sealed })} />
        <FileField label={t('custody.unpackKey')} accept="application/json,.json,.jwk" value={files.key} onChange={(key) => choose({ key })} />
        <FileField label={t('custody.unpackTrust')} accept="application/json,.json" value={files.trust} onChange={(trust) => choose({ trust })} />
        {opened === undefined && <div><Button variant="default" loading={act.busy} disabled={Object.values(files).includes(null)} onClick={look}>{t('custody.unpackLook')}</Button></div>}
        {opened !== undefined && (
          <>
            <h3>{t('custody.unpackPreview')}</h3>
            <Facts facts={[
              { label: t('custody.formerly'), value: <code>{opened.bundle.custodian}</code> },
              { label: t('custody.made'), value: instant(opened.bundle.made, 'clinical') },
              { label: t('custody.recordsProven'), value: number(opened.bundle.proofs.length) },
              { label: t('custody.attachments'), value: number(opened.bundle.attachments.length) },
              { label: t('custody.left'), value: number(opened.bundle.left.length) },
            ]} />
            {result === undefined && (
              <div className="cl-decide">
                <Button loading={act.busy} onClick={() => bring(opened)}>{t('custody.unpackYes')}</Button>
                <Button variant="default" onClick={() => setOpened(undefined)}>{t('custody.notYet')}</Button>
              </div>
            )}
            {result !== undefined && (
              <>
                <p>{t('custody.brought', { n: result.written, total: result.total })}</p>
                <div className="cl-decide"><Button loading={act.busy} onClick={() => saveReceipt(opened, result)}>{t('custody.receipt')}</Button></div>
                <p className="cl-note">{t('custody.receiptHow')}</p>
              </>
            )}
          </>
        )}
        <p className="cl-note" role="status">{act.said}</p>
        {act.error !== undefined && (isShut(act.error) ? <p role="alert">{t('custody.otherKey')}</p> : <ErrorState error={act.error} />)}
      </Stack>
    </Section>
  )
}

/** Another key, or a file that was changed: which of the two cannot be told. */
function isShut(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'COMMITMENT_MISMATCH'
}

const triesMax = 40
const pauseMs = 250

/** The receipt's proof, once a checkpoint holds it: some hundred milliseconds, ten seconds at most. */
async function receiptOf(client: CareLedgerClient, patient: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await client.hospital.custody.receipt.query({ patient })).proof
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'UNAVAILABLE' || attempt === triesMax) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
