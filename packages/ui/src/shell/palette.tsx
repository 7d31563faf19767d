import { useId, useState } from 'react'
import { Modal, TextInput, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useNavigate } from 'react-router'
import { usePreferences } from '../session/preferences.tsx'
import { useSession } from '../session/session.tsx'
import { Icon, type IconName } from '../components/icon.tsx'
import { useWriteChoices } from '../screens/doctor/write/use-write-choices.ts'
import { destinationsOf } from './navigation.ts'

interface Choice {
  readonly words: string
  readonly icon: IconName
  readonly keys?: string
  run(): void
}

/** Pages and actions by name: Ctrl or ⌘ with K, arrows, Enter. */
export function Palette({ open, onClose, onHelp }: { readonly open: boolean, readonly onClose: () => void, readonly onHelp: () => void }) {
  const { t } = usePreferences()
  return (
    <Modal opened={open} onClose={onClose} title={t('shell.search')} closeButtonProps={{ 'aria-label': t('shell.close') }} yOffset="10vh">
      <Choices onClose={onClose} onHelp={onHelp} />
    </Modal>
  )
}

function Choices({ onClose, onHelp }: { readonly onClose: () => void, readonly onHelp: () => void }) {
  const { t } = usePreferences()
  const id = useId()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const choices = useChoices(onHelp).filter(({ words }) => words.toLowerCase().includes(text.trim().toLowerCase()))
  const chosen = Math.min(at, choices.length - 1)
  const run = (choice: Choice | undefined): void => {
    if (!choice) return
    onClose()
    choice.run()
  }
  return (
    <>
      <TextInput data-autofocus role="combobox" aria-expanded="true" aria-controls={id} aria-activedescendant={choices[chosen] && `${id}-${chosen}`} aria-label={t('shell.searchHint')} placeholder={t('shell.searchHint')} value={text}
        onChange={(event) => { setText(event.currentTarget.value); setAt(0) }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return
          if (event.code === 'ArrowDown') { event.preventDefault(); setAt(Math.min(chosen + 1, choices.length - 1)) }
          else if (event.code === 'ArrowUp') { event.preventDefault(); setAt(Math.max(chosen - 1, 0)) }
          else if (event.code === 'Enter') run(choices[chosen])
        }} />
      <ul className="cl-choices" id={id} role="listbox" aria-label={t('shell.search')}>
        {choices.map((choice, index) => (
          <li key={choice.words} id={`${id}-${index}`} role="option" aria-selected={index === chosen} className="cl-choice" onClick={() => run(choice)} onMouseMove={() => setAt(index)}>
            <Icon name={choice.icon} size={18} /><span>{choice.words}</span>{choice.keys && <kbd className="cl-kbd">{choice.keys}</kbd>}
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p className="cl-note" role="status">{t('shell.searchNone')}</p>}
    </>
  )
}

function useChoices(onHelp: () => void): readonly Choice[] {
  const { t, language, setLanguage } = usePreferences()
  const { actor, signOut } = useSession()
  const navigate = useNavigate()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const go = (to: string) => () => void navigate(to)
  const writing = useWriteChoices()
  return [
    ...writing,
    ...destinationsOf(actor).map(({ to, word, icon, code }): Choice => ({ words: t(word), icon, keys: `g ${code.slice(3).toLowerCase()}`, run: go(to) })),
    ...(actor?.roles.includes('patient') ? [{ words: t('sharing.share'), icon: 'share', run: go('/me/sharing/new') } as const] : []),
    { words: t('shell.verify'), icon: 'verify', run: go('/verify') },
    { words: t('shell.otherLanguage'), icon: 'share', run: () => setLanguage(language === 'en' ? 'ko' : 'en') },
    { words: t(scheme === 'dark' ? 'shell.toLight' : 'shell.toDark'), icon: scheme === 'dark' ? 'sun' : 'moon', run: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark') },
    { words: t('shell.keysTitle'), icon: 'log', keys: '?', run: onHelp },
    { words: t('shell.signOut'), icon: 'out', run: () => { void signOut(); void navigate('/') } },
  ]
}
