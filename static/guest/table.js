// @ts-check
// Taking a seat and staying connected; everything that comes from the server passes through here into `state.js`.
import { batch, effect } from "../vendor/ui.js"
import { post, Problem } from "../shared/api.js"
import { announce, say } from "../shared/message.js"
import { Store } from "../shared/store.js"
import * as state from "./state.js"

/** @typedef {import("../shared/types.js").Change} Change */
/** @typedef {import("../shared/store.js").Shown} Shown */

const GLOW_MS = 1_500
const KNOCK_MS = 5_000
const PREFETCH_MS = 3_000

const store = new Store({ app: "guest/1", renew: () => join({}) })
/** @type {Shown | null} */
let shown = null
/** @type {(room: Shown) => void} */
let arrived = () => {}
/** Resolves when this phone has a seat; what is tapped before waits for it. @type {Promise<Shown>} */
const seated = new Promise((resolve) => (arrived = resolve))

/** Take the seat the page came with, or ask for one. */
export function start() {
  const { me, tableSession } = state.page
  if (me && tableSession) sit(tableSession, state.page.view)
  else if (state.page.past) state.door.value = "past"
  else if (state.page.joinPolicy === "pin") state.door.value = "pin"
  else whenSeen(() => void join({}))
  effect(tick)
  comeBack()
}

/** Back from the bank, or reloaded in the middle of paying: go on where it stood. */
function comeBack() {
  if (location.search.includes("payment_intent")) history.replaceState(null, "", location.pathname)
  const payment = state.myPayment.value?.[0]
  if (payment && sessionStorage.getItem("splittable.paying") === payment) state.open("pay", { payment })
}

/** A link preview or a page prepared in the background must not open a visit. @param {() => void} run */
function whenSeen(run) {
  if (document.visibilityState === "visible") return run()
  document.addEventListener("visibilitychange", run, { once: true })
}

/**
 * Ask for a seat. What stands in the way becomes the page's `door`.
 * @param {{pin?: string, visit?: "join" | "new", name?: string}} wish
 * @returns {Promise<Problem | null>} what was wrong
 */
export async function join(wish) {
  try {
    const answer = await post("guest-sessions", { code: state.page.code, ...wish })
    if (answer.accepted) return wait(wish)
    enter(answer)
    return null
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    state.door.value = DOORS[problem.code] ?? (problem.code === "offline" ? "offline" : "shut")
    return problem
  }
}

/** @type {Record<string, string>} */
const DOORS = { wrong_pin: "pin", choose_visit: "visit", not_open: "shut", unknown_code: "gone", expired_code: "gone" }

/** Somebody at the table has to say yes: knock again until they have. @param {any} wish */
function wait(wish) {
  state.door.value = "approval"
  setTimeout(() => join(wish), KNOCK_MS)
  return null
}

/** @param {any} answer */
function enter(answer) {
  batch(() => {
    state.me.value = answer.guest
    state.door.value = null
    if (answer.pin) state.pin.value = answer.pin
  })
  if (!shown) sit(answer.tableSession, answer.view)
}

/** @param {{id: string, epoch: string, version: number}} session @param {any} view */
function sit(session, view) {
  const room = store.open(`table:${session.id}`, view ? { epoch: session.epoch, n: session.version, view } : undefined)
  shown = room
  room.onchange = changed
  effect(() => batch(() => {
    if (room.view.value) state.view.value = room.view.value
    state.pending.value = room.pending.value
    state.present.value = room.present.value
    state.joined.value = room.joined.value
    state.status.value = store.status.value
  }))
  store.start()
  arrived(room)
  // What says that the line is gone must be here before it goes.
  import("./health.js").catch(() => {})
  setTimeout(prefetch, PREFETCH_MS)
}

/** Give a command; rejects with `Refused`. @param {string} k @param {any} d @param {((view: any) => any) | null} patch */
export async function tell(k, d, patch) {
  const room = await seated
  return store.command(room, k, d, patch)
}

/** The visit's id, for REST. */
export const session = () => shown?.room.name.slice("table:".length) ?? ""
/** Where the room stands, for its history. */
export const position = () => ({ epoch: shown?.room.epoch ?? "", n: shown?.room.n ?? 0 })
/** This tab takes the seat over from another one. */
export const takeOver = () => store.takeOver()

/** This phone has left; nothing is live any more. */
export function stop() {
  store.stop()
  state.door.value = "left"
}

/** What others do glows for a moment and is said once, politely. @param {Change} change @param {any} before */
function changed(change, before) {
  if (change.k === "session.moved") state.moved.value = true
  if (change.by === state.me.value?.id) return
  const touched = Object.entries(change.d.lines ?? {}).filter(([, line]) => line && glows(line)).map(([id]) => id)
  if (touched.length) {
    state.glowing.value = new Set([...state.glowing.value, ...touched])
    setTimeout(() => (state.glowing.value = new Set([...state.glowing.value].filter((id) => !touched.includes(id)))), GLOW_MS)
  }
  import("./news.js").then(({ news, nudge }) => {
    const words = news(change, before)
    if (words) announce(words)
    const asked = nudge(change)
    if (asked) say({ text: asked })
  })
}

/** Money that moves on many lines at once is no reason for all of them to glow. @param {any} line */
const glows = (line) => "claims" in line || "status" in line || "name" in line || "price" in line

/** Count down only while something does. */
function tick() {
  const groups = Object.values(state.view.value?.groups ?? {}).some((one) => one.status === "open")
  if (!groups && !state.inFlight.value.some(([, payment]) => payment.expiresAt)) return undefined
  const now = () => (state.clock.value = store.now)
  now()
  const timer = setInterval(now, 1_000)
  return () => clearInterval(timer)
}

/** Sheets open without a wait, also where the network is thin, once everything important is here. */
function prefetch() {
  const names = /** @type {const} */ (["menu", "line", "item", "cart", "order", "pay", "owes", "split", "why", "me", "help", "friend", "history", "gift", "tab"])
  for (const name of names) import(`./${name}.js`).catch(() => {})
}
