/** A challenge can name an `acr` and an age, but no `amr` (RFC 9470 section 3): a client that lacks only that is told to try again, and not how. */
import type { Finding } from '../diagnostic.ts'
import { ruleId } from '../model.ts'
import type { WholeLint } from './lint.ts'

export const silentStepUp: WholeLint = {
  rule: 'silent-step-up',
  find: ({ rules, scopes }) =>
    [...rules, ...scopes].flatMap((carrier): readonly Finding[] =>
      carrier.stepUp?.amr === undefined || carrier.stepUp.acr !== undefined
        ? []
        : [
            {
              at: carrier.at,
              subject: 'name' in carrier ? carrier.name : ruleId(carrier),
              message: 'the step-up asks for methods (`amr`) alone, which no challenge can name',
              help: 'name an `acr` beside it that stands for these methods at the authorization server',
            },
          ],
    ),
}
