import { defaultVariantColorsResolver, type VariantColorsResolver } from '@mantine/core'

/**
 * Ink on a filled control follows the scheme: white on the light brand, black on the bright one of the dark scheme. Mantine computes one
 * ink for both.
 */
export const variantColorResolver: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input)
  return input.variant === 'filled' ? { ...colors, color: 'var(--cl-on-brand)' } : colors
}
