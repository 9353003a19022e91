/** The lints, in two lists: those that look at parts, and those that need a whole map. */

import type { Release } from '../../policy/decode.ts'
import { type Diagnostic, diagnostic, isFirm } from '../diagnostic.ts'
import type { ScopeMap } from '../model.ts'
import { allOfContained } from './all-of-contained.ts'
import { confusablePaths } from './confusable-paths.ts'
import { deprecatedWithoutReplacement } from './deprecated-without-replacement.ts'
import { deprecatedWithoutSunset } from './deprecated-without-sunset.ts'
import { doubleBinding } from './double-binding.ts'
import { duplicateAlternative } from './duplicate-alternative.ts'
import { duplicateScope } from './duplicate-scope.ts'
import { emptyService } from './empty-service.ts'
import { genericScope } from './generic-scope.ts'
import { impliesAcrossOwners } from './implies-across-owners.ts'
import { impliesCycle } from './implies-cycle.ts'
import { impliesMoreSensitive } from './implies-more-sensitive.ts'
import { impliesTooBroad } from './implies-too-broad.ts'
import { impliesTooMany } from './implies-too-many.ts'
import { impossibleStepUp } from './impossible-step-up.ts'
import type { PartLint, WholeLint } from './lint.ts'
import { lookupTooBranchy } from './lookup-too-branchy.ts'
import { missingMetadata } from './missing-metadata.ts'
import { nearDuplicateScope } from './near-duplicate-scope.ts'
import { overlappingRules } from './overlapping-rules.ts'
import { placeholderMetadata } from './placeholder-metadata.ts'
import { publicIdentifier } from './public-identifier.ts'
import { redundantImplies } from './redundant-implies.ts'
import { retiredScopeRequired } from './retired-scope-required.ts'
import { reviewOverdue } from './review-overdue.ts'
import { scopeNaming } from './scope-naming.ts'
import { scopeReadsAndWrites } from './scope-reads-and-writes.ts'
import { scopeTooCoarse } from './scope-too-coarse.ts'
import { sensitiveAuthenticated } from './sensitive-authenticated.ts'
import { sensitiveLowScope } from './sensitive-low-scope.ts'
import { sensitivePublic } from './sensitive-public.ts'
import { sensitiveWithoutStepUp } from './sensitive-without-step-up.ts'
import { shadowedRule } from './shadowed-rule.ts'
import { silentStepUp } from './silent-step-up.ts'
import { sunsetBeforeSince } from './sunset-before-since.ts'
import { sunsetPassed } from './sunset-passed.ts'
import { undefinedScope } from './undefined-scope.ts'
import { unusedHostOptions } from './unused-host-options.ts'
import { unusedScope } from './unused-scope.ts'
import { wildcardScope } from './wildcard-scope.ts'

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
  allOfContained,
  confusablePaths,
  deprecatedWithoutReplacement,
  deprecatedWithoutSunset,
  doubleBinding,
  duplicateAlternative,
  emptyService,
  genericScope,
  impliesAcrossOwners,
  impliesMoreSensitive,
  impliesTooBroad,
  impossibleStepUp,
  nearDuplicateScope,
  placeholderMetadata,
  publicIdentifier,
  redundantImplies,
  retiredScopeRequired,
  scopeReadsAndWrites,
  sensitiveAuthenticated,
  sensitiveLowScope,
  sensitivePublic,
  sensitiveWithoutStepUp,
  shadowedRule,
  silentStepUp,
  sunsetPassed,
  unusedHostOptions,
  unusedScope,
  wildcardScope,
]

export const lintParts = (map: ScopeMap, today: string): readonly Diagnostic[] =>
  PART_LINTS.flatMap(({ rule, find }) => find(map, today).map((finding) => diagnostic(rule, finding)))

const FIRM_LINTS = PART_LINTS.filter(({ rule }) => isFirm(rule))

/** Those alone that keep a map from being compiled. They do not depend on the day. */
export const lintFirm = (map: ScopeMap): readonly Diagnostic[] =>
  FIRM_LINTS.flatMap(({ rule, find }) => find(map, '').map((finding) => diagnostic(rule, finding)))

export const lintWhole = (map: ScopeMap, release: Release, today: string): readonly Diagnostic[] =>
  WHOLE_LINTS.flatMap(({ rule, find }) => find(map, release, today).map((finding) => diagnostic(rule, finding)))
