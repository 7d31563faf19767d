import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { LANGUAGES, type Language } from '../i18n/bilingual.ts'
import { createTranslate, type Translate } from '../i18n/translate.ts'
import { formatClinicalDate, formatInstant, type DateStyle } from '../i18n/dates.ts'

export interface Preferences {
  readonly language: Language
  setLanguage(language: Language): void
  /** Single-key shortcuts; WCAG 2.1.4 asks that they can be switched off. */
  readonly singleKeys: boolean
  setSingleKeys(on: boolean): void
  readonly t: Translate
  /** An instant in the reader's time zone. */
  instant(value: Date | string, style: DateStyle): string
  /** A FHIR date, as exact as it was recorded. */
  clinicalDate(value: string): string
  number(value: number): string
}

const PreferencesContext = createContext<Preferences | undefined>(undefined)

export function PreferencesProvider({ language: wanted, children }: { readonly language?: Language | undefined, readonly children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => wanted ?? readLanguage())
  const [singleKeys, setSingleKeys] = useState(() => read('careledger.keys') !== 'off')

  useEffect(() => {
    document.documentElement.lang = language
    write('careledger.language', language)
  }, [language])

  useEffect(() => write('careledger.keys', singleKeys ? 'on' : 'off'), [singleKeys])

  const preferences = useMemo<Preferences>(() => {
    const t = createTranslate(language)
    const numbers = new Intl.NumberFormat(language === 'ko' ? 'ko-KR' : 'en-GB')
    return {
      language, setLanguage, singleKeys, setSingleKeys, t,
      instant: (value, style) => formatInstant(value, language, style),
      clinicalDate: (value) => formatClinicalDate(value, language),
      number: (value) => numbers.format(value),
    }
  }, [language, singleKeys])

  return <PreferencesContext value={preferences}>{children}</PreferencesContext>
}

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext)
  if (!preferences) throw new TypeError('Screens stand inside <App>.')
  return preferences
}

function readLanguage(): Language {
  const kept = read('careledger.language')
  if (LANGUAGES.includes(kept as Language)) return kept as Language
  return typeof navigator !== 'undefined' && navigator.language.startsWith('ko') ? 'ko' : 'en'
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // A browser that keeps nothing starts with the defaults next time.
  }
}
