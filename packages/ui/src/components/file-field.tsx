import { FileInput, type FileInputProps } from '@mantine/core'
import { usePreferences } from '../session/preferences.tsx'

/** A field for one file, which says what to do while it is empty. */
export function FileField(props: FileInputProps) {
  const { t } = usePreferences()
  return <FileInput placeholder={t('shell.chooseFile')} {...props} />
}
