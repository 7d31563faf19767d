import { toBase64url, utf8 } from './bytes.ts'
import { sha256 } from './hash.ts'

/** What the log calls an account at an identity provider: a hash of issuer and subject (OpenID Connect Core §5.7), 43 characters of base64url. */
export const accountId = (issuer: string, subject: string): string => toBase64url(sha256(utf8(`careledger/v1/account\n${issuer}\n${subject}`)))
