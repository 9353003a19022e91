/** `lint` of `gateway.yaml`, with places. */

import { isFirm, LINT_LEVELS, type LintRule } from '../diagnostic.ts'
import type { MapDocument } from '../document.ts'
import type { LintDeclaration } from '../lint-schema.ts'
import type { LintSetting, LintSettings } from './settle.ts'

export function lintSettings(declaration: LintDeclaration, document: MapDocument): LintSettings {
  const settings = new Map<LintRule, LintSetting>()
  for (const rule of LINT_RULES) {
    const setting = declaration[rule]
    if (setting === undefined) continue
    const { level } = setting
    const exceptions = 'except' in setting ? (setting.except ?? []) : []
    settings.set(rule, {
      ...(level !== undefined && { level }),
      exceptions: exceptions.map(({ at, reason, until }, index) => ({
        subject: at,
        reason,
        ...(until !== undefined && { until }),
        at: document.placeOf(['lint', rule, 'except', index]),
      })),
    })
  }
  return settings
}

const isLintRule = (rule: string): rule is LintRule => Object.hasOwn(LINT_LEVELS, rule) && !isFirm(rule)
const LINT_RULES: readonly LintRule[] = Object.keys(LINT_LEVELS).filter(isLintRule)
