/** The lints, in two lists: those that look at parts, and those that need a whole map. */

import type { Release } from '../../policy/decode.ts'
import { type Diagnostic, diagnostic } from '../diagnostic.ts'
import type { ScopeMap } from '../model.ts'
import { confusablePaths } from './confusable-paths.ts'
import { doubleBinding } from './double-binding.ts'
import { duplicateScope } from './duplicate-scope.ts'
import { emptyService } from './empty-service.ts'
import { impliesCycle } from './implies-cycle.ts'
import { impliesTooMany } from './implies-too-many.ts'
import { impossibleStepUp } from './impossible-step-up.ts'
import type { PartLint, WholeLint } from './lint.ts'
import { lookupTooBranchy } from './lookup-too-branchy.ts'
import { missingMetadata } from './missing-metadata.ts'
import { overlappingRules } from './overlapping-rules.ts'
import { retiredScopeRequired } from './retired-scope-required.ts'
import { reviewOverdue } from './review-overdue.ts'
import { scopeNaming } from './scope-naming.ts'
import { scopeTooCoarse } from './scope-too-coarse.ts'
import { shadowedRule } from './shadowed-rule.ts'
import { silentStepUp } from './silent-step-up.ts'
import { sunsetBeforeSince } from './sunset-before-since.ts'
import { undefinedScope } from './undefined-scope.ts'
import { unusedHostOptions } from './unused-host-options.ts'
import { unusedScope } from './unused-scope.ts'

const PART_LINTS: readonly PartLint[] = [
  duplicateScope,
  impliesCycle,
  impliesTooMany,
  lookupTooBranchy,
  missingMetadata,
  overlappingRules,
  reviewOverdue,
  scopeNaming,
  scopeTooCoarse,
  sunsetBeforeSince,
  undefinedScope,
]

const WHOLE_LINTS: readonly WholeLint[] = [
  confusablePaths,
  doubleBinding,
  emptyService,
  impossibleStepUp,
  retiredScopeRequired,
  shadowedRule,
  silentStepUp,
  unusedHostOptions,
  unusedScope,
]

export const lintParts = (map: ScopeMap, today: string): readonly Diagnostic[] =>
  PART_LINTS.flatMap(({ rule, find }) => find(map, today).map((finding) => diagnostic(rule, finding)))

export const lintWhole = (map: ScopeMap, release: Release, today: string): readonly Diagnostic[] =>
  WHOLE_LINTS.flatMap(({ rule, find }) => find(map, release, today).map((finding) => diagnostic(rule, finding)))
