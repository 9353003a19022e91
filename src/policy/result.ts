/** The only general-purpose file of the project: how a check says yes or no, and the types that make emptiness and mix-ups unrepresentable. */

declare const brand: unique symbol

/** A `T` that only one parser can make, so that two kinds of string or number cannot be confused. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A list with at least one member. An empty "all of" would be true of everybody, so it must not be expressible. */
export type NonEmpty<T> = readonly [T, ...T[]]

export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E }

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })

export const fail = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error })

/** Narrows a list to one that holds something. */
export const isNonEmpty = <T>(list: readonly T[]): list is NonEmpty<T> => list.length > 0

/** A list of as many as there were. */
export const mapNonEmpty = <T, U>([first, ...rest]: NonEmpty<T>, change: (item: T) => U): NonEmpty<U> => [
  change(first),
  ...rest.map(change),
]

/** Seconds since 1970-01-01T00:00:00Z, as RFC 7519 NumericDate. */
export type EpochSeconds = Brand<number, 'EpochSeconds'>

/** Milliseconds of a clock to whole epoch seconds. */
export const epochSeconds = (milliseconds: number): EpochSeconds => Math.floor(milliseconds / 1000) as EpochSeconds
