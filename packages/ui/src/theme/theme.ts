import { createTheme, type CSSVariablesResolver } from '@mantine/core'
import { variantColorResolver } from './variants.ts'
import { brand, brandInk, brandShade, darkGreys, tokens, type Scheme, type SchemeTokens } from './tokens.ts'

const fonts = "'Noto Sans KR Variable', 'Apple SD Gothic Neo', 'Noto Sans KR', 'Malgun Gothic', system-ui, sans-serif"

/** The Mantine theme of every screen. Use it with `cssVariablesResolver`: the library's own greys and reds fail WCAG AA. */
export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: { light: 7, dark: 3 },
  colors: { brand, dark: darkGreys },
  variantColorResolver,
  autoContrast: true,
  luminanceThreshold: 0.35,
  respectReducedMotion: true,
  defaultRadius: 'sm',
  fontFamily: fonts,
  fontSizes: { xs: '0.75rem', sm: '0.875rem', md: '1rem', lg: '1.125rem', xl: '1.25rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.55', lg: '1.5', xl: '1.45' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  headings: {
    fontFamily: fonts,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.625rem', lineHeight: '1.31', fontWeight: '650' },
      h2: { fontSize: '1.25rem', lineHeight: '1.4' },
      h3: { fontSize: '1.0625rem', lineHeight: '1.53' },
    },
  },
  components: {
    Button: { defaultProps: { size: 'md' } },
    TextInput: { defaultProps: { size: 'md' } },
    Select: { defaultProps: { size: 'md' } },
    Radio: { defaultProps: { size: 'md' } },
    Checkbox: { defaultProps: { size: 'md' } },
    Switch: { defaultProps: { size: 'md' } },
    Textarea: { defaultProps: { size: 'md' } },
    // The head of a dialogue is no banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: 'presentation' } } } },
  },
})

/** Maps our tokens onto Mantine's variables, and publishes them as `--cl-…` for the stylesheet. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({ variables: {}, light: variables('light'), dark: variables('dark') })

function variables(scheme: Scheme): Record<string, string> {
  const own = tokens[scheme]
  const shade = brand[brandShade[scheme]] as string
  return {
    ...careledgerVariables(own),
    '--cl-brand': shade,
    '--cl-on-brand': brandInk[scheme],
    '--mantine-primary-color-contrast': brandInk[scheme],
    '--cl-brand-tint': scheme === 'light' ? brand[0] : brand[9],
    '--mantine-color-body': own.surface,
    '--mantine-color-text': own.text,
    '--mantine-color-bright': own.text,
    '--mantine-color-dimmed': own.dimmed,
    '--mantine-color-placeholder': own.dimmed,
    '--mantine-color-anchor': own.link,
    '--mantine-color-error': own.status.critical.text,
    '--mantine-color-default': own.surface,
    '--mantine-color-default-hover': own.status.neutral.tint,
    '--mantine-color-default-color': own.text,
    '--mantine-color-default-border': own.hairline,
    '--mantine-color-disabled': own.status.neutral.tint,
    '--mantine-color-disabled-color': own.dimmed,
    '--mantine-color-disabled-border': own.hairline,
    '--mantine-color-brand-text': own.link,
    '--mantine-color-brand-light': own.status.neutral.tint,
    '--mantine-color-brand-light-hover': own.hairline,
    '--mantine-color-brand-light-color': own.link,
    '--mantine-color-brand-outline': own.link,
    '--mantine-primary-color-light': own.status.neutral.tint,
    '--mantine-primary-color-light-color': own.link,
  }
}

function careledgerVariables(own: SchemeTokens): Record<string, string> {
  const base = Object.entries({ surface: own.surface, page: own.page, text: own.text, dimmed: own.dimmed, link: own.link, control: own.control, hairline: own.hairline })
  const status = Object.entries(own.status).flatMap(([name, colors]) => Object.entries(colors).map(([part, value]) => [`${name}-${part}`, value as string] as const))
  const chart = own.chart.map((value, place) => [`chart-${place + 1}`, value] as const)
  return Object.fromEntries([...base, ...status, ...chart, ['chart-band', own.status.neutral.tint] as const].map(([name, value]) => [`--cl-${name}`, value]))
}
