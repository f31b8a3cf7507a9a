// @ts-check
import { signal } from "../vendor/ui.js"

const TICK_MS = 5_000

/** The time, for timers on the page: milliseconds since 1970, moved on every few seconds. @type {{value: number}} */
export const now = signal(Date.now())

/** Start the clock; `ahead` is the server's clock minus ours. @param {() => number} ahead */
export function startClock(ahead) {
  const tick = () => (now.value = Date.now() + ahead())
  tick()
  setInterval(tick, TICK_MS)
}

/** How long ago, in ms. @param {string | undefined} at RFC 3339 */
export const since = (at) => (at ? Math.max(0, now.value - Date.parse(at)) : 0)
