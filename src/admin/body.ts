/** The body of a request, of a type that is taken and not larger than is taken. */
import { fail, ok, type Result } from '../policy/result.ts'
import { readWithin } from '../release/read-within.ts'

export type BodyFault = 'type' | 'size' | 'encoding'

export interface Body<Type extends string> {
  readonly type: Type
  readonly text: string
}

/** @param types media types without parameters, in lower case */
export async function readBody<Type extends string>(
  request: Request,
  types: readonly Type[],
  mostBytes: number,
): Promise<Result<Body<Type>, BodyFault>> {
  const sent = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  const type = types.find((each) => each === sent)
  if (type === undefined) return fail('type')
  const text = await readText(request, mostBytes)
  return text.ok ? ok({ type, text: text.value }) : text
}

/** Whatever its type. Never rejects: what breaks off is no text. */
export async function readText(request: Request, mostBytes: number): Promise<Result<string, 'size' | 'encoding'>> {
  try {
    const bytes = request.body === null ? new ArrayBuffer(0) : await readWithin(request.body, mostBytes)
    return bytes === 'too_large' ? fail('size') : ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return fail('encoding')
  }
}
