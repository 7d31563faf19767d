import { Button, CopyButton } from '@mantine/core'
import { Icon } from './icon.tsx'

/** One press copies; nothing is selected by hand. */
export function CopyLine({ value, copy, copied }: { readonly value: string, readonly copy: string, readonly copied: string }) {
  return (
    <CopyButton value={value} timeout={4_000}>
      {({ copied: done, copy: run }) => <Button variant="default" onClick={run} leftSection={<Icon name={done ? 'check' : 'copy'} size={18} />}>{done ? copied : copy}</Button>}
    </CopyButton>
  )
}
