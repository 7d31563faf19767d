/**
 * What SMART clients discover (SMART App Launch 2, "Conformance"). There is no authorisation endpoint: people sign in with keys of their own, and
 * systems by Backend Services.
 */
export function smartConfiguration(origin: string, base: string): object {
  return {
    fhir_base: base,
    token_endpoint: `${origin}/oauth/token`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256', 'EdDSA'],
    dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
    scopes_supported: ['patient/*.rs', 'user/*.cruds', 'system/*.cruds'],
    // Asked of every server (SMART App Launch 2.2, "Metadata"), of one without an authorisation endpoint too.
    code_challenge_methods_supported: ['S256'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2', 'permission-user', 'permission-patient'],
  }
}
