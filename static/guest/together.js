// @ts-check
// Paying together: every share on its own card, all of them or none, before a deadline.
import { html, useState } from "../vendor/ui.js"
import { keyOf, post, Problem, settle } from "../shared/api.js"
import { say } from "../shared/message.js"
import { Panel } from "./panel.js"
import { fullName } from "./people.js"
import { clock, isStale, me, open, price, view } from "./state.js"
import { session } from "./table.js"
import { trouble, w } from "./words-more.js"
import { all, fill, m, minutes } from "./words-money.js"

/** @typedef {import("../shared/types.js").Group} Group */

const REMIND_MS = 60_000
const ENDED_MS = 60_000

/** The group payment that is under way, or has just ended without money. @returns {[string, Group] | undefined} */
export function group() {
  const known = Object.entries(view.value?.groups ?? {})
  const live = known.find(([, one]) => one.status === "open" || one.status === "capturing")
  const over = known.find(([, one]) => one.status === "released" && one.endedAt && clock.value - Date.parse(one.endedAt) < ENDED_MS)
  return live ?? over
}

/** Do it once; what goes wrong is said. @param {() => Promise<any>} run */
const attempt = (run) => run().catch((/** @type {any} */ problem) => (problem instanceof Problem ? say({ text: trouble(problem), kind: "bad" }) : Promise.reject(problem)))

/** Ask everybody with a phone who owes something for their card. */
export async function propose() {
  const body = {}
  const intent = `group:${session()}`
  const answer = await attempt(() => post(`table-sessions/${session()}/group-payments`, body, { key: keyOf(intent, body), timeout: 30_000 }))
  settle(intent)
  if (answer?.payment) open("pay", { payment: answer.payment.id })
}

/** Whether there are several who could pay together. */
export const couldPropose = () => Object.values(view.value?.guests ?? {}).filter((one) => !one.left && !one.companionOf && one.due > 0).length > 1 && !group()?.[1].status.match(/open|capturing/)

/** Who is ready, who is not, and how long there is. @param {{group: Group}} props */
function State({ group }) {
  const many = Object.keys(group.payments).length
  return html`<p>${group.status === "capturing" ? m.taking : fill(m.cardsReady, group.ready.length, many)} ${group.status === "open" && html`<strong class="amount">${fill(m.timeLeft, minutes(Date.parse(group.deadline) - clock.value))}</strong>`}</p>
    ${group.waiting.length > 0 && html`<p class="soft">${fill(m.stillToPay, all(group.waiting.map((one) => (one === me.value?.id ? w.you : fullName(one)))))}</p>`}`
}

/** @param {{id: string, group: Group}} props */
function Ways({ id, group }) {
  const [busy, setBusy] = useState(false)
  const run = async (/** @type {() => Promise<any>} */ what) => {
    setBusy(true)
    await attempt(what)
    setBusy(false)
  }
  const lately = group.remindedAt !== undefined && clock.value - Date.parse(group.remindedAt) < REMIND_MS
  const others = group.waiting.some((one) => one !== me.value?.id)
  return html`${others && html`<button type="button" class="button" disabled=${busy || lately} onClick=${() => run(() => post(`group-payments/${id}/remind`).then(() => say({ text: m.reminded, kind: "good" })))}>${lately ? m.reminded : m.remind}</button>`}
    <button type="button" class="button" disabled=${busy} onClick=${() => run(() => post(`group-payments/${id}/cancel`).then(() => say({ text: m.letGoMore, kind: "good" })))}>${m.letGo}</button>`
}

/** The card on the bill. */
export default function Together() {
  const [id, known] = group() ?? []
  if (!id || !known) return null
  if (known.status === "released") return html`<section class="card share" aria-label=${m.together}><p>${m.groupReasons[/** @type {"other"} */ (known.reason)] ?? m.groupReasons.other}</p></section>`
  const [mine] = Object.entries(known.payments).find(([, guest]) => guest === me.value?.id) ?? []
  const own = mine ? view.value?.payments[mine] : undefined
  const ready = me.value && known.ready.includes(me.value.id)
  return html`<section class="card share" aria-labelledby="together-title"><h2 id="together-title">${m.together}: ${price(known.amount + (known.tip ?? 0))}</h2>
    <${State} group=${known} />
    ${ready && known.status === "open" && html`<p>${m.yourCardReady}</p>`}
    ${own && !ready && known.status === "open" && html`<button type="button" class="button primary tall wide" disabled=${isStale.value} onClick=${() => open("pay", { payment: mine })}>${fill(m.yourTurn, price(own.amount + own.tip))}</button>`}
    ${known.status === "open" && html`<div class="share-ways"><${Ways} id=${id} group=${known} /></div>`}
  </section>`
}

/** In the pay panel: my card said yes, the others' not yet. @param {{onclose: () => void}} props */
export function Waiting({ onclose }) {
  const [id, known] = group() ?? []
  const foot = html`${id && known?.status === "open" && html`<div class="share-ways"><${Ways} id=${id} group=${known} /></div>`}<button type="button" class="button wide" onClick=${onclose}>${w.back}</button>`
  return html`<${Panel} title=${m.waitTitle} onclose=${onclose} close=${w.close} foot=${foot}><div role="status" class="stack">${known && html`<${State} group=${known} />`}<p>${m.waitMore}</p></div><//>`
}
