// @ts-check
// One payment, from the wish to its end. What is on screen follows from the server's word; only the card form is local.
import { get, keyOf, post, Problem, settle } from "../shared/api.js"
import { signal } from "../vendor/ui.js"
import { command } from "./doing.js"
import { clock, coins, page, view } from "./state.js"
import { session } from "./table.js"

/** @typedef {import("./types.js").Pays} Pays */
/** @typedef {import("../shared/types.js").StartedPayment} StartedPayment */
/** @typedef {{pays: Pays, amount: number, method: "card" | "cash", tip: number}} Wish */

const KEEP_MS = 60_000
const CHECK_MS = 2_000

/** What the payer's own page was told; the client secret is in no view. */
export const started = signal(/** @type {StartedPayment | null} */ (null))
/** Why it did not start. */
export const problem = signal(/** @type {Problem | null} */ (null))
export const busy = signal(false)

/** Where the card form comes from. */
export const stripe = () => ({ js: page.pay.js ?? "https://js.stripe.com/endive/stripe.js", publishableKey: started.value?.publishableKey ?? page.pay.publishableKey })

/** The payment as the whole table sees it. @param {string | undefined} id */
export const seen = (id) => (id ? view.value?.payments[id] : undefined)

/** Reserve the share at the server's figure; a figure that differs from ours is a problem, not a surprise. @param {Wish} wish */
export async function begin({ pays, amount, method, tip }) {
  const what = typeof pays === "object" && "amount" in pays ? { amount: pays.amount } : { pays }
  const body = { paymentMethod: method, tipAmount: tip, expectedAmount: amount, ...what }
  const intent = `pay:${session()}`
  await attempt(async () => {
    started.value = await post(`table-sessions/${session()}/payment`, body, { key: keyOf(intent, body), timeout: 20_000 })
    settle(intent)
  }, intent)
}

/** Go on with a payment that is under way: after a reload, or in another tab. @param {string} id @returns {Promise<void>} */
export const goOn = (id) => attempt(async () => {
  started.value = await get(`payments/${id}`)
})

/** Ask where it stands; the server asks the provider. @param {string} id */
export const check = (id) => get(`payments/${id}`).then((answer) => (started.value = answer), () => {})

/** Let go of the share. @param {string} id @returns {Promise<Problem | null>} */
export const letGo = (id) => post(`payments/${id}/cancel`, {}).then(() => null, (/** @type {Problem} */ why) => why)

/** @param {() => Promise<void>} run @param {string} [intent] @returns {Promise<void>} */
async function attempt(run, intent) {
  busy.value = true
  problem.value = null
  try {
    await run()
  } catch (why) {
    if (!(why instanceof Problem)) throw why
    // Without an answer the same key must go out again; after a refusal the next wish is a new one.
    if (intent && why.code !== "offline" && why.code !== "duplicate_in_progress") settle(intent)
    if (why.code === "payment_open" && why.figures.payment) return goOn(why.figures.payment)
    problem.value = why
  } finally {
    busy.value = false
  }
}

/** Nothing of an earlier payment stays. */
export function forget() {
  started.value = null
  problem.value = null
  busy.value = false
}

/** Signs of life while the payer's page is open and looked at. @param {string} id @returns {() => void} */
export function keepAlive(id) {
  const beat = () => document.visibilityState === "visible" && isHeld(id) && void command("payment.keep", { payment: id })
  const timer = setInterval(beat, KEEP_MS)
  return () => clearInterval(timer)
}

/** @param {string} id */
const isHeld = (id) => ["initiated", "awaiting"].includes(seen(id)?.status ?? "")

/** Ask again every other second while the provider's answer is in doubt. @param {string} id @returns {() => void} */
export function keepChecking(id) {
  const timer = setInterval(() => document.visibilityState === "visible" && check(id), CHECK_MS)
  return () => clearInterval(timer)
}

/** The tab that pays remembers it over a reload. @param {string | null} id */
export function remember(id) {
  try {
    if (id) sessionStorage.setItem("splittable.paying", id)
    else sessionStorage.removeItem("splittable.paying")
  } catch {
    // Without storage the bar at the foot still leads back to the payment.
  }
}

/** How long the share is held, in ms. @param {string} id */
export const heldFor = (id) => {
  const until = seen(id)?.expiresAt ?? started.value?.expiresAt
  return until ? Date.parse(until) - clock.value : null
}

/**
 * What a payment pays, exactly as it was quoted: lines, service, tax.
 * @param {string} id
 * @returns {{lines: {name: string, amount: number}[], service: number, tax: number, amount: number} | null}
 */
export function breakdown(id) {
  const payment = seen(id)
  if (!payment) return null
  let service = 0
  let tax = 0
  const lines = Object.entries(payment.allocations).map(([line, guests]) => {
    const whole = view.value?.lines[line]
    const amount = Object.values(guests).reduce((sum, one) => sum + one, 0)
    service += portion(whole?.service ?? 0, amount, whole?.charged ?? 0)
    tax += portion(whole?.tax ?? 0, amount, whole?.charged ?? 0)
    return { name: whole?.name ?? "", amount }
  })
  return { lines, service, tax, amount: payment.amount }
}

/** `part` of a line in proportion to what is paid of it, as the receipt has it. @param {number} part @param {number} paid @param {number} charged */
function portion(part, paid, charged) {
  const { step } = coins().currency
  if (!charged) return 0
  return Number((2n * BigInt(part / step) * BigInt(paid) + BigInt(charged)) / (2n * BigInt(charged))) * step
}
