/** The structured log line: one JSON object an event, for Workers Logs and Logpush. */

/** Never throws into the request: an event that cannot be written is lost, not the request. */
export function logEvent(event: object): void {
  try {
    console.log(JSON.stringify(event))
  } catch {
    // There is nobody left to tell.
  }
}
