/**
 * A request as somebody pastes it: a line of curl, or a method and an address. Credentials are taken out before anything else looks at the text, and are kept nowhere: to
 * say why a request is refused, it is enough to know which scopes its token has.
 */

export interface PastedRequest {
  readonly method: string
  readonly url: string
}

export interface CleanText {
  readonly text: string
  /** Whether something was taken out. */
  readonly hadCredentials: boolean
}

/** Names of what nobody should know: whatever a header, a parameter or a member is called that has one of these words in it. */
const SECRET_NAMES = '[\\w-]*(?:token|secret|passw(?:or)?d|api[-_]?key|assertion|signature|session)[\\w-]*'
const SECRET_HEADERS = `(?:proxy-)?authorization|cookie|dpop|${SECRET_NAMES}`

const CREDENTIALS: readonly RegExp[] = [
  // curl: a header in quotes, a header without, a user, a token.
  new RegExp(`\\s(?:-H|--header)[\\s=]*(["'])\\s*(?:${SECRET_HEADERS})\\s*:[^]*?\\1`, 'gi'),
  new RegExp(`\\s(?:-H|--header)[\\s=]*(?:${SECRET_HEADERS}):\\S*`, 'gi'),
  /\s(?:-u|-b|--user|--cookie|--oauth2-bearer|--proxy-user)[\s=]*(?:"[^"]*"|'[^']*'|\S+)/gi,
  // Header lines as they travel.
  new RegExp(`^[ \\t]*(?:${SECRET_HEADERS})[ \\t]*:.*$`, 'gim'),
  /\b(?:bearer|dpop)\s+[\w.~+/=-]{8,}/gi,
  // Whatever looks like a JWT, wherever it stands.
  /\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g,
  // A parameter of an address, a field of a form, a member of JSON.
  new RegExp(`(?<![\\w-])(?:${SECRET_NAMES})["']?\\s*[=:]\\s*["']?[^&"'\\s,}]+`, 'gi'),
  // The part of an address before its host.
  /(?<=\bhttps?:\/\/)[^\s/@"']+@/gi,
]

export function withoutCredentials(text: string): CleanText {
  const clean = CREDENTIALS.reduce((rest, pattern) => rest.replace(pattern, ''), text)
  return { text: clean, hadCredentials: clean !== text }
}

/** Undefined: it is neither. The address must be whole: it says which host is meant. */
export function readPasted(text: string): PastedRequest | undefined {
  const words = wordsOf(text.replace(/\\\r?\n/g, ' ').trim())
  if (words[0] === 'curl') return readCurl(words.slice(1))
  const [first = '', second] = words
  if (/^https?:\/\//i.test(first)) return { method: 'GET', url: first }
  return second !== undefined && /^[a-z]+$/i.test(first) && /^https?:\/\//i.test(second)
    ? { method: first.toUpperCase(), url: second }
    : undefined
}

/** Options of curl that take a value, and are not about method or address. */
const WITH_VALUE =
  /^(?:-[AeFHmorTwx]|--(?:header|user-agent|referer|form|max-time|output|range|upload-file|write-out|proxy|cacert|cert|key|resolve|connect-timeout|retry))$/
const WITH_BODY = /^(?:-d|--data(?:-raw|-binary|-urlencode|-ascii)?|--json)$/

function readCurl(words: readonly string[]): PastedRequest | undefined {
  let method: string | undefined
  let url: string | undefined
  let hasBody = false
  for (let place = 0; place < words.length; place++) {
    const word = words[place] ?? ''
    const next = words[place + 1]
    if (word === '-X' || word === '--request') {
      method = next
      place++
    } else if (/^-X\w/.test(word)) method = word.slice(2)
    else if (word === '--url') {
      url = next
      place++
    } else if (word === '-I' || word === '--head') method ??= 'HEAD'
    else if (word === '-G' || word === '--get') method ??= 'GET'
    else if (WITH_BODY.test(word)) {
      hasBody = true
      place++
    } else if (WITH_VALUE.test(word)) place++
    else if (!word.startsWith('-')) url ??= word
  }
  if (url === undefined || !/^https?:\/\//i.test(url)) return undefined
  return { method: (method ?? (hasBody ? 'POST' : 'GET')).toUpperCase(), url }
}

/** As a shell takes a line apart, without expanding anything. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = []
  for (const [word] of text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/g))
    words.push(
      word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double, single, escaped) =>
        double !== undefined ? double.replace(/\\(.)/g, '$1') : (single ?? escaped),
      ),
    )
  return words
}
