// @ts-check
// What the page knows, as signals. Only `table.js` writes what comes from the server.
import { computed, signal } from "../vendor/ui.js"
import { Money, percentOf } from "../shared/money.js"

/** @type {import("./types.js").Page} */
export const page = JSON.parse(document.getElementById("page")?.textContent ?? "{}")
export const lang = document.documentElement.lang || "en"

export const view = signal(page.view)
export const me = signal(page.me)
export const status = signal(/** @type {import("../shared/socket.js").Status} */ ({ state: "connecting", late: null, end: null }))
export const joined = signal(false)
export const present = signal(/** @type {ReadonlySet<string>} */ (new Set()))
export const pending = signal(/** @type {{id: number, k: string, d: any}[]} */ ([]))
/** Lines that somebody else has just changed. */
export const glowing = signal(/** @type {ReadonlySet<string>} */ (new Set()))
/** What stands between this phone and the table: "pin", "approval", "visit", … */
export const door = signal(/** @type {string | null} */ (null))
/** The party sits at another table now. */
export const moved = signal(false)
/** Four digits that this phone tells those who come later. */
export const pin = signal(/** @type {string | null} */ (null))
export const tab = signal(page.view && Object.keys(page.view.lines).length ? "bill" : "menu")
export const sheet = signal(/** @type {import("./types.js").SheetWish | null} */ (null))
export const tip = signal(/** @type {import("./types.js").Tip | null} */ (null))
export const shownLines = signal("all")
/** Once a second, while something on screen counts down; ms since 1970 by the server's clock. */
export const clock = signal(Date.parse(page.now) || Date.now())

export const currency = computed(() => view.value?.tableSession.currency ?? page.menu.currency)
const money = computed(() => new Money(currency.value, lang))
/** The currency's rules for reading and writing amounts. */
export const coins = () => money.value
/** "€12.34". @param {number} amount */
export const price = (amount) => money.value.format(amount)

export const myself = computed(() => (me.value ? view.value?.guests[me.value.id] : undefined))
/** Me and those I look after. */
export const mine = computed(() => {
  const own = me.value?.id
  return own ? [own, ...Object.entries(view.value?.guests ?? {}).filter(([, guest]) => guest.companionOf === own).map(([id]) => id)] : []
})
/** What my people and I still owe. */
export const due = computed(() => mine.value.reduce((sum, id) => sum + (view.value?.guests[id]?.due ?? 0), 0))
export const lines = computed(() => Object.entries(view.value?.lines ?? {}).sort(([, a], [, b]) => a.n - b.n))
export const isOver = computed(() => ["closed", "abandoned"].includes(view.value?.tableSession.status ?? ""))
/** Money may only be moved on the newest figures. */
export const isStale = computed(() => status.value.state !== "live" || status.value.late !== null || !joined.value)

const OPEN = ["initiated", "awaiting", "processing", "authorized"]
/** Whether a payment still holds its share. @param {import("./types.js").Payment} payment */
export const isOpen = (payment) => OPEN.includes(payment.status) && !payment.released
/** Payments in flight, as [id, payment]. */
export const inFlight = computed(() => Object.entries(view.value?.payments ?? {}).filter(([, payment]) => isOpen(payment)))
/** My own payment in flight. */
export const myPayment = computed(() => inFlight.value.find(([, payment]) => payment.guest === me.value?.id))

/** Who waits to be let in by somebody at the table. */
export const knocking = computed(() => Object.values(view.value?.requests ?? {}).flatMap((one) => (one.kind === "join" && one.by && myself.value ? [one.by] : [])))

/** What "Pay" pays: my own share, with my companions'; all that is left when nothing is mine. */
export const offer = computed(() => {
  const unpaid = view.value?.totals.unpaid ?? 0
  const owing = mine.value.filter((id) => view.value?.guests[id]?.due)
  if (!due.value) return { pays: /** @type {import("./types.js").Pays} */ ("everything"), amount: unpaid }
  const own = owing.length === 1 && owing[0] === me.value?.id
  return { pays: /** @type {import("./types.js").Pays} */ (own ? "mine" : { guests: owing }), amount: due.value }
})

/** The tip in minor units on `amount`. @param {number} amount */
export function tipOn(amount) {
  const chosen = tip.value
  if (!chosen || chosen.kind === "none") return 0
  return chosen.kind === "amount" ? chosen.value : percentOf(amount, chosen.value, coins().currency.step)
}

/** Show a sheet; null closes it. @param {string | null} name @param {any} [props] */
export const open = (name, props) => (sheet.value = name ? { name, props } : null)
export const close = () => open(null)
