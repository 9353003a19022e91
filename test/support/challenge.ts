/** Reads a `WWW-Authenticate` value the way a strict client would: one scheme, comma-separated parameters, each once (RFC 9110 section 11.6.1). */

export interface ParsedChallenge {
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Throws where the value is not exactly one well-formed challenge. */
export function parseChallenge(value: string | null): ParsedChallenge {
  const match = /^([A-Za-z]+) (.+)$/.exec(value ?? '')
  if (match?.[1] === undefined || match[2] === undefined) throw new Error('not a challenge')
  const parameters: Record<string, string> = {}
  let rest = match[2]
  while (rest !== '') {
    const parameter = /^([a-z_]+)="([\x20\x21\x23-\x5B\x5D-\x7E]*)"(?:, (?=.)|$)/.exec(rest)
    if (parameter?.[1] === undefined || parameter[2] === undefined) throw new Error('a parameter is malformed')
    if (Object.hasOwn(parameters, parameter[1])) throw new Error('a parameter is there twice')
    parameters[parameter[1]] = parameter[2]
    rest = rest.slice(parameter[0].length)
  }
  return { scheme: match[1], parameters }
}
