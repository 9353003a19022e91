/** Waiting for work that another request may have begun: on Workers its promise may never settle once that request is gone. */

/** The work's value, or undefined once the waiter's own timer has run out. Rejects where the work does. */
export async function settleWithin<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  try {
    return await Promise.race([work, patience])
  } finally {
    clearTimeout(timer)
  }
}
