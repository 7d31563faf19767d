import type { Values, WordKey } from '../i18n/translate.ts'
import { usePreferences } from '../session/preferences.tsx'

/** Words whose parts between `<b>` and `</b>` are stressed; nothing else in them is markup. */
export function Rich({ k, values }: { readonly k: WordKey, readonly values?: Values }) {
  const { t } = usePreferences()
  return <RichText text={t(k, values)} />
}

export function RichText({ text }: { readonly text: string }) {
  return text.split(/<b>(.*?)<\/b>/).map((part, index) => (index % 2 === 1 ? <strong key={index}>{part}</strong> : part))
}
