import { useState } from 'react'
import { Button, Stack } from '@mantine/core'
import { packCustody, sealCustodyBundle, type CustodyBundle } from '@careledger/client'
import { jwkThumbprint, type P256Jwk } from '@careledger/proof'
import { downloadFile, Facts, Hash } from '../../components/facts.tsx'
import { FileField } from '../../components/file-field.tsx'
import { Section } from '../../components/page.tsx'
import { ErrorState } from '../../components/states.tsx'
import { usePreferences } from '../../session/preferences.tsx'
import { useClient } from '../../session/services.tsx'
import { useAct } from '../keeping/use-act.ts'
import { readPublicKeyFile } from './read-json-file.ts'

/** Packs one patient's record into a file sealed to another hospital's key, for one that cannot be reached; what goes in is shown before. */
export function PackRecord({ patient }: { readonly patient: string }) {
  const { t, number } = usePreferences()
  const client = useClient()
  const act = useAct()
  const [file, setFile] = useState<File | null>(null)
  const [packed, setPacked] = useState<{ readonly bundle: CustodyBundle, readonly key: P256Jwk }>()
  const [done, setDone] = useState(0)
  const look = (): void => void act.run(async () => {
    if (file === null) return
    const key = await readPublicKeyFile(file)
    setPacked({ key, bundle: await packCustody(client, patient, { onProgress: (progress) => setDone(progress.done) }) })
  })
  const save = ({ bundle, key }: NonNullable<typeof packed>): void => void act.run(async () => downloadFile(`${patient}.careledger`, await sealCustodyBundle(bundle, key), 'application/jose'), 'custody.saidPacked')
  return (
    <Section title={t('custody.packTitle')}>
      <Stack gap="md">
        <p className="cl-note">{t('custody.packHow')}</p>
        <FileField label={t('custody.packKey')} accept="application/json,.json,.jwk" value={file} onChange={(chosen) => { setFile(chosen); setPacked(undefined) }} />
        {packed === undefined && <div><Button variant="default" loading={act.busy} disabled={file === null} onClick={look}>{t('custody.packLook')}</Button></div>}
        {act.busy && packed === undefined && <p role="status">{t('custody.packing', { count: done })}</p>}
        {packed !== undefined && (
          <>
            <h3>{t('custody.packPreview')}</h3>
            <Facts facts={[
              { label: t('custody.records'), value: number(packed.bundle.proofs.length) },
              { label: t('custody.attachments'), value: number(packed.bundle.attachments.length) },
              { label: t('custody.left'), value: number(packed.bundle.left.length) },
              { label: t('custody.keyCompare'), value: <Hash value={jwkThumbprint(packed.key)} /> },
            ]} />
            <div className="cl-decide">
              <Button loading={act.busy} onClick={() => save(packed)}>{t('custody.packSave')}</Button>
              <Button variant="default" onClick={() => setPacked(undefined)}>{t('custody.notYet')}</Button>
            </div>
          </>
        )}
        <p className="cl-note" role="status">{act.said}</p>
        {act.error !== undefined && <ErrorState error={act.error} />}
      </Stack>
    </Section>
  )
}
