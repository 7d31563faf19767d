/** Line drawings on a 24 unit grid, decoration only: the word stands beside them. */
const paths = {
  home: 'M4 11.5 12 4l8 7.5M6 10v10h12V10',
  record: 'M7 3h8l4 4v14H7zM15 3v4h4M10 12h6M10 16h6',
  eye: 'M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  share: 'M18 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM6 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM18 22a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8.7 10.6l6.6-4.1M8.7 13.4l6.6 4.1',
  key: 'M8 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12.5 12H22M18 12v4',
  people: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2 21c0-4 3-6.5 7-6.5s7 2.500 7 6.5M16 3.500a4 4 0 0 1 0 7.300M18.500 15c2.200.8 3.500 3 3.500 6',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500 21 21',
  import: 'M12 3v12M7.500 10.500 12 15l4.500-4.500M4 17v4h16v-4',
  overview: 'M4 4h7v7H4zM13 4h7v4h-7zM13 11h7v9h-7zM4 14h7v6H4z',
  outbox: 'M4 13v7h16v-7M12 15V4M7.500 8.500 12 4l4.500 4.500',
  log: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  ledgers: 'M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01M12 8h5M12 16h5',
  building: 'M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3',
  pulse: 'M3 12h4l3-8 4 16 3-8h4',
  verify: 'M12 3l8 3v6c0 5-3.500 8-8 9-4.500-1-8-4-8-9V6zM8.500 12l2.500 2.500 4.500-5',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2.500M12 19.500V22M2 12h2.500M19.500 12H22M4.900 4.900l1.800 1.800M17.300 17.300l1.800 1.800M19.100 4.900l-1.800 1.800M6.700 17.300l-1.800 1.800',
  moon: 'M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z',
  close: 'M6 6l12 12M18 6 6 18',
  check: 'M5 12.500 10 17.500 19 7',
  minus: 'M6 12h12',
  plus: 'M6 12h12M12 6v12',
  chevron: 'M9 5l7 7-7 7',
  octagon: 'M8 2.500h8L21.500 8v8L16 21.500H8L2.500 16V8zM12 7v6M12 16.500v.01',
  triangle: 'M12 3.500 22 20.500H2zM12 10v5M12 17.500v.01',
  down: 'M12 20.500 2 3.500h20zM12 7v5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.500 2',
  half: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 3v18M12 6h4M12 10h7.500M12 14h7.500M12 18h4',
  hourglass: 'M6 3h12M6 21h12M7.500 3c0 5 4.500 6 4.500 9s-4.500 4-4.500 9M16.500 3c0 5-4.500 6-4.500 9s4.500 4 4.500 9',
  again: 'M4 12a8 8 0 1 1 2.500 5.800M4 19v-5h5',
  ban: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.700 5.700l12.600 12.600',
  lock: 'M6 11h12v10H6zM8.500 11V7.500a3.500 3.500 0 0 1 7 0V11',
  download: 'M12 3v12M7.500 10.500 12 15l4.500-4.500M5 20h14',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  file: 'M7 3h8l4 4v14H7zM15 3v4h4',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.500v2.500H14zM20 14v.01M14 20v.01M17 17h3v3h-3z',
  out: 'M14 4h5v16h-5M4 12h10M10.500 8.500 14 12l-3.500 3.500',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 20 }: { readonly name: IconName, readonly size?: number }) {
  return (
    <svg className="cl-icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
