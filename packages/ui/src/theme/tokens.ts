/** Text, solid with its ink, tint, and line (icons, borders, marks) of one status. */
export interface StatusColors {
  readonly text: string
  readonly solid: string
  readonly ink: string
  readonly tint: string
  readonly line: string
}

/** A class of the blood stock matrix: cell and the ink on it. */
export interface CellColors {
  readonly cell: string
  readonly ink: string
}

/** Every colour of one scheme. Nothing in this package names a colour anywhere else. */
export interface SchemeTokens {
  readonly surface: string
  readonly page: string
  readonly text: string
  /** Also the placeholder. */
  readonly dimmed: string
  /** Also the focus ring. */
  readonly link: string
  /** Border of inputs and other controls: 3:1 against surface and page. */
  readonly control: string
  /** Decorative only. */
  readonly hairline: string
  readonly status: Readonly<Record<'critical' | 'high' | 'low' | 'proven' | 'neutral', StatusColors>>
  /** At most four series; dash and marker differ too. */
  readonly chart: readonly [string, string, string, string]
  readonly stock: Readonly<Record<'critical' | 'low' | 'target' | 'comfortable' | 'surplus', CellColors>>
}

/** The library's own dark greys are brownish; these are ours, from text to the deepest ground. */
export const darkGreys = ['#E8EDF2', '#A7B2BD', '#8793A0', '#66727E', '#38414A', '#272E36', '#1B2128', '#171C22', '#12161B', '#0C0F13'] as const

export type Scheme = 'light' | 'dark'

export const tokens: Readonly<Record<Scheme, SchemeTokens>> = {
  light: {
    surface: '#FFFFFF', page: '#F6F8FA', text: '#1C232A', dimmed: '#55606B', link: '#0F6078', control: '#7B8792', hairline: '#C9D0D8',
    status: {
      critical: { text: '#A3121A', solid: '#9C0F1C', ink: '#FFFFFF', tint: '#FDECEC', line: '#B3141D' },
      high: { text: '#7A4100', solid: '#F0A020', ink: '#231400', tint: '#FFF3DC', line: '#C26A00' },
      low: { text: '#0A529B', solid: '#0B5CAD', ink: '#FFFFFF', tint: '#E8F2FD', line: '#2F7FD0' },
      proven: { text: '#0B5F4B', solid: '#0F7A60', ink: '#FFFFFF', tint: '#E2F5EF', line: '#1F9478' },
      neutral: { text: '#4A545E', solid: '#56606B', ink: '#FFFFFF', tint: '#EEF1F4', line: '#78848F' },
    },
    chart: ['#003954', '#772E00', '#A870D5', '#40A077'],
    stock: {
      critical: { cell: '#8C1D18', ink: '#FFFFFF' }, low: { cell: '#F4B183', ink: '#3A1500' }, target: { cell: '#F3F5F7', ink: '#1C232A' },
      comfortable: { cell: '#A9CBEA', ink: '#0B2B4A' }, surplus: { cell: '#1F5FA8', ink: '#FFFFFF' },
    },
  },
  dark: {
    surface: '#1B2128', page: '#12161B', text: '#E8EDF2', dimmed: '#A7B2BD', link: '#7CC7E0', control: '#7F8B97', hairline: '#38414A',
    status: {
      critical: { text: '#FF9D9B', solid: '#D93A40', ink: '#FFFFFF', tint: '#3A1A1D', line: '#F0656A' },
      high: { text: '#FFC069', solid: '#F0A93B', ink: '#231400', tint: '#382708', line: '#E8A33D' },
      low: { text: '#8FC1F7', solid: '#2B74C6', ink: '#FFFFFF', tint: '#14283D', line: '#5B9DDF' },
      proven: { text: '#74D8BA', solid: '#2FB491', ink: '#04231B', tint: '#0D3128', line: '#35B592' },
      neutral: { text: '#B6C0CA', solid: '#66727E', ink: '#FFFFFF', tint: '#272E36', line: '#8793A0' },
    },
    chart: ['#88E3FF', '#FFCB71', '#A657B8', '#449275'],
    stock: {
      critical: { cell: '#E5544B', ink: '#1C0303' }, low: { cell: '#8A4A1F', ink: '#FFE9D6' }, target: { cell: '#2B333B', ink: '#E8EDF2' },
      comfortable: { cell: '#2A5680', ink: '#E3F0FC' }, surplus: { cell: '#7DB5EC', ink: '#06203A' },
    },
  },
}

/** Shades 0 to 9. White stands on 7; in the dark scheme black stands on 3. */
export const brand = ['#EEF8FC', '#DBEFF7', '#BAE0EF', '#8ECCE2', '#63B6D2', '#419FBD', '#2587A3', '#116E87', '#07576C', '#054152'] as const

/** Ink on the brand as a fill. */
export const brandInk: Readonly<Record<Scheme, string>> = { light: '#FFFFFF', dark: '#000000' }

export const brandShade: Readonly<Record<Scheme, number>> = { light: 7, dark: 3 }
