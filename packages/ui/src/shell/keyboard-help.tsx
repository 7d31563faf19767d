import { Modal, Switch } from '@mantine/core'
import { usePreferences } from '../session/preferences.tsx'

/** All keys on one card, and the switch that turns single keys off. */
export function KeyboardHelp({ open, onClose }: { readonly open: boolean, readonly onClose: () => void }) {
  const { t, singleKeys, setSingleKeys } = usePreferences()
  const keys = [
    ['Ctrl K', t('shell.search')], ['?', t('shell.keysHelp')], ['/', t('shell.keysFilter')], ['g …', t('shell.keysGo')],
    ['j  k', t('shell.keysMove')], ['Enter', t('shell.keysOpen')], ['p', t('shell.keysProof')], ['Esc', t('shell.keysClose')],
    ['1 – 5', t('chart.keysViews')], ['[  ]', t('chart.keysNeighbours')],
  ] as const
  return (
    <Modal opened={open} onClose={onClose} title={t('shell.keysTitle')} closeButtonProps={{ 'aria-label': t('shell.close') }}>
      <dl className="cl-keys">{keys.map(([key, words]) => <div key={key}><dt><kbd className="cl-kbd">{key}</kbd></dt><dd>{words}</dd></div>)}</dl>
      <Switch mt="lg" checked={singleKeys} onChange={(event) => setSingleKeys(event.currentTarget.checked)} label={t(singleKeys ? 'shell.keysOn' : 'shell.keysOff')} />
    </Modal>
  )
}
