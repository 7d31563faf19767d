import { useId, useState } from 'react'
import { Icon } from './icon.tsx'

/** A place to drop one file, which is also a button that opens the file dialogue. */
export function FileDrop({ title, hint, accept, onFile, compact = false }: { readonly title: string, readonly hint: string, readonly accept: string, readonly onFile: (file: File) => void, readonly compact?: boolean }) {
  const id = useId()
  const [over, setOver] = useState(false)
  return (
    <div className="cl-drop" data-over={over || undefined} data-compact={compact || undefined}
      onDragOver={(event) => { event.preventDefault(); setOver(true) }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        const file = event.dataTransfer.files[0]
        if (file) onFile(file)
      }}>
      <input id={id} className="cl-drop-input" type="file" accept={accept} aria-describedby={`${id}-hint`} onChange={(event) => {
        const file = event.currentTarget.files?.[0]
        event.currentTarget.value = ''
        if (file) onFile(file)
      }} />
      <label htmlFor={id} className="cl-drop-label"><Icon name="import" size={compact ? 20 : 32} /><span>{title}</span></label>
      <span id={`${id}-hint`} className="cl-note">{hint}</span>
    </div>
  )
}
