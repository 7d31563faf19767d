export { createLink, listLinks, stopLink, updateLink, type LinkItem } from './links.ts'
export { openLink, readLinkFile, sweepLinks, type OpenedLink, type OpenLink } from './resolve-link.ts'
export { enrolCardKey, issueCard, listCardChoices, listCards, readCardKey, readIssuers, revokeCard, type CardIssuer, type CardItem } from './cards.ts'
export { readSummary } from './summary.ts'
