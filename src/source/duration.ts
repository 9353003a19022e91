/** Lengths of time as maps write them: `30s`, `5m`, `12h`, `7d`. */

const DURATION = /^(0|[1-9][0-9]{0,6})([smhd])$/
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** The grammar, for the editors' JSON Schema. */
export const DURATION_PATTERN = DURATION.source

/** Whole seconds, or undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = DURATION.exec(text) ?? []
  return digits === undefined || unit === undefined ? undefined : Number(digits) * (SECONDS[unit] ?? 0)
}
