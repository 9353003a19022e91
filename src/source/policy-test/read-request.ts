/** `GET /v1/invoices` or `GET https://api.example.com/v1/invoices`, as a case writes it -> the request, or what is wrong with the text. */

import { ADMIN_PREFIX } from '../../policy/admin-routes.ts'
import { isMethod, METHODS } from '../../policy/method.ts'
import { isReserved } from '../../policy/reserved.ts'
import { fail, ok, type Result } from '../../policy/result.ts'
import { type Finding, quoted } from '../diagnostic.ts'
import type { ScopeMap } from '../model.ts'
import { didYouMean } from '../suggest.ts'

/** Where requests go that name no host: the default host of the map, or its only one. Undefined where there is none or more than one. */
export function hostOf({ defaultHosts, rules }: ScopeMap): string | undefined {
  const [only, ...others] = defaultHosts.length > 0 ? defaultHosts : new Set(rules.map(({ host }) => host))
  return only === undefined || others.length > 0 || only.startsWith('*') ? undefined : only
}

export interface RequestLine {
  readonly method: string
  readonly url: string
}

const SHAPE = /^([^\s/]+) (https?:\/\/[^\s]+|\/[^\s]*)$/

/**
 * Paths are not looked at: how the gate takes them is what is tested.
 *
 * @param takesAnyMethod the refusal of the method is what is expected, so that it cannot be a mistake
 */
export function readRequest(
  text: string,
  host: string | undefined,
  takesAnyMethod: boolean,
): Result<RequestLine, Omit<Finding, 'at'>> {
  const [, method, target] = SHAPE.exec(text) ?? []
  if (method === undefined || target === undefined)
    return fail({
      message: `${quoted(text)} is no request`,
      help: 'write `GET /v1/invoices` or `GET https://host/v1/invoices`',
    })
  if (!isMethod(method) && !takesAnyMethod)
    return fail({
      message: `the gate knows no method ${quoted(method)}`,
      help: didYouMean(method, METHODS) ?? 'where its refusal is the test, expect `method_refused` of every caller',
    })
  if (target.startsWith('/') && host === undefined)
    return fail({
      message: `${quoted(text)} names no host, and the map has no single one`,
      help: `write ${quoted(`${method} https://<host>${target}`)}`,
    })
  const url = target.startsWith('/') ? `https://${host}${target}` : target
  if (isReserved(url) && !url.startsWith(ADMIN_PREFIX, url.indexOf('/', 8)))
    return fail({
      message: `the gate answers ${quoted(target)} itself, before any rule`,
      help: 'test a path of the map',
    })
  return ok({ method, url })
}
