/** The structured log line: one JSON object an event, for Workers Logs and Logpush. */
import { plainJson } from '../policy/plain-json.ts'

/** Never throws into the request: an event that cannot be written is lost, not the request. */
export function logEvent(event: object): void {
  try {
    console.log(plainJson(event))
  } catch {
    // There is nobody left to tell.
  }
}
